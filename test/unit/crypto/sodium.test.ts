import { createCipheriv } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { DatagramCipher, sign, signingKeyPair, verifySignature } from '../../../src/crypto/sodium.ts';

const hex = (text: string) => Buffer.from(text, 'hex');

// RFC 8032 §7.1, tests 1 to 3.
const RFC_8032 = [
  {
    seed: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    publicKey: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    message: '',
    signature:
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  },
  {
    seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    publicKey: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    message: '72',
    signature:
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  },
  {
    seed: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    publicKey: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    message: 'af82',
    signature:
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  },
];

describe('Ed25519', () => {
  it.each(RFC_8032)('RFC 8032 §7.1: key, signature and verification of "$message"', (vector) => {
    const pair = signingKeyPair(hex(vector.seed));
    expect(Buffer.from(pair.publicKey).toString('hex')).toBe(vector.publicKey);
    expect(Buffer.from(sign(hex(vector.message), pair.secretKey)).toString('hex')).toBe(vector.signature);
    expect(verifySignature(hex(vector.message), hex(vector.signature), hex(vector.publicKey))).toBe(true);
    expect(verifySignature(hex(`${vector.message}00`), hex(vector.signature), hex(vector.publicKey))).toBe(false);
  });

  it('refuses an S that is not below the group order (RFC 8032 §5.1.7)', () => {
    const [first] = RFC_8032;
    if (first === undefined) return expect.fail();
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const signature = hex(first.signature);
    const scalar = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`) + order;
    const shifted = Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex').reverse();
    const malleable = Buffer.concat([signature.subarray(0, 32), shifted]);
    expect(verifySignature(Buffer.alloc(0), malleable, hex(first.publicKey))).toBe(false);
  });

  it('refuses keys of small order', () => {
    const identity = Buffer.alloc(32);
    identity[0] = 1;
    const signature = Buffer.concat([identity, Buffer.alloc(32)]);
    expect(verifySignature(Buffer.from('anything'), signature, identity)).toBe(false);
  });

  it.each([0, 63, 65])('answers false for a signature of %i bytes', (length) => {
    const { publicKey } = signingKeyPair(Buffer.alloc(32, 1));
    expect(verifySignature(Buffer.alloc(3), Buffer.alloc(length), publicKey)).toBe(false);
  });

  it.each([0, 31, 33])('answers false for a key of %i bytes', (length) => {
    expect(verifySignature(Buffer.alloc(3), Buffer.alloc(64), Buffer.alloc(length))).toBe(false);
  });
});

describe('the datagram cipher', () => {
  const key = hex('808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f');
  const header = Buffer.alloc(28, 0x1d);
  const symbol = Buffer.alloc(192, 0xa5);

  function sealed(counter: number): Buffer {
    const datagram = Buffer.concat([header, Buffer.alloc(symbol.length + 16)]);
    new DatagramCipher(key).seal(datagram, header.length, symbol, counter);
    return datagram;
  }

  it.each([1, 255, 2 ** 32, 2 ** 48 - 1])('equals OpenSSL with the nonce of counter %i', (counter) => {
    const nonce = Buffer.alloc(12);
    nonce.writeUIntBE(counter, 6, 6);
    const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 });
    cipher.setAAD(header, { plaintextLength: symbol.length });
    const expected = Buffer.concat([header, cipher.update(symbol), cipher.final(), cipher.getAuthTag()]);
    expect(sealed(counter).equals(expected)).toBe(true);
  });

  it('RFC 8439 §2.8.2 holds for the oracle', () => {
    const plaintext = Buffer.from(
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
    );
    const cipher = createCipheriv('chacha20-poly1305', key, hex('070000004041424344454647'), { authTagLength: 16 });
    cipher.setAAD(hex('50515253c0c1c2c3c4c5c6c7'), { plaintextLength: plaintext.length });
    cipher.update(plaintext);
    cipher.final();
    expect(cipher.getAuthTag().toString('hex')).toBe('1ae10b594f09e26a7e902ecbd0600691');
  });

  it('opens what it sealed, once the counter is the same', () => {
    const cipher = new DatagramCipher(key);
    expect(cipher.open(sealed(7), 28, 7)).toEqual(symbol);
    expect(cipher.open(sealed(7), 28, 8)).toBeUndefined();
    expect(new DatagramCipher(Buffer.alloc(32)).open(sealed(7), 28, 7)).toBeUndefined();
  });

  it('does not open a datagram without symbol, nor one shorter than header and tag', () => {
    const cipher = new DatagramCipher(key);
    for (let length = 0; length <= 44; length++)
      expect(cipher.open(sealed(7).subarray(0, length), 28, 7)).toBeUndefined();
  });

  it('leaves stack traces as it found them, whether a tag holds or not', () => {
    const { stackTraceLimit } = Error;
    const cipher = new DatagramCipher(key);
    cipher.open(sealed(7), 28, 7);
    cipher.open(sealed(7), 28, 8);
    expect(Error.stackTraceLimit).toBe(stackTraceLimit);
  });

  it('opens into a buffer of the symbol length only', () => {
    const cipher = new DatagramCipher(key);
    const into = Buffer.alloc(symbol.length);
    expect(cipher.openInto(into, sealed(7), 28, 7)).toBe(true);
    expect(into).toEqual(symbol);
    expect(cipher.openInto(Buffer.alloc(symbol.length - 1), sealed(7), 28, 7)).toBe(false);
  });
});
