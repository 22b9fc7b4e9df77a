import { describe, expect, it } from 'vitest';
import { identityKey, isIdentity, snapshotPartProblem } from '../../src/identity/snapshot-part.ts';
import { decodePayload } from '../../src/wire/record.ts';
import { bytes, readVectors } from './wire-vectors.ts';

const { good, bad, position } = readVectors('snapshot-part');

function judge(payload: Buffer, recordCount: number): readonly string[] | string {
  const records = decodePayload(payload, recordCount);
  if (typeof records === 'string') return records;
  const [part] = records;
  if (records.length !== 1 || part?.kind !== 'snapshot-part') return 'part-count';
  return snapshotPartProblem(part, position) ?? part.entries.filter(isIdentity).map(identityKey);
}

describe('snapshot parts', () => {
  it.each(good)('$name: applies, and names its keys', ({ bytes: hex, recordCount, keys }) => {
    expect(judge(bytes(hex), recordCount)).toEqual(keys);
  });

  it.each(bad)('$name: $error', ({ bytes: hex, recordCount, error }) => {
    expect(judge(bytes(hex), recordCount)).toBe(error);
  });
});
