import { describe, expect, it } from 'vitest';
import { decodePayload, encodePayload, encodeRecord, type WireRecord } from '../../src/wire/record.ts';
import { recordJson } from './generate/record.ts';
import { bytes, prefixesOf, readVectors } from './wire-vectors.ts';

const { good, payload, ignored, bad } = readVectors('record');

describe('records', () => {
  it.each(good)('$name: decodes to what it says, and encodes to the same bytes', ({ record, bytes: hex }) => {
    const records = decodePayload(encodePayload([bytes(hex)]), 1);
    if (typeof records === 'string') return expect.fail(records);
    expect(records.map(recordJson)).toEqual([record]);
    expect(Buffer.from(encodeRecord(records[0] as WireRecord)).toString('hex')).toBe(hex);
  });

  it('all kinds stand in one payload, in order', () => {
    const records = decodePayload(bytes(payload.bytes), payload.recordCount);
    if (typeof records === 'string') return expect.fail(records);
    expect(records.map(recordJson)).toEqual(good.map((vector) => vector.record));
  });

  it('every prefix of that payload is refused', () => {
    for (const prefix of prefixesOf(bytes(payload.bytes))) {
      expect(['protobuf', 'record-count']).toContain(decodePayload(prefix, payload.recordCount));
    }
  });

  it.each(ignored)('$name is ignored', ({ bytes: hex, record }) => {
    const records = decodePayload(bytes(hex), 1);
    expect(typeof records === 'string' ? records : records.map(recordJson)).toEqual([record]);
  });

  it.each(bad)('$name: $error', ({ bytes: hex, recordCount, error }) => {
    expect(decodePayload(bytes(hex), recordCount)).toBe(error);
  });
});
