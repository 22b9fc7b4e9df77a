/**
 * The sender's current state of every subject, on disk beside the journal: what a put is compared with, and what
 * snapshots will be made of. It is read and written inside the packer's transaction, record by record, so that a later
 * line of one batch sees what an earlier one did.
 */
import { memberKey, subjectKey } from '../src/identity/key.ts';
import type { MemberReference } from '../src/identity/source-item.ts';
import type { Statement, Store } from '../src/store/database.ts';
import type { DeltaRecord, MemberRecord, WireRecord } from '../src/wire/record.ts';
import type { Revision } from '../src/wire/revision.ts';
import type { DifferState } from './differ.ts';

/**
 * One migration of sender.db. Rows of what was deleted stay, with their revision and without content (resource,
 * member_type NULL): a snapshot must tell what is gone. Keys are Kafka keys, so both tables can be walked in key ranges;
 * memberships of a group are the range behind `Member|<group>|`. Members' rows are small and live in their index
 * (WITHOUT ROWID); a subject's resource may be large and does not.
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
  readonly #findMember: Statement;
  readonly #membersOf: Statement;
  readonly #groupsOf: Statement;
  readonly #putSubject: Statement;
  readonly #putMember: Statement;

  constructor(store: Store) {
    this.#findSubject = store.prepare('SELECT 1 FROM subject WHERE key = ? AND resource IS NOT NULL').pluck();
    this.#findMember = store.prepare('SELECT member_type FROM member WHERE key = ?').pluck();
    this.#membersOf = store.prepare(
      `SELECT member_id AS member, member_type AS memberType FROM member
       WHERE key >= ? AND key < ? AND member_type IS NOT NULL ORDER BY key`,
    );
    this.#groupsOf = store
      .prepare('SELECT group_id FROM member WHERE member_id = ? AND member_type = ? ORDER BY group_id')
      .pluck();
    // Updated in place: REPLACE would move each row to the table's end and touch three pages for one.
    this.#putSubject = store.prepare(
      `INSERT INTO subject VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET
       resource = excluded.resource, at_ms = excluded.at_ms, epoch = excluded.epoch, sequence = excluded.sequence,
       record_index = excluded.record_index`,
    );
    this.#putMember = store.prepare(
      `INSERT INTO member VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET
       member_type = excluded.member_type, at_ms = excluded.at_ms, epoch = excluded.epoch, sequence = excluded.sequence,
       record_index = excluded.record_index`,
    );
  }

  hasSubject(type: string, id: string): boolean {
    return this.#findSubject.get(subjectKey(type, id)) !== undefined;
  }

  memberType(group: string, member: string): string | undefined {
    return (this.#findMember.get(memberKey(group, member)) as string | null | undefined) ?? undefined;
  }

  /** In the order of their keys. Rows of one group are read at once: `maxMembersPerGroup` bounds what a put adds. */
  membersOf(group: string): readonly MemberReference[] {
    const first = memberKey(group, '');
    // "}" follows "|" in ASCII, and no part of a key holds either.
    return this.#membersOf.all(first, `${first.slice(0, -1)}}`) as MemberReference[];
  }

  groupsOf(memberType: string, member: string): readonly string[] {
    return this.#groupsOf.all(member, memberType) as string[];
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
