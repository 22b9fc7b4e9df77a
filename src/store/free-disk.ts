/** How much the file system still takes. */
import { statfsSync } from 'node:fs';
import { DiodeError } from '../ops/diode-error.ts';

/**
 * Bytes that this user may still write where `directory` lies: one system call, about 5 µs. Throws DiodeError
 * `disk-failed` where it cannot be asked.
 */
export function freeDiskBytes(directory: string): number {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize;
  } catch (error) {
    const code = (error as { code?: string }).code ?? 'unknown';
    const seen = `The disk of ${directory} cannot be looked at (${code}).`;
    throw new DiodeError('disk-failed', seen, 'Check the disk and its permissions, then start again.', {
      cause: error,
    });
  }
}
