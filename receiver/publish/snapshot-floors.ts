/**
 * Up to where snapshots have said all of a key range, on disk and read from memory: a record of that range that is not newer comes too late,
 * whether its key is known or not. Without this, a put out of a gap could bring back a subject whose delete lies in
 * another gap, although the snapshot said that it is gone.
 */
import type { KeyRange } from '../../src/identity/snapshot-part.ts';
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import type { Statement, Store } from '../../src/store/database.ts';
import { compareRevisions, type Revision } from '../../src/wire/revision.ts';

export const SNAPSHOT_FLOOR_SCHEMA = `
  CREATE TABLE snapshot_floor (
    first_key TEXT PRIMARY KEY,
    last_key TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    record_index INTEGER NOT NULL
  ) WITHOUT ROWID;
`;

export interface SnapshotFloor extends KeyRange {
  readonly asOf: Revision;
}

interface FloorRow {
  readonly first: string;
  readonly last: string;
  readonly epoch: number;
  readonly sequence: number;
  readonly index: number;
}

export class SnapshotFloors {
  readonly #all: Statement;
  readonly #overlapping: Statement;
  readonly #delete: Statement;
  readonly #insert: Statement;
  readonly #trim: Statement;
  /** All rows in order, as each record asks; undefined: to be read again. */
  #rows: readonly FloorRow[] | undefined;

  constructor(store: Store) {
    const columns = 'first_key AS first, last_key AS last, epoch, sequence, record_index AS "index"';
    this.#all = store.prepare(`SELECT ${columns} FROM snapshot_floor ORDER BY first_key`);
    this.#overlapping = store.prepare(
      `SELECT ${columns} FROM snapshot_floor
       WHERE (@last = '' OR first_key < @last) AND (last_key = '' OR last_key > @first) ORDER BY first_key`,
    );
    this.#delete = store.prepare('DELETE FROM snapshot_floor WHERE first_key = ?');
    this.#insert = store.prepare(
      `INSERT INTO snapshot_floor (first_key, last_key, epoch, sequence, record_index)
       VALUES (?, ?, ?, ?, ?)`,
    );
    this.#trim = store.prepare(
      `DELETE FROM snapshot_floor WHERE first_key IN
       (SELECT first_key FROM snapshot_floor ORDER BY epoch DESC, sequence DESC LIMIT -1 OFFSET ?)`,
    );
  }

  find(key: string): Revision | undefined {
    this.#rows ??= this.#all.all() as FloorRow[];
    const row = lastAtOrBelow(this.#rows, key);
    if (row === undefined || (row.last !== '' && row.last <= key)) return undefined;
    const { epoch, sequence, index } = row;
    return { epoch, sequence, index };
  }

  /** Inside the caller's transaction. Where a newer floor lies already, it stays; an empty range says nothing. */
  put(floor: SnapshotFloor): void {
    const { first, last } = floor;
    if (first === last && first !== '') return;
    this.#rows = undefined;
    const rows = this.#overlapping.all({ first, last }) as FloorRow[];
    const known = rows.map(({ first, last, ...asOf }): SnapshotFloor => ({ first, last, asOf }));
    for (const each of known) this.#delete.run(each.first);
    for (const { first, last, asOf } of overlay(known, floor)) {
      this.#insert.run(first, last, asOf.epoch, asOf.sequence, asOf.index);
    }
    this.#trim.run(RECEIVER_LIMITS.maxSnapshotFloors);
  }
}

/** Keys are ASCII, so that code units have SQLite's order. */
function lastAtOrBelow(rows: readonly FloorRow[], key: string): FloorRow | undefined {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rows[middle] as FloorRow).first <= key) low = middle + 1;
    else high = middle;
  }
  return rows[low - 1];
}

/** `known` lie apart, in order, each overlapping `floor`; of two over one key the newer stays. */
function overlay(known: readonly SnapshotFloor[], floor: SnapshotFloor): readonly SnapshotFloor[] {
  const placed: SnapshotFloor[] = [];
  let rest: KeyRange | undefined = floor;
  for (const each of known) {
    if (compareRevisions(each.asOf, floor.asOf) > 0) {
      if (rest !== undefined && rest.first < each.first)
        placed.push({ first: rest.first, last: each.first, asOf: floor.asOf });
      placed.push(each);
      rest =
        each.last === '' || (floor.last !== '' && each.last >= floor.last)
          ? undefined
          : { first: each.last, last: floor.last };
      continue;
    }
    if (each.first < floor.first) placed.push({ ...each, last: floor.first });
    if (floor.last !== '' && (each.last === '' || each.last > floor.last)) placed.push({ ...each, first: floor.last });
  }
  return rest === undefined ? placed : [...placed, { ...rest, asOf: floor.asOf }];
}
