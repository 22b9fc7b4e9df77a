/** How much the file system still takes. */
import { statfsSync } from 'node:fs';

/** Bytes that this user may still write where `directory` lies: one system call, about 5 µs. */
export function freeDiskBytes(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}
