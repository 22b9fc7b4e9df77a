import { describe, expect, it } from 'vitest';
import { FrameSigner } from '../../../sender/journal/frame-signer.ts';
import { fixedKey } from '../../../sender/trust/signing-keys.ts';
import { sha256, signingKeyId } from '../../../src/crypto/digest.ts';
import { verifySignature } from '../../../src/crypto/sodium.ts';
import { WIRE_LIMITS } from '../../../src/limits.ts';
import { decompress } from '../../../src/wire/compression.ts';
import {
  decodeFrame,
  decodeFrameHeader,
  type Frame,
  type FrameHeader,
  frameSignatureInput,
} from '../../../src/wire/frame.ts';
import { decodePayload, encodeRecord, type WireRecord } from '../../../src/wire/record.ts';
import { boundary, epochId, signing, stream } from '../../support/sender-rig.ts';

const signer = new FrameSigner({ boundary, stream, keys: fixedKey(signing) });
const draft = { epoch: 7, epochId, sequence: 1, previousDigest: new Uint8Array(), createdAtMs: 1_800_000_000_000 };

const users: WireRecord[] = Array.from({ length: 50 }, (_, index) => ({
  kind: 'delta',
  operation: 'create',
  type: 'User',
  id: `u${index}`,
  resource: `{"active":true,"id":"u${index}","schemas":["urn:ietf:params:scim:schemas:core:2.0:User"]}`,
}));

function take(bytes: Uint8Array): { frame: Frame; header: FrameHeader } {
  const frame = decodeFrame(bytes);
  if (typeof frame === 'string') throw new Error(frame);
  const header = decodeFrameHeader(frame.header);
  if (typeof header === 'string') throw new Error(header);
  return { frame, header };
}

describe('frame signer', () => {
  it('signs the exact header, which vouches for the payload, which holds the records', () => {
    const signed = signer.sign({ ...draft, records: users.map(encodeRecord) });
    const { frame, header } = take(signed.bytes);
    expect(verifySignature(frameSignatureInput(frame.header), frame.signature, signing.publicKey)).toBe(true);
    expect(Buffer.from(header.payloadDigest)).toEqual(sha256(frame.payload));
    expect(header).toMatchObject({ boundary, stream, epoch: 7, sequence: 1, recordCount: 50, kind: 'deltas' });
    expect(Buffer.from(header.keyId)).toEqual(signingKeyId(signing.publicKey));
    expect(Buffer.from(signed.digest)).toEqual(sha256(frame.header));
    const body = decompress(frame.payload, header.bodyBytes);
    if (typeof body === 'string') throw new Error(body);
    expect(decodePayload(body, 50)).toEqual(users);
  });

  it('compresses where that is smaller, and says which it is', () => {
    const many = take(signer.sign({ ...draft, records: users.map(encodeRecord) }).bytes).header;
    expect(many.compression).toBe('zstd');
    expect(many.payloadBytes).toBeLessThan(many.bodyBytes / 3);
    const one = take(signer.sign({ ...draft, records: [encodeRecord({ kind: 'token', jws: 'a.b.c' })] }).bytes);
    expect(one.header.compression).toBe('none');
    expect(one.header.payloadBytes).toBe(one.header.bodyBytes);
  });

  it('chains a frame to the one before', () => {
    const first = signer.sign({ ...draft, records: users.map(encodeRecord) });
    const second = signer.sign({
      ...draft,
      sequence: 2,
      previousDigest: first.digest,
      records: users.map(encodeRecord),
    });
    expect(Buffer.from(take(second.bytes).header.previousDigest)).toEqual(Buffer.from(first.digest));
  });

  it('refuses to make what no receiver takes', () => {
    const records = Array.from({ length: 17 }, () => new Uint8Array(1_000_000));
    expect(() => signer.sign({ ...draft, records })).toThrow(RangeError);
    expect(WIRE_LIMITS.maxBodyBytes).toBeLessThan(17_000_000);
  });
});
