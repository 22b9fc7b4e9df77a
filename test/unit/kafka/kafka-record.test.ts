import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type KafkaRecord, recordFault } from '../../../src/kafka/kafka-record.ts';

const header = fc.tuple(fc.constantFrom('ce_id', 'ce_é', ''), fc.constantFrom('1', '2', '\0'));

it('the headers of a record are judged alike, whatever it shares with the record before', () => {
  const pool = fc.array(header, { minLength: 1, maxLength: 4 });
  const places = fc.array(fc.nat(3), { maxLength: 4 });
  fc.assert(
    fc.property(pool, places, places, (headers, before, now) => {
      const at = (indices: readonly number[]): KafkaRecord => {
        const shared = indices.flatMap((index) => (headers[index] === undefined ? [] : [headers[index]]));
        return { topic: 't', key: 'k', value: null, headers: shared };
      };
      const record = at(now);
      const passed = recordFault(at(before)) === undefined ? at(before) : undefined;
      expect(recordFault(record, passed)).toBe(recordFault(record));
    }),
    { numRuns: 2_000 },
  );
});
