import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Packer } from '../../sender/journal/packer.ts';
import { encodePayload } from '../../src/wire/record.ts';

const sizes = fc.array(fc.integer({ min: 1, max: 3_000 }), { maxLength: 300 });
const bounds = fc.record({
  batchBodyBytes: fc.integer({ min: 1, max: 5_000 }),
  batchRecords: fc.integer({ min: 1, max: 50 }),
});

describe('packer', () => {
  it('frames every record once, in order, at the revision that it named, within the bounds', () => {
    fc.assert(
      fc.property(sizes, bounds, fc.integer({ min: 1, max: 1e9 }), (lengths, limits, sequence) => {
        const packer = new Packer({ epoch: 2, sequence }, limits);
        const records = lengths.map((length, index) => new Uint8Array(length).fill(index));
        const revisions = records.map((record) => packer.handleRecord(record));
        const frames = packer.finish();
        expect(frames.flatMap((frame) => frame.records)).toEqual(records);
        expect(frames.map((frame) => frame.sequence)).toEqual(frames.map((_, index) => sequence + index));
        for (const [at, { epoch, sequence: of, index }] of revisions.entries()) {
          expect(epoch).toBe(2);
          expect(frames[of - sequence]?.records[index]).toBe(records[at]);
        }
        for (const { records: of } of frames) {
          expect(of.length).toBeGreaterThan(0);
          expect(of.length).toBeLessThanOrEqual(limits.batchRecords);
          if (of.length > 1) expect(encodePayload(of).length).toBeLessThanOrEqual(limits.batchBodyBytes);
        }
      }),
    );
  });
});
