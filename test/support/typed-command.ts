/** A command as it is typed, in this process: what it prints, and its exit code. */
import { vi } from 'vitest';
import { type CommandLine, runCommandLine } from '../../src/cli/program.ts';

export interface TypedAnswer {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

export async function typeHere(line: CommandLine, ...args: readonly string[]): Promise<TypedAnswer> {
  const texts = { out: '', error: '' };
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    texts.out += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    texts.error += text;
    return true;
  });
  try {
    const code = await runCommandLine(line, args);
    return { code, ...texts };
  } finally {
    vi.restoreAllMocks();
  }
}
