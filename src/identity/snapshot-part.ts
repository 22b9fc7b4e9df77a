/**
 * What a snapshot part must keep to before any of it applies: docs/wire-format.md, "Snapshots". A part is applied whole or
 * refused whole, since what it does not name is deleted. Pure.
 */
import type { DeltaRecord, MemberRecord, SnapshotPartRecord, WireRecord } from '../wire/record.ts';
import { compareRevisions, type Revision } from '../wire/revision.ts';
import { memberKey, subjectKey } from './key.ts';

/**
 * `part-count`: not the one record of its frame; `part-range`: backwards, or no keys; `part-outside`: an entry of another
 * range; `part-duplicate`: one key twice; `part-entry`: a delete; `part-revision`: an entry newer than the part's state, or
 * a state that is not older than the part.
 */
export type PartReason =
  | 'part-count'
  | 'part-range'
  | 'part-outside'
  | 'part-duplicate'
  | 'part-entry'
  | 'part-revision';

/** Keys from `first` up to but without `last`; an empty `last` is the end of all keys. Equal and not empty: none. */
export interface KeyRange {
  readonly first: string;
  readonly last: string;
}

/** Printable ASCII, as keys are: so bytes and code units have one order. */
const BOUND = /^[\x21-\x7e]*$/;

/** The first that does not hold, or undefined. `position` is the part's own. */
export function snapshotPartProblem(part: SnapshotPartRecord, position: Revision): PartReason | undefined {
  const range = rangeOf(part);
  if (!BOUND.test(range.first) || !BOUND.test(range.last)) return 'part-range';
  if (range.last !== '' && range.last < range.first) return 'part-range';
  if (compareRevisions(part.asOf, position) >= 0) return 'part-revision';
  const keys = new Set<string>();
  for (const entry of part.entries) {
    if (entry.revision === undefined || compareRevisions(entry.revision, part.asOf) > 0) return 'part-revision';
    if (!isIdentity(entry)) continue;
    if (entry.operation === 'delete') return 'part-entry';
    const key = identityKey(entry);
    if (!isInRange(range, key)) return 'part-outside';
    if (keys.has(key)) return 'part-duplicate';
    keys.add(key);
  }
  return undefined;
}

export function rangeOf({ firstKey, lastKey }: SnapshotPartRecord): KeyRange {
  return { first: firstKey, last: lastKey };
}

export function isInRange({ first, last }: KeyRange, key: string): boolean {
  return key >= first && (last === '' || key < last);
}

/** Subjects and memberships: what a range speaks of. Tokens, revocations and key sets are carried and never missed. */
export function isIdentity(record: WireRecord): record is DeltaRecord | MemberRecord {
  return record.kind === 'delta' || record.kind === 'member';
}

/** Tokens, key sets and the bundle have keys too, which are no part of any range; their types are reserved. */
export function isIdentityKey(key: string): boolean {
  return !/^(Token|Jwks|Status|Bundle)(\||$)/.test(key);
}

export function identityKey(record: DeltaRecord | MemberRecord): string {
  return record.kind === 'delta' ? subjectKey(record.type, record.id) : memberKey(record.group, record.member);
}
