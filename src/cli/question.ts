import { createInterface } from 'node:readline';
import { DiodeError } from '../ops/diode-error.ts';

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

/** Says what a command will do, and returns once that is confirmed. Throws DiodeError `not-confirmed` otherwise. */
export async function confirmChange(consequences: string, { yes }: { readonly yes?: boolean }): Promise<void> {
  process.stderr.write(`${consequences}\n`);
  if (yes) return;
  const answer = await ask('Type yes to do it: ');
  if (answer.toLowerCase() === 'yes') return;
  throw new DiodeError('not-confirmed', 'It was not confirmed.', 'Nothing was changed: answer yes, or give --yes.');
}
