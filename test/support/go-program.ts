/** Oracles in Go: a folder with go.mod, compiled when a test wants it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether there is a Go that has, or can fetch, the modules of the folder's go.mod. */
export function hasGo(folder: string): boolean {
  try {
    execFileSync('go', ['mod', 'download'], { cwd: folder, stdio: 'ignore', timeout: 120_000 });
    return true;
  } catch {
    return false;
  }
}

/** Compiles into a new temporary folder; returns the program's path, whose folder the caller removes. */
export function buildGo(folder: string): string {
  const program = join(mkdtempSync(join(tmpdir(), 'oracle-')), 'oracle');
  execFileSync('go', ['build', '-o', program, '.'], { cwd: folder });
  return program;
}
