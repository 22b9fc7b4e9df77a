import { hkdfSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { agreementKeyPair, helloMacKey, openSecret, sealSecret } from '../../../src/crypto/agreement.ts';
import { hpkeSealBase, x25519PublicKey } from '../../support/hpke-base.ts';

const hex = (text: string) => Buffer.from(text, 'hex');

// RFC 7748 §6.1.
const ALICE = agreementKeyPair(hex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a'));
const BOB = agreementKeyPair(hex('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb'));
const SHARED = hex('4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742');

describe('X25519', () => {
  it('RFC 7748 §6.1: public keys', () => {
    expect(Buffer.from(ALICE.publicKey).toString('hex')).toBe(
      '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a',
    );
    expect(Buffer.from(BOB.publicKey).toString('hex')).toBe(
      'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f',
    );
  });

  it('the MAC key is HKDF of the shared secret of RFC 7748 §6.1, salted with both public keys, from either end', () => {
    const keys = { senderPublicKey: ALICE.publicKey, receiverPublicKey: BOB.publicKey };
    const salt = Buffer.concat([ALICE.publicKey, BOB.publicKey]);
    const expected = Buffer.from(hkdfSync('sha256', SHARED, salt, Buffer.from('identity-diode/hello-mac/v1\0'), 32));
    expect(helloMacKey({ own: ALICE, ...keys })).toEqual(expected);
    expect(helloMacKey({ own: BOB, ...keys })).toEqual(expected);
  });

  it('a MAC key of the two roles exchanged is another', () => {
    const forward = helloMacKey({ own: ALICE, senderPublicKey: ALICE.publicKey, receiverPublicKey: BOB.publicKey });
    const backward = helloMacKey({ own: ALICE, senderPublicKey: BOB.publicKey, receiverPublicKey: ALICE.publicKey });
    expect(backward.equals(forward)).toBe(false);
  });

  // RFC 7748 §6.1: the points of small order give the all-zero secret.
  it.each([
    '00'.repeat(32),
    `01${'00'.repeat(31)}`,
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  ])('a card with the public key %s of small order is refused', (publicKey) => {
    const receiverPublicKey = hex(publicKey);
    expect(() => helloMacKey({ own: ALICE, senderPublicKey: ALICE.publicKey, receiverPublicKey })).toThrow();
  });
});

describe('HPKE', () => {
  const aad = Buffer.from('associated');
  const secret = Buffer.alloc(32, 0x5e);
  const info = Buffer.from('identity-diode/session/v1\0');

  it('RFC 9180 A.2.1 holds for the oracle', () => {
    const sealed = hpkeSealBase({
      ephemeralPrivateKey: hex('f4ec9b33b792c372c1d2c2063507b684ef925b8c75a42dbcbf57d63ccd381600'),
      recipientPublicKey: hex('4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a'),
      info: hex('4f6465206f6e2061204772656369616e2055726e'),
      associatedData: hex('436f756e742d30'),
      plaintext: hex('4265617574792069732074727574682c20747275746820626561757479'),
    });
    expect(sealed.encapsulatedKey.toString('hex')).toBe(
      '1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a',
    );
    expect(sealed.ciphertext.toString('hex')).toBe(
      '1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28',
    );
    expect(x25519PublicKey(hex('8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb'))).toEqual(
      hex('4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a'),
    );
  });

  it('opens what the oracle sealed', async () => {
    const sealed = hpkeSealBase({
      ephemeralPrivateKey: ALICE.privateKey,
      recipientPublicKey: BOB.publicKey,
      info,
      associatedData: aad,
      plaintext: secret,
    });
    expect(Buffer.from((await openSecret(BOB, sealed, aad)) ?? '')).toEqual(secret);
  });

  it('opens what it sealed, and seals anew each time', async () => {
    const first = await sealSecret(BOB.publicKey, secret, aad);
    const second = await sealSecret(BOB.publicKey, secret, aad);
    expect(Buffer.from(first.encapsulatedKey).equals(second.encapsulatedKey)).toBe(false);
    for (const sealed of [first, second]) {
      expect(sealed.encapsulatedKey).toHaveLength(32);
      expect(sealed.ciphertext).toHaveLength(48);
      expect(Buffer.from((await openSecret(BOB, sealed, aad)) ?? '')).toEqual(secret);
    }
  });

  it('opens for no other key, associated data, ciphertext or encapsulated key, and never throws', async () => {
    const sealed = await sealSecret(BOB.publicKey, secret, aad);
    expect(await openSecret(ALICE, sealed, aad)).toBeUndefined();
    expect(await openSecret(BOB, sealed, Buffer.from('another'))).toBeUndefined();
    expect(await openSecret(BOB, { ...sealed, ciphertext: Buffer.alloc(48) }, aad)).toBeUndefined();
    expect(await openSecret(BOB, { ...sealed, ciphertext: Buffer.alloc(0) }, aad)).toBeUndefined();
    expect(await openSecret(BOB, { ...sealed, encapsulatedKey: Buffer.alloc(32) }, aad)).toBeUndefined();
    expect(await openSecret(BOB, { ...sealed, encapsulatedKey: Buffer.alloc(31) }, aad)).toBeUndefined();
  });
});
