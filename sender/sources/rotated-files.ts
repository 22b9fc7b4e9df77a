/**
 * The files of one source on disk, oldest first: what log rotation made of it, then the file itself. Order comes from the
 * names that rotation gives: `x.jsonl.2` before `x.jsonl.1`, `x.jsonl-20261121` before `x.jsonl-20261122`, also with the
 * number before the extension (`x.1.jsonl`).
 */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { SENDER_LIMITS } from '../../src/limits.ts';
import { type FileIdentity, toIdentity } from './file-position.ts';

export interface SourceFile extends FileIdentity {
  readonly path: string;
  readonly bytes: number;
}

/** The source's own file and the rotated ones beside it, oldest first; empty where none is there. */
export async function listSourceFiles(path: string): Promise<readonly SourceFile[]> {
  const rotated = (await namesBeside(path)).flatMap((name) => {
    const mark = rotationMark(path, name);
    return mark === undefined ? [] : [{ path: join(dirname(path), name), mark }];
  });
  rotated.sort((a, b) => compareMarks(a.mark, b.mark));
  const files: SourceFile[] = [];
  for (const candidate of [...rotated.slice(-SENDER_LIMITS.maxRotatedFiles).map((file) => file.path), path]) {
    const file = await describeFile(candidate);
    if (file !== undefined) files.push(file);
  }
  return files;
}

/** Any file of the directory with this identity: one that was renamed by other customs. */
export async function findByIdentity(path: string, identity: FileIdentity): Promise<SourceFile | undefined> {
  for (const name of (await namesBeside(path)).slice(0, SENDER_LIMITS.maxRotatedFiles)) {
    const file = await describeFile(join(dirname(path), name));
    if (file !== undefined && isSameFile(file, identity)) return file;
  }
  return undefined;
}

/** Undefined where there is no regular file. */
export async function describeFile(path: string): Promise<SourceFile | undefined> {
  try {
    const stats = await stat(path, { bigint: true });
    if (stats.isDirectory()) return undefined;
    return { path, ...toIdentity(stats), bytes: Number(stats.size) };
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

export function isSameFile(a: FileIdentity, b: FileIdentity): boolean {
  return a.device === b.device && a.inode === b.inode;
}

export function isAbsence(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

async function namesBeside(path: string): Promise<readonly string[]> {
  try {
    return await readdir(dirname(path));
  } catch (error) {
    if (isAbsence(error)) return [];
    throw error;
  }
}

// A number or a date, as logrotate's default and dateext, log4j and Python's handlers write them; never ".gz" or ".bak".
const MARK = /^[.-](\d[\dTZ:._-]*)$/;
const MAX_INDEX_DIGITS = 4;

/** What rotation added to the name; undefined for names that it did not make. */
function rotationMark(path: string, name: string): string | undefined {
  const base = basename(path);
  const extension = extname(base);
  const stem = base.slice(0, base.length - extension.length);
  if (name === base) return undefined;
  if (name.startsWith(base)) return MARK.exec(name.slice(base.length))?.[1];
  if (!name.startsWith(stem) || !name.endsWith(extension) || extension === '') return undefined;
  return MARK.exec(name.slice(stem.length, name.length - extension.length))?.[1];
}

/** Oldest first: dates rise, indexes fall. */
function compareMarks(a: string, b: string): number {
  const isIndexA = isIndex(a);
  if (isIndexA !== isIndex(b)) return isIndexA ? 1 : -1;
  if (isIndexA) return Number(b) - Number(a);
  return a < b ? -1 : a > b ? 1 : 0;
}

function isIndex(mark: string): boolean {
  return mark.length <= MAX_INDEX_DIGITS && /^\d+$/.test(mark);
}
