/** A disk that a test may fill: a tmpfs of its own, which only root can mount. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallDisk {
  readonly path: string;
  readonly freeBytes: number;
  /** Leaves so many bytes free, as if somebody else's data lay there. */
  fill(leaveBytes: number): void;
  /** Takes that data away again. */
  clear(): void;
  remove(): void;
}

export function canMountDisks(): boolean {
  if (process.getuid?.() !== 0) return false;
  try {
    mountDisk(65_536).remove();
    return true;
  } catch {
    return false;
  }
}

/** The caller removes it. */
export function mountDisk(bytes: number): SmallDisk {
  const path = mkdtempSync(`${tmpdir()}/diode-disk-`);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', path], { stdio: 'pipe' });
  const ballast = join(path, 'ballast');
  const freeBytes = () => {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  };
  return {
    path,
    get freeBytes() {
      return freeBytes();
    },
    fill: (leaveBytes) => writeFileSync(ballast, Buffer.alloc(Math.max(0, freeBytes() - leaveBytes))),
    clear: () => rmSync(ballast),
    remove: () => {
      // Lazily: a broker that was killed a moment ago may still hold a file open.
      spawnSync('umount', ['--lazy', path]);
      rmSync(path, { recursive: true, force: true });
    },
  };
}
