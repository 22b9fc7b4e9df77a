import { describe, expect, it } from 'vitest';
import { unpackFrame } from '../../../../receiver/publish/unpacker.ts';
import { compress } from '../../../../src/wire/compression.ts';
import { encodePayload, encodeRecord } from '../../../../src/wire/record.ts';
import { signedFrame, userPut } from '../../../support/signed-stream.ts';

const body = encodePayload([encodeRecord(userPut('a'))]);

describe('a verified frame', () => {
  for (const compression of ['none', 'zstd'] as const) {
    it(`gives its records back (${compression})`, () => {
      const { header, payload } = signedFrame({ sequence: 1, records: [userPut('a'), userPut('b')], compression });
      expect(unpackFrame(header, payload)).toEqual([userPut('a'), userPut('b')]);
    });
  }

  const bomb = compress(Buffer.alloc(8 * 1024 * 1024));
  const cases = {
    'a bomb that declares a small size': [
      { compression: 'zstd' as const, payload: bomb, header: { bodyBytes: 100 } },
      'zstd-size',
    ],
    'bytes behind the zstd frame': [
      { compression: 'zstd' as const, payload: Buffer.concat([compress(body), Buffer.alloc(1)]) },
      'zstd-trailing',
    ],
    'no zstd at all': [{ compression: 'zstd' as const, payload: Buffer.from('junk') }, 'zstd-frame'],
    'no protobuf': [{ payload: Buffer.from([0x0a, 0x7f]), header: { bodyBytes: 2 } }, 'protobuf'],
    'another number of records': [{ header: { recordCount: 2 } }, 'record-count'],
    'a record without a body': [{ payload: Buffer.from([0x0a, 0x00]), header: { bodyBytes: 2 } }, 'record-body'],
  } as const;
  for (const [name, [parts, reason]] of Object.entries(cases)) {
    it(`that holds ${name} is refused whole: ${reason}`, () => {
      const { header, payload } = signedFrame({ sequence: 1, records: [userPut('a')], ...parts });
      expect(unpackFrame(header, payload)).toBe(reason);
    });
  }
});
