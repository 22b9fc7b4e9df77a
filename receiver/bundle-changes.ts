/**
 * What frames of a bundle come to, over what this receiver knows: subjects and memberships by their state before and after,
 * whatever happened in between, and what else is carried. Keeps one row a key in a scratch database. Pure but for SQLite.
 */
import type { GuardConfig } from '../src/config/receiver-config.ts';
import type { IdentityRules } from '../src/identity/identity-rules.ts';
import type { JsonObject } from '../src/identity/json-value.ts';
import { checkRecordAgainstRules } from '../src/identity/record-check.ts';
import { isRefusal } from '../src/identity/refusal.ts';
import {
  identityKey,
  isIdentity,
  isIdentityKey,
  isInRange,
  rangeOf,
  snapshotPartProblem,
} from '../src/identity/snapshot-part.ts';
import type { Statement, Store } from '../src/store/database.ts';
import type { DeltaRecord, MemberRecord, SnapshotPartRecord, WireRecord } from '../src/wire/record.ts';
import { compareRevisions, type Revision } from '../src/wire/revision.ts';
import type { VerifiedFrame } from './frame-verifier.ts';
import {
  type BlastRadius,
  grantedRoles,
  isAdminGroup,
  isDeactivation,
  NO_FACTS,
  type SubjectFacts,
  subjectFacts,
} from './guard-limits.ts';
import type { CountedKind } from './guard-window.ts';
import type { SubjectTable } from './subject-table.ts';
import { unpackFrame } from './unpacker.ts';

export interface KeyChanges {
  readonly added: number;
  readonly changed: number;
  readonly deleted: number;
}

export interface BundleChanges {
  readonly subjects: KeyChanges;
  /** Of the changed ones: `active` went from true to false. */
  readonly deactivated: number;
  /** Admin roles of the config that somebody gets, and joins of its admin groups. */
  readonly adminGrants: number;
  /** Those that somebody loses who stays. */
  readonly adminWithdrawals: number;
  /** `added`: granted; `deleted`: withdrawn. */
  readonly memberships: KeyChanges;
  readonly tokens: number;
  readonly revocations: number;
  readonly keySets: number;
  readonly snapshotParts: number;
  /** Older than what is known. */
  readonly superseded: number;
  /** Records, and whole frames, that go to quarantine: by their own form, without a look at tokens. */
  readonly quarantined: number;
}

/** What this receiver knows; facts where it remembers any. */
export interface KnownSubjects extends Pick<SubjectTable, 'liveIn'> {
  /** A snapshot as of then that lacks the key changes nothing: see `isSettledElsewhere`. */
  isSettled(key: string, asOf: Revision): boolean;
  find(
    key: string,
  ): { readonly revision: Revision; readonly isDeleted: boolean; readonly facts?: SubjectFacts } | undefined;
}

/** Memberships that end with their group or member are no loss of their own. */
const CASCADES: readonly (string | undefined)[] = ['group-deleted', 'member-deleted'];

export interface TallyRules {
  readonly rules: IdentityRules;
  readonly guard: GuardConfig;
  /** As of what is published. */
  readonly hour: GuardHour;
}

const NOTHING = { tokens: 0, revocations: 0, keySets: 0, snapshotParts: 0, superseded: 0, quarantined: 0 };

/** What lived when the guard's sliding hour began, and what vanished since. */
export type GuardHour = Readonly<Record<CountedKind, { readonly lived: number; readonly lost: number }>>;

interface Change {
  readonly isLive: boolean;
  readonly facts: SubjectFacts;
  readonly cascades: boolean;
}

interface Row {
  readonly epoch: number;
  readonly sequence: number;
  readonly record_index: number;
  readonly is_live: number;
  readonly facts: string;
}

export class BundleChangeTally {
  readonly #known: KnownSubjects;
  readonly #rules: IdentityRules;
  readonly #guard: GuardConfig;
  readonly #scratch: Store;
  readonly #find: Statement;
  readonly #put: Statement;
  #counts = { ...NOTHING };
  #hour: GuardHour;

  /** `scratch`: empty; the caller closes it. */
  constructor(known: KnownSubjects, { rules, guard, hour }: TallyRules, scratch: Store) {
    this.#hour = hour;
    this.#known = known;
    this.#rules = rules;
    this.#guard = guard;
    this.#scratch = scratch;
    scratch.exec(`CREATE TABLE change (
      key TEXT PRIMARY KEY, was_live INTEGER NOT NULL, is_live INTEGER NOT NULL,
      epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, record_index INTEGER NOT NULL,
      facts_before TEXT NOT NULL, facts TEXT NOT NULL, cascades INTEGER NOT NULL,
      is_touched INTEGER NOT NULL
    ) WITHOUT ROWID`);
    this.#find = scratch.prepare('SELECT epoch, sequence, record_index, is_live, facts FROM change WHERE key = ?');
    this.#put = scratch.prepare(
      `INSERT INTO change VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1) ON CONFLICT (key) DO UPDATE SET is_live = excluded.is_live,
       epoch = excluded.epoch, sequence = excluded.sequence, record_index = excluded.record_index,
       facts = excluded.facts, cascades = excluded.cascades, is_touched = 1`,
    );
  }

  /**
   * What was handed in until now was taken in before and is not published yet: it is known, and no change of the bundle. What
   * vanishes by it does so within the hour.
   */
  begin(): void {
    const { subjects, memberships } = this.blastRadius;
    this.#hour = {
      subjects: { lived: subjects.lived, lost: subjects.lost + subjects.deleted + subjects.deactivated },
      memberships: { lived: memberships.lived, lost: memberships.lost + memberships.deleted },
    };
    this.#scratch.exec('UPDATE change SET was_live = is_live, facts_before = facts, is_touched = 0');
    this.#counts = { ...NOTHING };
  }

  /** In the order in which they would be released. */
  handleFrame({ header, payload }: VerifiedFrame): void {
    const records = unpackFrame(header, payload);
    if (typeof records === 'string') {
      this.#counts.quarantined++;
      return;
    }
    this.#scratch.transaction(() => {
      for (const [index, record] of records.entries()) {
        const position = { epoch: header.epoch, sequence: header.sequence, index };
        if (record.kind === 'snapshot-part') this.#handlePart(record, position);
        else this.#handleRecord(record, record.revision ?? position);
      }
    })();
  }

  get changes(): BundleChanges {
    const counts = { subjects: this.#count('NOT LIKE'), memberships: this.#count('LIKE'), ...this.#counts };
    return { ...counts, ...this.#grants() };
  }

  /** What the limits of the config are held against. */
  get blastRadius(): BlastRadius {
    const hour = this.#hour;
    const { subjects, deactivated, adminGrants } = this.changes;
    const memberships = this.#scratch
      .prepare(
        `SELECT count(*) FROM change WHERE key LIKE 'Member|%' AND is_touched AND was_live AND NOT is_live AND NOT cascades`,
      )
      .pluck()
      .get() as number;
    return {
      subjects: { ...hour.subjects, deleted: subjects.deleted, deactivated },
      memberships: { ...hour.memberships, deleted: memberships },
      adminGrants,
    };
  }

  #handleRecord(record: WireRecord, revision: Revision): void {
    switch (record.kind) {
      case 'delta':
      case 'member':
        this.#handleIdentity(record, revision);
        break;
      case 'token':
        this.#counts.tokens++;
        break;
      case 'revocation':
        this.#counts.revocations++;
        break;
      case 'key-set':
        this.#counts.keySets++;
        break;
      default:
        break;
    }
  }

  #handleIdentity(record: DeltaRecord | MemberRecord, revision: Revision): void {
    const checked = checkRecordAgainstRules(this.#rules, record);
    if (isRefusal(checked)) this.#counts.quarantined++;
    else {
      const facts = record.kind === 'delta' ? this.#factsOf(checked.value) : this.#memberFacts(record);
      const change = { isLive: checked.value !== undefined, facts, cascades: CASCADES.includes(record.reason) };
      if (!this.#set(checked.key, revision, change)) this.#counts.superseded++;
    }
  }

  /** As the receiver applies it: its entries, then deletes of what its range no longer has. */
  #handlePart(part: SnapshotPartRecord, position: Revision): void {
    if (snapshotPartProblem(part, position) !== undefined) {
      this.#counts.quarantined++;
      return;
    }
    this.#counts.snapshotParts++;
    for (const entry of part.entries) this.#handleRecord(entry, entry.revision as Revision);
    const named = new Set(part.entries.filter(isIdentity).map(identityKey));
    const range = rangeOf(part);
    const absent: string[] = [];
    for (const { key } of this.#known.liveIn(range)) if (!named.has(key)) absent.push(key);
    for (const key of this.#scratch.prepare('SELECT key FROM change WHERE is_live = 1').pluck().iterate()) {
      const added = key as string;
      if (isIdentityKey(added) && isInRange(range, added) && !named.has(added)) absent.push(added);
    }
    for (const key of absent) {
      // What the bundle, or a frame before it, says anew of a key that approvers have before them, takes its place there.
      if (this.#find.get(key) === undefined && this.#known.isSettled(key, part.asOf)) continue;
      const now = this.#now(key);
      if (now?.isLive && compareRevisions(now.revision, part.asOf) <= 0)
        this.#set(key, position, { isLive: false, facts: NO_FACTS, cascades: false });
    }
  }

  /** False where more is known of the key already. */
  #set(key: string, revision: Revision, change: Change): boolean {
    const now = this.#now(key);
    if (now !== undefined && compareRevisions(revision, now.revision) <= 0) return false;
    const { epoch, sequence, index } = revision;
    const { isLive, facts, cascades } = change;
    const before = JSON.stringify(now?.isLive ? now.facts : null);
    const row = [key, now?.isLive ? 1 : 0, isLive ? 1 : 0, epoch, sequence, index, before];
    this.#put.run(...row, JSON.stringify(isLive ? facts : null), cascades ? 1 : 0);
    return true;
  }

  #now(
    key: string,
  ): { readonly revision: Revision; readonly isLive: boolean; readonly facts: SubjectFacts } | undefined {
    const row = this.#find.get(key) as Row | undefined;
    if (row !== undefined) {
      const { epoch, sequence, record_index: index } = row;
      const facts = (JSON.parse(row.facts) as SubjectFacts | null) ?? NO_FACTS;
      return { revision: { epoch, sequence, index }, isLive: row.is_live === 1, facts };
    }
    const known = this.#known.find(key);
    return known && { revision: known.revision, isLive: !known.isDeleted, facts: known.facts ?? NO_FACTS };
  }

  /** Of a resource that passed the rules. */
  #factsOf(value: string | undefined): SubjectFacts {
    return value === undefined ? NO_FACTS : subjectFacts(JSON.parse(value) as JsonObject, this.#guard);
  }

  /** To be in an admin group counts as a role of its own. */
  #memberFacts({ group }: MemberRecord): SubjectFacts {
    return isAdminGroup(group, this.#guard) ? { isActive: true, adminRoles: [group] } : NO_FACTS;
  }

  #grants(): Pick<BundleChanges, 'deactivated' | 'adminGrants' | 'adminWithdrawals'> {
    let deactivated = 0;
    let adminGrants = 0;
    let adminWithdrawals = 0;
    const rows = this.#scratch
      .prepare(
        'SELECT facts_before AS before, facts AS after FROM change WHERE is_live AND is_touched AND facts_before != facts',
      )
      .iterate() as Iterable<{ readonly before: string; readonly after: string }>;
    for (const row of rows) {
      const before = (JSON.parse(row.before) as SubjectFacts | null) ?? undefined;
      const after = JSON.parse(row.after) as SubjectFacts;
      if (isDeactivation(before, after)) deactivated++;
      adminGrants += grantedRoles(before, after).length;
      if (before !== undefined) adminWithdrawals += grantedRoles(after, before).length;
    }
    return { deactivated, adminGrants, adminWithdrawals };
  }

  #count(like: 'LIKE' | 'NOT LIKE'): KeyChanges {
    const row = this.#scratch
      .prepare(
        `SELECT coalesce(sum(NOT was_live AND is_live), 0) AS added, coalesce(sum(was_live AND is_live), 0) AS changed,
         coalesce(sum(was_live AND NOT is_live), 0) AS deleted FROM change WHERE is_touched AND key ${like} 'Member|%'`,
      )
      .get();
    return row as KeyChanges;
  }
}
