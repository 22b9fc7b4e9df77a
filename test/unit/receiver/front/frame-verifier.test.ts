import { describe, expect, it } from 'vitest';
import { openSpooledFrame, verifyFrame } from '../../../../receiver/intake/frame-verifier.ts';
import { UnknownKeyFrames } from '../../../../receiver/intake/unknown-key-frames.ts';
import { signingKeyPair } from '../../../../src/crypto/sodium.ts';
import { RECEIVER_LIMITS } from '../../../../src/limits.ts';
import { ModelJournal, senderKeys, signFrame, signingKeys } from '../../../support/model-sender.ts';

const frame = new ModelJournal().append(50);
const place = { epoch: 1, epochId: Buffer.alloc(16, 1), sequence: 1, previousDigest: new Uint8Array() };

describe('frame verifier', () => {
  it('takes a frame as it was signed, and names it by its header', () => {
    const verified = verifyFrame(frame.bytes, senderKeys);
    expect(verified).toMatchObject({ digest: frame.digest, header: { sequence: 1 } });
  });

  it('refuses a frame with any one bit flipped, with a reason and without a throw', () => {
    for (let bit = 0; bit < frame.bytes.length * 8; bit++) {
      const flipped = Uint8Array.from(frame.bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(typeof verifyFrame(flipped, senderKeys), `bit ${bit}`).toBe('string');
    }
  });

  it('looks at the payload digest before the signature, and at the signature before anything that the header says', () => {
    const wrongDigest = signFrame({ ...place, payloadDigest: Buffer.alloc(32) }, Buffer.from('x'));
    expect(verifyFrame(wrongDigest.bytes, senderKeys)).toBe('payload-digest');
    const wrongLength = signFrame({ ...place, payloadBytes: 2, bodyBytes: 2 }, Buffer.from('x'));
    expect(verifyFrame(wrongLength.bytes, senderKeys)).toBe('payload-length');
    const elsewhere = signFrame({ ...place, boundary: 'site-b' }, Buffer.from('x'));
    expect(verifyFrame(elsewhere.bytes, { find: () => signingKeyPair(Buffer.alloc(32, 1)).publicKey })).toBe(
      'signature',
    );
  });

  it('tells a key that nobody trusts from a signature that does not hold', () => {
    const stranger = signFrame(place, Buffer.from('x'), signingKeyPair(Buffer.alloc(32, 1)));
    expect(verifyFrame(stranger.bytes, senderKeys)).toBe('unknown-key');
    expect(verifyFrame(stranger.bytes, { find: () => signingKeys.publicKey })).toBe('signature');
  });

  it('opens a spooled frame again, and says where the disk gives something else', () => {
    const spooled = { position: 7, bytes: frame.bytes, digest: frame.digest };
    expect(openSpooledFrame(spooled)).toMatchObject({ digest: frame.digest });
    const rotten = Uint8Array.from(frame.bytes);
    rotten[rotten.length - 1] = 1 ^ (rotten.at(-1) as number);
    for (const changed of [{ bytes: rotten }, { digest: Buffer.alloc(32) }, { bytes: rotten.subarray(9) }]) {
      expect(() => openSpooledFrame({ ...spooled, ...changed })).toThrow(
        expect.objectContaining({ code: 'store-damaged', message: expect.stringContaining('position 7') }),
      );
    }
  });
});

describe('frames of unknown keys', () => {
  const held = (sequence: number, byteCount = 10) => ({ epoch: 1, sequence, bytes: Buffer.alloc(byteCount) });

  it('take one place a frame, and let the oldest go beyond the bounds', () => {
    const frames = new UnknownKeyFrames();
    for (let count = 0; count < 3; count++) expect(frames.hold(0, held(1))).toBe(0);
    expect(frames.size).toBe(1);
    for (let sequence = 2; sequence <= RECEIVER_LIMITS.maxUnknownKeyFrames; sequence++) frames.hold(0, held(sequence));
    expect(frames.hold(0, held(9_999))).toBe(1);
    expect(frames.hold(0, held(10_000, RECEIVER_LIMITS.maxUnknownKeyBytes - 5))).toBe(
      RECEIVER_LIMITS.maxUnknownKeyFrames,
    );
    expect(frames.takeAll().map(({ sequence }) => sequence)).toEqual([10_000]);
    expect(frames.size).toBe(0);
  });

  it('go when their time is over', () => {
    const frames = new UnknownKeyFrames();
    frames.hold(0, held(1));
    frames.hold(10, held(2));
    expect(frames.nextDeadlineMs()).toBe(RECEIVER_LIMITS.maxUnknownKeyAgeMs);
    expect(frames.expire(RECEIVER_LIMITS.maxUnknownKeyAgeMs)).toBe(1);
    expect(frames.size).toBe(1);
  });
});
