/** Files of root holders as commands are given them: read within their bounds, refused in one sentence. */
import { existsSync } from 'node:fs';
import { readTextFile } from '../config/durable-file.ts';
import { TRUST_LIMITS } from '../limits.ts';
import { DiodeError } from '../ops/diode-error.ts';
import { TRUST_CURES, type TrustProblem } from '../trust/trust-problem.ts';
import { readGivenFile } from './given-file.ts';

/** Throws DiodeError `usage` where there is none. */
export function readTrustFile(path: string): string {
  return readGivenFile(path, TRUST_LIMITS.maxBundleBytes, 'Name the file that the root holders made.');
}

/** Whether a file is meant as one that root holders signed, not as a card; false where there is none. */
export function isSignedFile(path: string): boolean {
  return existsSync(path) && looksSigned(readTextFile(path, TRUST_LIMITS.maxBundleBytes) ?? '');
}

/** The same of a text. */
export function looksSigned(text: string): boolean {
  return text.trimStart().startsWith('{') && text.includes('"signatures"');
}

export function trustRefused(path: string, { reason, seen }: TrustProblem): DiodeError {
  return new DiodeError('trust-refused', `${path} is refused (${reason}): ${seen}.`, TRUST_CURES[reason]);
}
