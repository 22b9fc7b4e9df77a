/**
 * The sender's current state of every subject, on disk beside the journal: what a put is compared with, and what
 * snapshots are made of. It is read and written inside the packer's transaction, record by record, so that a later
 * line of one batch sees what an earlier one did.
 */
import { memberKey, subjectKey } from '../../src/identity/key.ts';
import type { MemberReference } from '../../src/identity/source-item.ts';
import type { Statement, Store } from '../../src/store/database.ts';
import type { DeltaRecord, MemberRecord, WireRecord } from '../../src/wire/record.ts';
import type { Revision } from '../../src/wire/revision.ts';
import type { DifferState } from './differ.ts';

/** A live subject or membership as a snapshot carries it: with the revision under which it was framed last. */
export interface KeyedRecord {
  readonly key: string;
  readonly record: DeltaRecord | MemberRecord;
}

/**
 * One migration of sender.db. Rows of what was deleted stay, with their revision and without content (resource,
 * member_type NULL); a snapshot says that they are gone by not carrying them. Keys are Kafka keys, so both tables can be
 * walked in key ranges; memberships of a group are the range behind `Member|<group>|`. Members' rows are small and live in
 * their index (WITHOUT ROWID); a subject's resource may be large and does not.
 */
export const SUBJECT_STATE_SCHEMA = `
  CREATE TABLE subject (
    key TEXT NOT NULL PRIMARY KEY,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    resource TEXT,
    at_ms INTEGER,
    epoch INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    record_index INTEGER NOT NULL
  );
  CREATE TABLE member (
    key TEXT NOT NULL PRIMARY KEY,
    group_id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    member_type TEXT,
    at_ms INTEGER,
    epoch INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    record_index INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX member_by_member ON member (member_id, member_type) WHERE member_type IS NOT NULL;
`;

export class SubjectState implements DifferState {
  readonly #findSubject: Statement;
  readonly #subjectAt: Statement;
  readonly #findMember: Statement;
  readonly #subjectRevision: Statement;
  readonly #memberRevision: Statement;
  readonly #membersOf: Statement;
  readonly #groupsOf: Statement;
  readonly #putSubject: Statement;
  readonly #putMember: Statement;
  readonly #subjectsFrom: Statement;
  readonly #membersFrom: Statement;

  constructor(store: Store) {
    this.#findSubject = store.prepare('SELECT 1 FROM subject WHERE key = ? AND resource IS NOT NULL').pluck();
    this.#subjectAt = store.prepare('SELECT type, id, resource FROM subject WHERE key = ? AND resource IS NOT NULL');
    this.#findMember = store.prepare('SELECT member_type FROM member WHERE key = ?').pluck();
    // As columns: an object of each row costs a look-up of their names.
    this.#membersOf = store
      .prepare(
        `SELECT member_id, member_type FROM member WHERE key >= ? AND key < ? AND member_type IS NOT NULL ORDER BY key`,
      )
      .raw();
    this.#groupsOf = store
      .prepare('SELECT group_id FROM member WHERE member_id = ? AND member_type = ? ORDER BY group_id')
      .pluck();
    // Updated in place: REPLACE would move each row to the table's end and touch three pages for one.
    this.#putSubject = store.prepare(
      `INSERT INTO subject (key, type, id, resource, at_ms, epoch, sequence, record_index)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET
       resource = excluded.resource, at_ms = excluded.at_ms, epoch = excluded.epoch, sequence = excluded.sequence,
       record_index = excluded.record_index`,
    );
    this.#putMember = store.prepare(
      `INSERT INTO member (key, group_id, member_id, member_type, at_ms, epoch, sequence, record_index)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET
       member_type = excluded.member_type, at_ms = excluded.at_ms, epoch = excluded.epoch, sequence = excluded.sequence,
       record_index = excluded.record_index`,
    );
    const position = 'epoch, sequence, record_index AS "index"';
    this.#subjectRevision = store.prepare(`SELECT ${position} FROM subject WHERE key = ?`);
    this.#memberRevision = store.prepare(`SELECT ${position} FROM member WHERE key = ?`);
    const revision = `at_ms AS atMs, ${position}`;
    this.#subjectsFrom = store.prepare(
      `SELECT key, type, id, resource, ${revision} FROM subject WHERE key >= ? AND resource IS NOT NULL ORDER BY key`,
    );
    this.#membersFrom = store.prepare(
      `SELECT key, group_id AS "group", member_id AS member, member_type AS memberType, ${revision}
       FROM member WHERE key >= ? AND member_type IS NOT NULL ORDER BY key`,
    );
  }

  hasSubject(type: string, id: string): boolean {
    return this.#findSubject.get(subjectKey(type, id)) !== undefined;
  }

  memberType(group: string, member: string): string | undefined {
    return (this.#findMember.get(memberKey(group, member)) as string | null | undefined) ?? undefined;
  }

  /** A live subject by its Kafka key. */
  subjectAt(key: string): { readonly type: string; readonly id: string; readonly resource: string } | undefined {
    return this.#subjectAt.get(key) as { type: string; id: string; resource: string } | undefined;
  }

  /** Of the last record of the same key, deletes included; undefined for what was never named. */
  revisionOf(about: DeltaRecord | MemberRecord): Revision | undefined {
    const row =
      about.kind === 'delta'
        ? this.#subjectRevision.get(subjectKey(about.type, about.id))
        : this.#memberRevision.get(memberKey(about.group, about.member));
    return row as Revision | undefined;
  }

  /** In the order of their keys. Rows of one group are read at once: `maxMembersPerGroup` bounds what a put adds. */
  membersOf(group: string): readonly MemberReference[] {
    const first = memberKey(group, '');
    // "}" follows "|" in ASCII, and no part of a key holds either.
    const rows = this.#membersOf.all(first, `${first.slice(0, -1)}}`) as (readonly [member: string, type: string])[];
    return rows.map(([member, memberType]) => ({ member, memberType }));
  }

  groupsOf(memberType: string, member: string): readonly string[] {
    return this.#groupsOf.all(member, memberType) as string[];
  }

  /** Every live key from `firstKey` on, in the order of keys, read row by row: stop where enough. */
  *liveFrom(firstKey: string): Iterable<KeyedRecord> {
    const subjects = (this.#subjectsFrom.iterate(firstKey) as IterableIterator<SubjectRow>)[Symbol.iterator]();
    const members = (this.#membersFrom.iterate(firstKey) as IterableIterator<MemberRow>)[Symbol.iterator]();
    try {
      let subject = subjects.next();
      let member = members.next();
      while (!subject.done || !member.done) {
        // Keys are ASCII, so SQLite's order of bytes and this of UTF-16 code units are one.
        if (member.done || (!subject.done && subject.value.key < member.value.key)) {
          yield { key: (subject.value as SubjectRow).key, record: toDelta(subject.value as SubjectRow) };
          subject = subjects.next();
        } else {
          yield { key: member.value.key, record: toMember(member.value) };
          member = members.next();
        }
      }
    } finally {
      subjects.return?.();
      members.return?.();
    }
  }

  /** Takes a delta or membership in at its revision; the other kinds are no subjects and change nothing. */
  apply(record: WireRecord, revision: Revision): void {
    if (record.kind === 'delta') this.#applyDelta(record, revision);
    else if (record.kind === 'member') this.#applyMember(record, revision);
  }

  #applyDelta(record: DeltaRecord, { epoch, sequence, index }: Revision): void {
    const { type, id, resource = null, atMs = null } = record;
    this.#putSubject.run(subjectKey(type, id), type, id, resource, atMs, epoch, sequence, index);
  }

  #applyMember(record: MemberRecord, { epoch, sequence, index }: Revision): void {
    const { group, member, memberType = null, atMs = null } = record;
    this.#putMember.run(memberKey(group, member), group, member, memberType, atMs, epoch, sequence, index);
  }
}

interface RevisionRow {
  readonly key: string;
  readonly atMs: number | null;
  readonly epoch: number;
  readonly sequence: number;
  readonly index: number;
}

type SubjectRow = RevisionRow & { readonly type: string; readonly id: string; readonly resource: string };
type MemberRow = RevisionRow & { readonly group: string; readonly member: string; readonly memberType: string };

function toDelta({ type, id, resource, ...row }: SubjectRow): DeltaRecord {
  return { kind: 'delta', operation: 'put', type, id, resource, ...repeated(row) };
}

function toMember({ group, member, memberType, ...row }: MemberRow): MemberRecord {
  return { kind: 'member', operation: 'put', group, member, memberType, ...repeated(row) };
}

function repeated({ atMs, epoch, sequence, index }: RevisionRow): { atMs?: number; revision: Revision } {
  return { ...(atMs !== null && { atMs }), revision: { epoch, sequence, index } };
}
