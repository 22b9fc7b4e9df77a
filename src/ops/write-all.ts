import { writeSync } from 'node:fs';

/**
 * All of `bytes`: a write may take less, as on a disk that is nearly full, and what is missing then would be missed by nobody.
 * At `position` of the file; by default behind what was written last.
 */
export function writeAll(file: number, bytes: Uint8Array, position?: number): void {
  for (let at = 0; at < bytes.length; ) {
    at += writeSync(file, bytes, at, bytes.length - at, position === undefined ? null : position + at);
  }
}
