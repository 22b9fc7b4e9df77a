import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReceiverStore } from '../../../../receiver/receiver-store.ts';

const KEYS = ['User|1', 'User|2', 'Member|g|1', 'Token|i|s||'] as const;

describe('the subject table', () => {
  it('counts keys and live ones as they come, go and come again', () => {
    const put = fc.record({ key: fc.constantFrom(...KEYS), isDeleted: fc.boolean() });
    fc.assert(
      fc.property(fc.array(put, { maxLength: 12 }), (puts) => {
        const { store, subjects } = ReceiverStore.open(':memory:', { maxSpoolBytes: 1 });
        const expected = new Map<string, boolean>();
        for (const [sequence, { key, isDeleted }] of puts.entries()) {
          const subject = { revision: { epoch: 1, sequence, index: 0 }, isDeleted };
          subjects.put(key, subject);
          expected.set(key, isDeleted);
          expect(subjects.find(key)).toStrictEqual(subject);
        }
        const live = (prefix: string) => [...expected].filter(([key, gone]) => key.startsWith(prefix) && !gone).length;
        expect(subjects.count).toBe(expected.size);
        expect(subjects.liveCount('subjects')).toBe(live('User'));
        expect(subjects.liveCount('memberships')).toBe(live('Member'));
        store.close();
      }),
      { numRuns: 100 },
    );
  });
});
