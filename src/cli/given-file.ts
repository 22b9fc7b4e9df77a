/** A text file that was named on the command line. */
import { readTextFile } from '../config/durable-file.ts';
import { DiodeError } from '../ops/diode-error.ts';

/** Throws DiodeError `usage` where there is none, and as `readTextFile` where it cannot be read or has more than `maxBytes`. */
export function readGivenFile(path: string, maxBytes: number, cure: string): string {
  const text = readTextFile(path, maxBytes);
  if (text !== undefined) return text;
  throw new DiodeError('usage', `There is no file ${path}.`, cure);
}
