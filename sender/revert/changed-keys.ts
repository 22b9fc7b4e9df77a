/**
 * The keys that changed after a point of the journal, with what each was then and is now: the work table of a revert plan,
 * on disk, since a bad import may have touched everyone.
 */
import { memberKey, subjectKey } from '../../src/identity/key.ts';
import type { Statement, Store } from '../../src/store/database.ts';
import type { DeltaRecord, MemberRecord, SnapshotPartRecord } from '../../src/wire/record.ts';
import type { Revision } from '../../src/wire/revision.ts';

/** What the wire says of a subject or of a membership. */
export type SubjectRecord = DeltaRecord | MemberRecord;

/** `type`: of the subject, or "Member" with the group as `id`. */
export interface ChangedKey {
  readonly key: string;
  readonly type: string;
  readonly id: string;
  readonly member: string | null;
  /** The resource, or the type of the member; null: it is not there. */
  readonly then: string | null;
  readonly now: string | null;
  /** Of the last change. */
  readonly nowRevision: Revision;
}

const SCHEMA = `
  CREATE TABLE changed (
    key TEXT NOT NULL PRIMARY KEY,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    member TEXT,
    now TEXT,
    now_epoch INTEGER NOT NULL, now_sequence INTEGER NOT NULL, now_index INTEGER NOT NULL,
    -- The first change: what it says of the time before is only whether there was anything.
    first_epoch INTEGER NOT NULL, first_sequence INTEGER NOT NULL, first_index INTEGER NOT NULL,
    first_operation TEXT NOT NULL,
    first_at_ms INTEGER NOT NULL,
    "then" TEXT,
    -- As of which revision "then" is known; NULL: not yet.
    known_epoch INTEGER, known_sequence INTEGER, known_index INTEGER
  ) STRICT;
  CREATE INDEX unknown ON changed (key) WHERE known_epoch IS NULL;
`;

/** Later than every revision. */
const FOR_GOOD: Revision = { epoch: Number.MAX_SAFE_INTEGER, sequence: 0, index: 0 };

const IS_KNOWN_EARLIER =
  '(known_epoch IS NULL OR (known_epoch, known_sequence, known_index) < (@epoch, @sequence, @index))';
const KNOWN_AS_OF = 'known_epoch = @epoch, known_sequence = @sequence, known_index = @index';

export class ChangedKeys {
  readonly #store: Store;
  readonly #addChange: Statement;
  readonly #setThen: Statement;
  readonly #setAbsent: Statement;
  readonly #anyUnknown: Statement;

  /** `store`: an empty scratch database. */
  constructor(store: Store) {
    store.exec(SCHEMA);
    this.#store = store;
    this.#addChange = store.prepare(
      `INSERT INTO changed (
         key, type, id, member, now, now_epoch, now_sequence, now_index, first_epoch, first_sequence, first_index,
         first_operation, first_at_ms, "then", known_epoch, known_sequence, known_index
       ) VALUES (@key, @type, @id, @member, @value, @epoch, @sequence, @index, @epoch, @sequence, @index,
       @operation, @atMs, NULL, NULL, NULL, NULL) ON CONFLICT (key) DO UPDATE SET
       first_epoch = @epoch, first_sequence = @sequence, first_index = @index, first_operation = @operation,
       first_at_ms = @atMs`,
    );
    this.#setThen = store.prepare(
      `UPDATE changed SET "then" = @value, ${KNOWN_AS_OF} WHERE key = @key AND ${IS_KNOWN_EARLIER}`,
    );
    this.#setAbsent = store.prepare(
      `UPDATE changed SET "then" = NULL, ${KNOWN_AS_OF} WHERE key >= @firstKey AND (@lastKey = '' OR key < @lastKey)
       AND (first_epoch, first_sequence, first_index) > (@epoch, @sequence, @index) AND ${IS_KNOWN_EARLIER}`,
    );
    this.#anyUnknown = store.prepare('SELECT 1 FROM changed WHERE known_epoch IS NULL LIMIT 1');
  }

  /** A change after the point; the newest comes first. */
  handleChange(record: SubjectRecord, revision: Revision, atMs: number): void {
    const { operation } = record;
    this.#addChange.run({ ...subjectOf(record), value: contentOf(record), operation, atMs, ...revision });
  }

  /** All changes were given. A first change that is a create says that there was nothing before. */
  handleChangesDone(): void {
    const created = this.#store.prepare(`UPDATE changed SET ${KNOWN_AS_OF} WHERE first_operation = 'create'`);
    created.run({ ...FOR_GOOD });
  }

  /** A record at or before the point. */
  handleEarlier(record: SubjectRecord, revision: Revision): void {
    this.#setThen.run({ key: subjectOf(record).key, value: contentOf(record), ...revision });
  }

  /**
   * A part of a snapshot: what it holds of its range and what it lacks, as of a revision. It may have been made after the
   * point: an entry older than the key's first change still tells what was before.
   */
  handlePart(
    { firstKey, lastKey, asOf, entries }: SnapshotPartRecord,
    isEarlier: (revision: Revision) => boolean,
  ): void {
    this.#setAbsent.run({ firstKey, lastKey, ...asOf });
    const setEntry = this.#store.prepare(
      `UPDATE changed SET "then" = @value, ${KNOWN_AS_OF} WHERE key = @key
       AND (${IS_KNOWN_EARLIER} OR (known_epoch, known_sequence, known_index) = (@epoch, @sequence, @index))`,
    );
    for (const entry of entries) {
      if ((entry.kind !== 'delta' && entry.kind !== 'member') || !entry.revision || !isEarlier(entry.revision))
        continue;
      setEntry.run({ key: subjectOf(entry).key, value: contentOf(entry), ...asOf });
    }
  }

  /** What was concluded as of a revision before this frame counts no more: changes behind it may be missing. */
  forgetKnownBefore({ epoch, sequence }: { readonly epoch: number; readonly sequence: number }): void {
    this.#store
      .prepare(
        `UPDATE changed SET "then" = NULL, known_epoch = NULL, known_sequence = NULL, known_index = NULL
         WHERE (known_epoch, known_sequence) < (?, ?)`,
      )
      .run(epoch, sequence);
  }

  /** Nothing of them stands before the point, in a journal that has everything: a delete of what was never there. */
  handleNothingBefore(): void {
    this.#store
      .prepare(`UPDATE changed SET ${KNOWN_AS_OF} WHERE known_epoch IS NULL AND first_operation = 'delete'`)
      .run({ ...FOR_GOOD });
  }

  get count(): number {
    return this.#store.prepare('SELECT count(*) FROM changed').pluck().get() as number;
  }

  get hasUnknown(): boolean {
    return this.#anyUnknown.get() !== undefined;
  }

  get unknownCount(): number {
    return this.#store.prepare('SELECT count(*) FROM changed WHERE known_epoch IS NULL').pluck().get() as number;
  }

  /** When the last of the unknown ones first changed: from then on all are known. */
  get unknownUntilMs(): number {
    return this.#store
      .prepare('SELECT max(first_at_ms) FROM changed WHERE known_epoch IS NULL')
      .pluck()
      .get() as number;
  }

  /**
   * Those that are now otherwise than then, in the order in which they are put back: leaves first, so that a group never
   * has more members than it had; then subjects, joins, and deletes last, so that no membership points at nothing.
   */
  *different(): Generator<ChangedKey> {
    const rows = this.#store.prepare(
      `SELECT key, type, id, member, "then", now, now_epoch AS epoch, now_sequence AS sequence, now_index AS "index",
       CASE WHEN member IS NULL THEN iif("then" IS NULL, 4, 2) ELSE iif("then" IS NULL, 1, 3) END AS step
       FROM changed WHERE "then" IS NOT now ORDER BY step, key`,
    );
    for (const row of rows.iterate() as Iterable<Omit<ChangedKey, 'nowRevision'> & Revision>) {
      const { epoch, sequence, index, ...changed } = row;
      yield { ...changed, nowRevision: { epoch, sequence, index } };
    }
  }
}

function subjectOf(record: SubjectRecord): Pick<ChangedKey, 'key' | 'type' | 'id' | 'member'> {
  if (record.kind === 'delta') {
    const { type, id } = record;
    return { key: subjectKey(type, id), type, id, member: null };
  }
  const { group, member } = record;
  return { key: memberKey(group, member), type: 'Member', id: group, member };
}

function contentOf(record: SubjectRecord): string | null {
  return (record.kind === 'delta' ? record.resource : record.memberType) ?? null;
}
