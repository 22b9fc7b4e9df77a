/** What is held and what is pinned, on disk; the `held` topic has the same. One row a key. */

import type { KeyRange } from '../../src/identity/snapshot-part.ts';
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import type { Statement, Store } from '../../src/store/database.ts';
import type { Revision } from '../../src/wire/revision.ts';
import type { ApprovalAction } from './approval.ts';
import { compareHeld, type HeldRecord, type HoldCause, holdDigest, type Pin } from './held-record.ts';
import { type HeldSubject, heldSubject, SHOWN_HOLD_KEYS } from './hold-list.ts';

export const HELD_TABLE_SCHEMA = `
  CREATE TABLE held (
    key TEXT PRIMARY KEY,
    hold TEXT NOT NULL,
    cause TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    record_index INTEGER NOT NULL,
    kind TEXT NOT NULL,
    counted INTEGER NOT NULL,
    held_at_ms INTEGER NOT NULL,
    value BLOB,
    headers TEXT NOT NULL,
    decision TEXT,
    decision_order INTEGER
  ) WITHOUT ROWID;
  CREATE INDEX held_by_hold ON held (hold);
  CREATE INDEX held_decided ON held (decision_order, epoch, sequence, record_index) WHERE decision IS NOT NULL;
  CREATE TABLE hold (
    name TEXT PRIMARY KEY,
    cause TEXT NOT NULL,
    records INTEGER NOT NULL,
    digest TEXT NOT NULL,
    held_at_ms INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE pin (
    key TEXT PRIMARY KEY,
    epoch INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    record_index INTEGER NOT NULL,
    hold TEXT NOT NULL,
    rejected_at_ms INTEGER NOT NULL,
    headers TEXT NOT NULL
  ) WITHOUT ROWID;
`;

/** The first whom a hold concerns, as JSON; an empty list of holds that stood here before this migration. */
export const HOLD_SUBJECTS_SCHEMA = `
  ALTER TABLE hold ADD COLUMN first TEXT NOT NULL DEFAULT '[]';
`;

/** Of a later version: what approvers decided, while what is held is read back. */
export const KEPT_DECISION_SCHEMA = `
  CREATE TABLE kept_decision (
    key TEXT PRIMARY KEY,
    hold TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    record_index INTEGER NOT NULL,
    value BLOB,
    decision TEXT NOT NULL,
    decision_order INTEGER NOT NULL
  ) WITHOUT ROWID;
`;

/** All that one frame gave to one cause. */
export interface Hold {
  readonly name: string;
  readonly cause: HoldCause;
  /** As it was held; newer records of a key may have replaced some since. */
  readonly records: number;
  /** Of those, see `holdDigest`. */
  readonly digest: string;
  readonly heldAtMs: number;
  /** The first whom they concern, in the order in which they are published. */
  readonly first: readonly HeldSubject[];
}

/** What is still held of a hold. */
export interface HoldSums {
  readonly held: number;
  readonly deletes: number;
  /** By the first part of their keys. */
  readonly types: Readonly<Record<string, number>>;
}

/** A held record, and what approvers said of it that no transaction has carried out yet. */
export interface ListedRecord extends HeldRecord {
  readonly decision?: Decision;
}

export type Decision = Extract<ApprovalAction, 'release' | 'reject'>;

export interface DecidedRecord extends HeldRecord {
  readonly decision: Decision;
}

export type DecidedPlace = Pick<DecidedRecord, 'key' | 'revision' | 'hold' | 'decision'>;

interface HeldRow extends Omit<HeldRecord, 'revision' | 'isCounted' | 'headers'> {
  readonly epoch: number;
  readonly sequence: number;
  readonly index: number;
  readonly counted: number;
  readonly headers: string;
  readonly decision: Decision | null;
}

interface PinRow extends Revision, Omit<Pin, 'revision' | 'headers'> {
  readonly headers: string;
}

const HELD_COLUMNS = `key, hold, cause, epoch, sequence, record_index AS "index", kind, counted, held_at_ms AS heldAtMs,
  CAST(value AS TEXT) AS value, headers, decision`;
const PIN_COLUMNS = 'key, epoch, sequence, record_index AS "index", hold, rejected_at_ms AS rejectedAtMs, headers';

export class HeldTable {
  readonly #store: Store;
  readonly #find: Statement;
  readonly #put: Statement;
  readonly #delete: Statement;
  readonly #putsIn: Statement;
  readonly #findPin: Statement;
  readonly #putPin: Statement;
  readonly #deletePin: Statement;
  readonly #rows: Statement;
  readonly #decided: Statement;
  readonly #decide: Statement;
  readonly #putHold: Statement;
  readonly #dropHold: Statement;
  readonly #adminRoles: readonly string[];
  #count: number;
  #bytes: number;
  #pinCount: number;

  /** `adminRoles`: of the config, which a hold shows before other roles; only for whoever names holds. */
  constructor(store: Store, adminRoles: readonly string[] = []) {
    this.#store = store;
    this.#adminRoles = adminRoles;
    this.#find = store.prepare(`SELECT ${HELD_COLUMNS} FROM held WHERE key = ?`);
    this.#put = store.prepare(
      `INSERT OR REPLACE INTO held (
         key, hold, cause, epoch, sequence, record_index, kind, counted, held_at_ms, value, headers, decision,
         decision_order
       ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)`,
    );
    this.#delete = store.prepare('DELETE FROM held WHERE key = ?');
    this.#putsIn = store.prepare(
      "SELECT key FROM held WHERE value IS NOT NULL AND key >= ? AND (? = '' OR key < ?) ORDER BY key",
    );
    this.#findPin = store.prepare(`SELECT ${PIN_COLUMNS} FROM pin WHERE key = ?`);
    this.#putPin = store.prepare(
      `INSERT OR REPLACE INTO pin (key, epoch, sequence, record_index, hold, rejected_at_ms, headers)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#deletePin = store.prepare('DELETE FROM pin WHERE key = ?');
    this.#rows = store.prepare(`SELECT ${HELD_COLUMNS} FROM held WHERE hold = ?`);
    this.#decided = store.prepare(
      `SELECT ${HELD_COLUMNS} FROM held WHERE decision IS NOT NULL
       ORDER BY decision_order, epoch, sequence, record_index, key LIMIT ?`,
    );
    this.#decide = store.prepare(
      `UPDATE held SET decision = ?, decision_order = (SELECT coalesce(max(decision_order), 0) + 1 FROM held)
       WHERE hold = ? AND decision IS NULL`,
    );
    this.#putHold = store.prepare(
      `INSERT OR REPLACE INTO hold (name, cause, records, digest, held_at_ms, first)
       VALUES (?, ?, ?, ?, ?, ?)`,
    );
    this.#dropHold = store.prepare(
      'DELETE FROM hold WHERE name = ? AND NOT EXISTS (SELECT 1 FROM held WHERE hold = name)',
    );
    const size =
      'SELECT count(*) AS count, coalesce(sum(length(headers) + coalesce(length(value), 0)), 0) AS bytes FROM held';
    const { count, bytes } = store.prepare(size).get() as { count: number; bytes: number };
    this.#count = count;
    this.#bytes = bytes;
    this.#pinCount = (store.prepare('SELECT count(*) AS count FROM pin').get() as { count: number }).count;
  }

  /** Keys of a range whose held record is no delete, in order. */
  putsIn({ first, last }: KeyRange): readonly string[] {
    return (this.#putsIn.all(first, last, last) as { readonly key: string }[]).map(({ key }) => key);
  }

  get count(): number {
    return this.#count;
  }

  /** Of values and headers. */
  get bytes(): number {
    return this.#bytes;
  }

  get holdCount(): number {
    return (this.#store.prepare('SELECT count(*) AS count FROM hold').get() as { count: number }).count;
  }

  get pinCount(): number {
    return this.#pinCount;
  }

  /** Wall clock; undefined where nothing is held. */
  get oldestAtMs(): number | undefined {
    const { oldest } = this.#store.prepare('SELECT min(held_at_ms) AS oldest FROM hold').get() as {
      oldest: number | null;
    };
    return oldest ?? undefined;
  }

  find(key: string): HeldRecord | undefined {
    // Asked for each record, and empty nearly always.
    if (this.#count === 0) return undefined;
    const row = this.#find.get(key) as HeldRow | undefined;
    return row && heldOf(row);
  }

  findPin(key: string): Pin | undefined {
    if (this.#pinCount === 0) return undefined;
    const row = this.#findPin.get(key) as PinRow | undefined;
    return row && pinOf(row);
  }

  /** Oldest first. */
  holds(): readonly Hold[] {
    const columns = 'name, cause, records, digest, held_at_ms AS heldAtMs, first';
    const rows = this.#store.prepare(`SELECT ${columns} FROM hold ORDER BY held_at_ms, name`).all();
    type Row = Omit<Hold, 'first'> & { readonly first: string };
    return (rows as Row[]).map((row) => ({ ...row, first: JSON.parse(row.first) as readonly HeldSubject[] }));
  }

  /** Of a hold, what is still held, in the order in which it is published. */
  rowsOf(hold: string): readonly HeldRecord[] {
    return (this.#rows.all(hold) as HeldRow[]).map(heldOf).sort(compareHeld);
  }

  sumsOf(hold: string): HoldSums {
    const rows = this.#store
      .prepare(
        `SELECT substr(key, 1, instr(key, '|') - 1) AS type, count(*) AS held, sum(value IS NULL) AS deletes
         FROM held WHERE hold = ? GROUP BY type ORDER BY type`,
      )
      .all(hold) as { readonly type: string; readonly held: number; readonly deletes: number }[];
    const total = (of: 'held' | 'deletes') => rows.reduce((sum, row) => sum + row[of], 0);
    return {
      held: total('held'),
      deletes: total('deletes'),
      types: Object.fromEntries(rows.map(({ type, held }) => [type, held])),
    };
  }

  /** All that is still held of a hold, by key; few at a time, so that neither memory nor a running receiver's WAL grows. */
  *recordsOf(hold: string): Iterable<ListedRecord> {
    const page = this.#store.prepare(
      `SELECT ${HELD_COLUMNS} FROM held WHERE hold = ? AND key > ? ORDER BY key LIMIT ?`,
    );
    let last = '';
    for (;;) {
      const rows = page.all(hold, last, RECEIVER_LIMITS.listedHeldRows) as HeldRow[];
      for (const row of rows) yield { ...heldOf(row), ...(row.decision !== null && { decision: row.decision }) };
      if (rows.length < RECEIVER_LIMITS.listedHeldRows) return;
      last = rows.at(-1)?.key ?? '';
    }
  }

  pins(limit: number): readonly Pin[] {
    return (this.#store.prepare(`SELECT ${PIN_COLUMNS} FROM pin ORDER BY key LIMIT ?`).all(limit) as PinRow[]).map(
      pinOf,
    );
  }

  get hasDecided(): boolean {
    return this.#count > 0 && this.#decided.get(1) !== undefined;
  }

  /** What approvers decided and no transaction has carried out, in the order of their words: a later one comes behind. */
  decided(limit: number): readonly DecidedRecord[] {
    const rows = this.#decided.all(limit) as HeldRow[];
    return rows.map((row) => ({ ...heldOf(row), decision: row.decision as Decision }));
  }

  /** Inside the caller's transaction, as the others below. Records of it that nobody decided yet; how many. */
  decide(hold: string, decision: Decision): number {
    return this.#decide.run(decision, hold).changes;
  }

  /** Undefined: it is held no longer. */
  put(key: string, record: HeldRecord | undefined): void {
    const known = this.#count === 0 ? undefined : (this.#find.get(key) as HeldRow | undefined);
    if (known !== undefined) {
      this.#delete.run(key);
      this.#count -= 1;
      this.#bytes -= sizeOf(known.headers, known.value);
      this.#dropHold.run(known.hold);
    }
    if (record === undefined) return;
    const { hold, cause, revision, kind, isCounted, heldAtMs, value } = record;
    const { epoch, sequence, index } = revision;
    const headers = JSON.stringify(record.headers);
    const bytes = value === null ? null : Buffer.from(value, 'utf8');
    this.#put.run(key, hold, cause, epoch, sequence, index, kind, isCounted ? 1 : 0, heldAtMs, bytes, headers);
    this.#count += 1;
    this.#bytes += sizeOf(headers, value);
  }

  putPin(key: string, pin: Pin | undefined): void {
    this.#pinCount -= this.#deletePin.run(key).changes;
    if (pin === undefined) return;
    this.#pinCount += 1;
    const { revision, hold, rejectedAtMs, headers } = pin;
    const { epoch, sequence, index } = revision;
    this.#putPin.run(key, epoch, sequence, index, hold, rejectedAtMs, JSON.stringify(headers));
  }

  /** After its records were put. */
  nameHold(hold: string): void {
    const records = this.rowsOf(hold);
    const [first] = records;
    if (first === undefined) return;
    const shown = JSON.stringify(
      records.slice(0, SHOWN_HOLD_KEYS).map((record) => heldSubject(record, this.#adminRoles)),
    );
    this.#putHold.run(hold, first.cause, records.length, holdDigest(records), first.heldAtMs, shown);
  }

  /** Before all of it is read back. What approvers decided is kept: no topic has it. */
  clear(): void {
    this.#store.exec(`
      INSERT OR REPLACE INTO kept_decision (
          key, hold, epoch, sequence, record_index, value, decision, decision_order
        )
        SELECT key, hold, epoch, sequence, record_index, value, decision, decision_order FROM held
        WHERE decision IS NOT NULL;
      DELETE FROM held; DELETE FROM hold; DELETE FROM pin;
    `);
    this.#count = 0;
    this.#bytes = 0;
    this.#pinCount = 0;
  }

  /** Behind `clear` and all that was read back. */
  handleReadBack(): void {
    this.#store.exec(`
      UPDATE held SET decision = kept.decision, decision_order = kept.decision_order
      FROM kept_decision AS kept
      WHERE held.key = kept.key AND held.hold = kept.hold AND held.epoch = kept.epoch
        AND held.sequence = kept.sequence AND held.record_index = kept.record_index AND held.value IS kept.value
    `);
    const names = this.#store.prepare('SELECT DISTINCT hold FROM held').all() as { hold: string }[];
    for (const { hold } of names) this.nameHold(hold);
  }

  /** Behind `handleReadBack`: kept decisions on what is not held any more, or is another record. In their order. */
  get droppedDecisions(): readonly DecidedPlace[] {
    const rows = this.#store
      .prepare(
        `SELECT key, hold, epoch, sequence, record_index AS "index", decision FROM kept_decision AS kept
         WHERE NOT EXISTS (SELECT 1 FROM held WHERE key = kept.key AND decision_order = kept.decision_order)
         ORDER BY decision_order, epoch, sequence, record_index, key`,
      )
      .all() as (Revision & Omit<DecidedPlace, 'revision'>)[];
    return rows.map(({ epoch, sequence, index, ...row }) => ({ ...row, revision: { epoch, sequence, index } }));
  }

  forgetKeptDecisions(): void {
    this.#store.exec('DELETE FROM kept_decision');
  }
}

export function sizeOfHeld({ headers, value }: Pick<HeldRecord, 'headers' | 'value'>): number {
  return sizeOf(JSON.stringify(headers), value);
}

function sizeOf(headers: string, value: string | null): number {
  return headers.length + Buffer.byteLength(value ?? '', 'utf8');
}

function heldOf({ epoch, sequence, index, counted, headers, decision, ...row }: HeldRow): HeldRecord {
  const revision = { epoch, sequence, index };
  return { ...row, revision, isCounted: counted === 1, headers: JSON.parse(headers) as HeldRecord['headers'] };
}

function pinOf({ epoch, sequence, index, headers, ...row }: PinRow): Pin {
  return { ...row, revision: { epoch, sequence, index }, headers: JSON.parse(headers) as Pin['headers'] };
}
