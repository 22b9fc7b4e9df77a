import { createHmac, hkdfSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  datagramKey,
  equalBytes,
  helloMac,
  receiverId,
  sha256,
  sha256Hex,
  signingKeyId,
} from '../../../src/crypto/digest.ts';

const hex = (text: string) => Buffer.from(text, 'hex');

describe('digests', () => {
  it('SHA-256 of "abc" is that of FIPS 180-4', () => {
    const expected = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    expect(sha256(Buffer.from('abc')).toString('hex')).toBe(expected);
    expect(sha256Hex('abc')).toBe(expected);
  });

  it('ids are the first bytes of the SHA-256 of the key', () => {
    const key = Buffer.alloc(32, 9);
    expect(signingKeyId(key)).toEqual(sha256(key).subarray(0, 16));
    expect(receiverId(key)).toEqual(sha256(key).subarray(0, 8));
  });

  // RFC 4231: test cases 1, 2, 6, and 5, which is the truncation to 128 bits itself.
  it.each([
    [Buffer.alloc(20, 0x0b), Buffer.from('Hi There'), 'b0344c61d8db38535ca8afceaf0bf12b'],
    [Buffer.from('Jefe'), Buffer.from('what do ya want for nothing?'), '5bdcc146bf60754e6a042426089575c7'],
    [Buffer.alloc(20, 0x0c), Buffer.from('Test With Truncation'), 'a3b6167473100ee06e0c796c2955552b'],
    [
      Buffer.alloc(131, 0xaa),
      Buffer.from('Test Using Larger Than Block-Size Key - Hash Key First'),
      '60e431591ee0b67f0d8a26aacbf5b77f',
    ],
  ])('a hello MAC is HMAC-SHA256 cut to 16 bytes (RFC 4231)', (key, input, expected) => {
    expect(helloMac(key, input).toString('hex')).toBe(expected);
  });

  it('RFC 5869 A.1 holds for the HKDF that keys are derived with', () => {
    const okm = hkdfSync(
      'sha256',
      hex('0b'.repeat(22)),
      hex('000102030405060708090a0b0c'),
      hex('f0f1f2f3f4f5f6f7f8f9'),
      42,
    );
    expect(Buffer.from(okm).toString('hex')).toBe(
      '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
    );
  });

  it('a datagram key is HKDF with the session id as salt, and differs by lane and session', () => {
    const secret = Buffer.alloc(32, 3);
    const sessionId = Buffer.alloc(16, 4);
    // One block of HKDF by hand (RFC 5869 §2).
    const prk = createHmac('sha256', sessionId).update(secret).digest();
    const info = Buffer.concat([Buffer.from('identity-diode/datagram/v1\0'), Uint8Array.of(5), Uint8Array.of(1)]);
    expect(datagramKey(secret, sessionId, 5)).toEqual(createHmac('sha256', prk).update(info).digest());
    const others = [datagramKey(secret, sessionId, 6), datagramKey(secret, Buffer.alloc(16, 5), 5)];
    for (const other of others) expect(other.equals(datagramKey(secret, sessionId, 5))).toBe(false);
  });

  it('equal bytes are equal, others and other lengths are not', () => {
    expect(equalBytes(hex('0102'), hex('0102'))).toBe(true);
    expect(equalBytes(hex('0102'), hex('0103'))).toBe(false);
    expect(equalBytes(hex('0102'), hex('010203'))).toBe(false);
    expect(equalBytes(hex(''), hex(''))).toBe(true);
  });
});
