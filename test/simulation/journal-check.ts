/** What the sender's journal says at the end, against the lines that went in. */

import type { WireRecord } from '../../src/wire/record.ts';
import { check } from './check.ts';
import type { ArchivedFrame } from './frame-archive.ts';
import type { Workload } from './workload.ts';

/**
 * Each line once, in order, whatever crashed; and the records amount to the state that the lines amount to. `isAgain`: a
 * disk was set back or lost, or an epoch ended early, so lines may be there again.
 */
export function checkJournal(workload: Workload, frames: readonly ArchivedFrame[], isAgain: boolean): void {
  const records = frames.flatMap(({ records }) => records);
  const marks = records.map(markOf).filter((mark) => mark?.startsWith('mark-'));
  const seen = isAgain ? workload.marks.filter((mark) => marks.includes(mark)) : marks;
  check(seen.join() === workload.marks.join(), 'the journal does not hold each line once, in order');
  const state = new Map<string, string>();
  for (const record of records) apply(record, state);
  check(textOf(state) === textOf(workload.finalState), 'the journal amounts to another state than the lines');
}

function apply(record: WireRecord, state: Map<string, string>): void {
  const key = keyOf(record);
  if (key === undefined) return;
  if ('operation' in record && record.operation === 'delete') state.delete(key);
  else state.set(key, record.kind === 'member' ? 'member' : (markOf(record) ?? ''));
}

function keyOf(record: WireRecord): string | undefined {
  if (record.kind === 'delta') return `${record.type}|${record.id}`;
  return record.kind === 'member' ? `Member|${record.group}|${record.member}` : undefined;
}

function markOf(record: WireRecord): string | undefined {
  if (record.kind !== 'delta' || record.resource === undefined) return undefined;
  const { userName, displayName } = JSON.parse(record.resource) as { userName?: string; displayName?: string };
  return userName ?? displayName;
}

function textOf(state: ReadonlyMap<string, string>): string {
  return JSON.stringify([...state].sort(([a], [b]) => (a < b ? -1 : 1)));
}
