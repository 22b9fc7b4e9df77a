/** `audit search`: streams both logs, one bundle in memory at a time and at the reader's speed, so that their length does not matter. */
import { existsSync } from 'node:fs';
import { type EntryQuery, EntrySearch, type FoundEntry } from '../audit/entry-search.ts';
import { readSnapshot, snapshotEntries } from '../audit/log-reader.ts';
import { directoryLayout, type Program } from '../config/directory-layout.ts';
import { parseRfc3339 } from '../identity/rfc3339.ts';
import { DiodeError } from '../ops/diode-error.ts';
import { AUDIT_NAMES, auditDirectory } from './audit-logs.ts';
import { requireDirectory } from './directory.ts';
import { print } from './process-end.ts';
import type { ExitCode } from './program.ts';

export interface SearchOptions {
  readonly subject?: string;
  readonly token?: string;
  readonly record?: string;
  readonly event?: string;
  readonly from?: string;
  readonly to?: string;
  readonly json?: boolean;
}

/** What it prints is what the files say: `audit verify` says whether that is what was signed. */
export async function searchAudit(program: Program, directory: string, options: SearchOptions): Promise<ExitCode> {
  const layout = directoryLayout(program, directory);
  requireDirectory(program, layout);
  const { from, to, json, ...texts } = options;
  const query: EntryQuery = {
    ...texts,
    ...(from !== undefined && { fromMs: readTime(from) }),
    ...(to !== undefined && { toMs: readTime(to) }),
  };
  const search = new EntrySearch(query);
  for (const name of AUDIT_NAMES.filter((one) => existsSync(auditDirectory(layout, one)))) {
    for (const { index, entry } of snapshotEntries(readSnapshot(auditDirectory(layout, name)))) {
      const found = search.match(entry);
      if (found === undefined) continue;
      const text = entry.toString('utf8');
      const line = json ? `{"log":"${name}",${text.slice(1)}` : entryText(name, index, found);
      if (!(await print(`${line}\n`))) return 0;
    }
  }
  return 0;
}

function entryText(log: string, index: number, { at, event, details, records }: FoundEntry): string {
  const shown = Object.entries(details).map(
    ([name, value]) => `${name}=${Array.isArray(value) ? value.join(',') : value}`,
  );
  const lines = records.map((record) => `\n    ${record}`);
  return [`${log} ${index}`, at, event, ...shown].join('  ') + lines.join('');
}

function readTime(typed: string): number {
  const atMs = parseRfc3339(typed);
  if (atMs !== undefined) return atMs;
  const cure = 'Give RFC 3339 with its zone, such as 2026-11-25T14:02:00Z.';
  throw new DiodeError('usage', `${JSON.stringify(typed)} is no time.`, cure);
}
