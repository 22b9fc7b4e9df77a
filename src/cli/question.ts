import { createInterface } from 'node:readline';

/** Asks on standard error, so that standard output stays the answer; the line that was typed, "" at the end of input. */
export async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
  process.stderr.write(question);
  try {
    for await (const line of terminal) return line.trim();
    // The input ended without an answer: what is said next begins on a line of its own.
    process.stderr.write('\n');
    return '';
  } finally {
    terminal.close();
  }
}
