import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SNAPSHOT_FLOOR_SCHEMA, type SnapshotFloor, SnapshotFloors } from '../../receiver/publish/snapshot-floors.ts';
import { isInRange } from '../../src/identity/snapshot-part.ts';
import { openStore } from '../../src/store/database.ts';
import { compareRevisions, type Revision } from '../../src/wire/revision.ts';

const KEYS = ['a', 'b', 'c', 'd', 'e', 'f'];
const bound = fc.constantFrom('', ...KEYS);
const floor = fc
  .tuple(bound, bound, fc.integer({ min: 1, max: 9 }))
  .filter(([first, last]) => last === '' || first <= last)
  .map(([first, last, sequence]) => ({ first, last, asOf: { epoch: 1, sequence, index: 0 } }));

function newestOver(key: string, floors: readonly SnapshotFloor[]): Revision | undefined {
  const over = floors.filter((each) => isInRange(each, key)).map(({ asOf }) => asOf);
  return over.reduce<Revision | undefined>(
    (newest, asOf) => (newest === undefined || compareRevisions(asOf, newest) > 0 ? asOf : newest),
    undefined,
  );
}

describe('floors of snapshots', () => {
  it('are, for each key, the newest that any range with it has, whatever order they come in', () => {
    fc.assert(
      fc.property(fc.array(floor, { maxLength: 12 }), (floors) => {
        const store = openStore(':memory:', [SNAPSHOT_FLOOR_SCHEMA]);
        const table = new SnapshotFloors(store);
        for (const [index, each] of floors.entries()) {
          table.put(each);
          for (const key of [...KEYS, 'A', 'aa', 'zz']) {
            expect(table.find(key)).toEqual(newestOver(key, floors.slice(0, index + 1)));
          }
        }
        store.close();
      }),
      { numRuns: 500 },
    );
  });
});
