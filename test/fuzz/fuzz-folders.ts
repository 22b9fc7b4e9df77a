/** Where inputs are kept. What is committed is small; what a machine found beside it stays in .cache. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const COMMITTED = fileURLToPath(new URL('.', import.meta.url));

/** Few inputs that reach what is known to be reachable: committed. */
export function corpusFolder(target: string): string {
  return join(COMMITTED, 'corpus', target);
}

/** Inputs that failed once: committed, and never removed. */
export function failuresFolder(target: string): string {
  return join(COMMITTED, 'failures', target);
}

/** What this machine found. */
export function foundFolder(target: string): string {
  return join(PROJECT, '.cache/fuzz/found', target);
}

export interface KeptInput {
  readonly name: string;
  readonly bytes: Buffer;
}

/** By name; none where the folder is not there. */
export function readInputs(folder: string): readonly KeptInput[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).sort();
  return names.map((name) => ({ name, bytes: readFileSync(join(folder, name)) }));
}
