/** What a file system says of a medium, as an operator reads it. */
import { DiodeError } from '../ops/diode-error.ts';

/** Anything that is no answer of a file system unchanged. */
export function mediumError(error: unknown, path: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  const options = { cause: error };
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return new DiodeError(
        'medium-full',
        `${path} is full.`,
        'Take an empty medium, a larger one, or more of them.',
        options,
      );
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return new DiodeError(
        'medium-unwritable',
        `${path} cannot be written (${code}).`,
        'Look at its write protection, at how it is mounted, and whose it is.',
        options,
      );
    case 'ENOENT':
    case 'ENOTDIR':
      return new DiodeError(
        'medium-missing',
        `There is no folder ${path}.`,
        'Plug the medium in and mount it, or name its folder.',
        options,
      );
    case 'EIO':
    case 'ENODEV':
    case 'ENXIO':
    case 'EUCLEAN':
      return new DiodeError(
        'medium-failed',
        `${path} failed (${code}).`,
        'It was pulled out, or is broken: take another one.',
        options,
      );
    default:
      return error;
  }
}

/** Runs `work`, translating what the file system says of `path`. */
export function onMedium<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw mediumError(error, path);
  }
}
