/**
 * A copy of DIR that a restore can start from: config, keys, cards, logs and what is known of bundles as they are, and the
 * database as the caller copies it. Whole or absent under its name.
 */
import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { DiodeError } from '../ops/diode-error.ts';
import { type DirectoryLayout, directoryLayout, type Program } from './directory-layout.ts';
import { fileError, UNFINISHED } from './durable-file.ts';

export interface CopyParts {
  /** Makes the database's copy at the path given; called where there is a database. */
  readonly copyStore: (path: string) => void;
  /** Copies the audit logs into the layout given. */
  readonly copyAudit: (to: DirectoryLayout) => void;
}

/** Throws DiodeError `directory-exists`, or what copying a part throws. */
export function copyDirectory(
  program: Program,
  { from, target }: { readonly from: DirectoryLayout; readonly target: string },
  parts: CopyParts,
): DirectoryLayout {
  const place = resolve(target);
  if (existsSync(place)) {
    throw new DiodeError(
      'directory-exists',
      `${place} exists already.`,
      'A backup is never overwritten: name another.',
    );
  }
  const partial = directoryLayout(program, join(dirname(place), `.${basename(place)}.${process.pid}.partial`));
  try {
    copyInto(partial, from, parts);
    renameSync(partial.directory, place);
    syncPath(dirname(place));
  } catch (error) {
    rmSync(partial.directory, { recursive: true, force: true });
    throw fileError(error, place);
  }
  return directoryLayout(program, place);
}

function copyInto(to: DirectoryLayout, from: DirectoryLayout, { copyStore, copyAudit }: CopyParts): void {
  for (const folder of [to.directory, to.keys, to.trusted, to.data]) mkdirSync(folder, { mode: 0o700 });
  copyFile(from.config, to.config);
  copyFile(from.card, to.card);
  copyFolder(from.keys, to.keys);
  copyFolder(from.trusted, to.trusted);
  copyFile(from.trustRoot, to.trustRoot);
  if (existsSync(from.trust)) {
    mkdirSync(to.trust, { mode: 0o700 });
    copyFolder(from.trust, to.trust);
  }
  for (const log of ['oldAuditLog', 'oldCommandLog'] as const) {
    copyFile(`${from[log]}.head`, `${to[log]}.head`);
    copyFile(from[log], to[log]);
  }
  copyAudit(to);
  if (existsSync(from.bundles)) {
    mkdirSync(to.bundles, { mode: 0o750 });
    copyFolder(from.bundles, to.bundles);
    syncPath(to.bundles);
  }
  if (existsSync(from.store)) {
    copyStore(to.store);
    syncPath(to.store);
  }
  for (const folder of [to.keys, to.trusted, to.data, to.directory]) syncPath(folder);
}

/** Of what stands in it under its own name: another command may be writing. */
function copyFolder(from: string, to: string): void {
  for (const name of readdirSync(from)) {
    if (name.endsWith(UNFINISHED)) continue;
    if (statSync(join(from, name)).isFile()) copyFile(join(from, name), join(to, name));
  }
}

/** With its mode; nothing where there is none. */
function copyFile(from: string, to: string): void {
  if (!existsSync(from)) return;
  copyFileSync(from, to, constants.COPYFILE_EXCL);
  syncPath(to);
}

function syncPath(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
