/**
 * admission ─► **guard** ─► published or held
 *
 * Judges what a record would do to the people of a site, over what lived an hour ago and what vanished since. Who loses access
 * is never kept waiting: a deactivation, and a membership that ends by itself, count and pass. Pure: the same records over the
 * same tables, window and time are judged the same again, which recovery rests on.
 */
import type { GuardConfig } from '../../src/config/receiver-config.ts';
import type { DeltaRecord, MemberRecord, WireRecord } from '../../src/wire/record.ts';
import type { GroupMemory } from '../publish/group-memory.ts';
import type { Subject } from '../publish/subject-table.ts';
import { kindOf } from './counted-kind.ts';
import {
  allowedLosses,
  allowedMembershipLosses,
  grantedRoles,
  isAdminGroup,
  isDeactivation,
  NO_FACTS,
  type SubjectFacts,
} from './guard-limits.ts';
import { type CountedKind, type GuardWindow, lossesIn, windowAt, withChange } from './guard-window.ts';
import type { HoldCause } from './held-record.ts';

export interface GuardRules {
  readonly limits: GuardConfig;
  /** How far the sender's clock may be from ours; bounds what time passes. */
  readonly maxSkewMs: number;
}

export interface GuardTime {
  readonly atMs: number;
  /** As of the last transaction. */
  readonly window: GuardWindow;
}

/** What is to be judged: a record that is newer than all that is known of its key. */
export interface Judged {
  readonly key: string;
  readonly record: DeltaRecord | MemberRecord;
  /** Of a delta that is no delete. */
  readonly facts?: SubjectFacts | undefined;
}

export type Ruling = 'pass' | HoldCause;

export class Guard {
  readonly #limits: GuardConfig;
  readonly #memory: GroupMemory;
  readonly #atMs: number;
  #window: GuardWindow;

  constructor({ limits }: GuardRules, { atMs, window }: GuardTime, memory: GroupMemory) {
    this.#limits = limits;
    this.#memory = memory;
    this.#atMs = atMs;
    this.#window = windowAt(window, atMs);
  }

  get window(): GuardWindow {
    return this.#window;
  }

  get atMs(): number {
    return this.#atMs;
  }

  judge({ key, record, facts: after = NO_FACTS }: Judged): Ruling {
    const before = this.#memory.findSubject(key);
    const isThere = before !== undefined && !before.isDeleted;
    if (record.operation === 'delete') return isThere && this.#isDeleteHeld(record) ? 'deletes' : 'pass';
    if (record.kind === 'member') {
      return !isThere && isAdminGroup(record.group, this.#limits) ? 'grants' : 'pass';
    }
    const facts = isThere ? (before.facts ?? NO_FACTS) : undefined;
    return grantedRoles(facts, after).length > 0 ? 'grants' : 'pass';
  }

  /** Of a key that a snapshot does not name any more. */
  judgeAbsent(key: string): Ruling {
    return this.#isFull(kindOf(key) ?? 'subjects') ? 'deletes' : 'pass';
  }

  /** In place of the memory's own: what vanishes is counted, unless it is free: approved, or counted by what it goes with. */
  put(key: string, subject: Subject, { isFree = false }: { readonly isFree?: boolean } = {}): void {
    const kind = kindOf(key);
    const before = this.#memory.findSubject(key);
    const wasThere = before !== undefined && !before.isDeleted;
    const livedBefore = kind === undefined ? 0 : this.#memory.liveCount(kind);
    this.#memory.putSubject(key, subject);
    if (kind === undefined) return;
    const isLost = wasThere && isLoss(before, subject) && !isFree;
    if (wasThere === !subject.isDeleted && !isLost) return;
    this.#window = withChange(this.#window, kind, { atMs: this.#atMs, livedBefore, lost: isLost ? 1 : 0 });
  }

  #isDeleteHeld(record: DeltaRecord | MemberRecord): boolean {
    if (record.kind === 'delta') return this.#isFull('subjects');
    // It goes with its group or member, whose delete follows it, and waits with that.
    return isCascade(record) && this.#isFull('subjects');
  }

  /** Whether one more would be more than may vanish. */
  #isFull(kind: CountedKind): boolean {
    const { lived, lost } = lossesIn(this.#window, kind, this.#memory.liveCount(kind));
    return lost + 1 > allowedOf(kind, lived, this.#limits);
  }
}

export function allowedOf(kind: CountedKind, lived: number, limits: GuardConfig): number {
  return kind === 'subjects' ? allowedLosses(lived, limits) : allowedMembershipLosses(lived, limits);
}

function isLoss(before: Subject, after: Subject): boolean {
  return after.isDeleted || isDeactivation(before.facts ?? NO_FACTS, after.facts ?? NO_FACTS);
}

/** As the sender says, the membership ends because its group or member does. */
function isCascade({ reason }: DeltaRecord | MemberRecord): boolean {
  return reason === 'member-deleted' || reason === 'group-deleted';
}

/**
 * Memberships that go with a subject whose delete is in the same frame: that one counts, and not all its memberships. The
 * sender's word alone would let it end any number of them uncounted.
 */
export function cascadesIn(records: readonly WireRecord[]): (record: DeltaRecord | MemberRecord) => boolean {
  const deleted = new Set<string>();
  for (const record of records) if (record.kind === 'delta' && record.operation === 'delete') deleted.add(record.id);
  return (record) =>
    record.kind === 'member' && isCascade(record) && (deleted.has(record.group) || deleted.has(record.member));
}
