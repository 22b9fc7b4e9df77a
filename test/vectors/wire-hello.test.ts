import { describe, expect, it } from 'vitest';
import { HelloVerifier } from '../../receiver/intake/hello-verifier.ts';
import { openSecret } from '../../src/crypto/agreement.ts';
import { decodeHello, encodeHelloBody, sessionAssociatedData } from '../../src/wire/hello.ts';
import { hpkeSealBase } from '../support/hpke-base.ts';
import { bitFlipsOf, bytes, prefixesOf, readVectors, trustedKeys, type Vector } from './wire-vectors.ts';

const keys = readVectors('keys');
const { good, bad, associatedData, sealInfo, ephemeralPrivateKeys } = readVectors('hello');

const receivers = keys.receivers.map((keyPair: { publicKey: string; privateKey: string }) => ({
  publicKey: bytes(keyPair.publicKey),
  privateKey: bytes(keyPair.privateKey),
}));

const [first] = good as [Vector];

function verifier(index: number): HelloVerifier {
  return new HelloVerifier({
    boundary: 'site-a',
    stream: 'hr',
    receiverKeys: receivers[index],
    senderAgreementKey: bytes(keys.senderAgreement.publicKey),
    senderKeys: trustedKeys,
  });
}

describe('good hellos', () => {
  it.each(good)('$name: each receiver verifies it and opens the secret', async ({ datagram, body }) => {
    for (const [index, own] of receivers.entries()) {
      const hello = verifier(index).verify(bytes(datagram));
      if (typeof hello === 'string') return expect.fail(hello);
      expect(hexed(hello.body)).toEqual(body);
      const secret = await openSecret(own, hello.sealed, sessionAssociatedData(hello.body));
      expect(Buffer.from(secret ?? '').toString('hex')).toBe(keys.session.secret);
    }
  });

  it.each(good)('$name: the body encodes to the same bytes', ({ datagram, bodyBytes, signature }) => {
    const hello = verifier(0).verify(bytes(datagram));
    if (typeof hello === 'string') return expect.fail(hello);
    expect(Buffer.from(encodeHelloBody(hello.body)).toString('hex')).toBe(bodyBytes);
    const signed = decodeHello(bytes(datagram).subarray(8 + 2 * 24));
    if (typeof signed === 'string') return expect.fail(signed);
    expect(hexed(signed)).toEqual({ body: bodyBytes, signature });
  });

  it.each(good)('$name: every prefix is refused', ({ datagram }) => {
    const own = verifier(0);
    for (const prefix of prefixesOf(bytes(datagram))) {
      expect(['hello-length', 'hello-slots', 'hello-mac']).toContain(own.verify(prefix));
    }
  });

  it.each(good)('$name: every changed bit that this receiver relies on is refused', ({ datagram }) => {
    const own = verifier(0);
    // The first four bytes are judged before a datagram is taken for a hello; the other receiver's slot is not ours.
    const judged = (bit: number) => bit >= 4 * 8 && !(bit >= (8 + 24) * 8 && bit < (8 + 48) * 8);
    for (const { bit, bytes: flipped } of bitFlipsOf(bytes(datagram))) {
      if (judged(bit) && typeof own.verify(flipped) !== 'string') expect.fail(`bit ${bit}`);
    }
  });

  it('the sealed secrets are HPKE base mode with the given ephemeral keys', () => {
    const { sealed } = first.body;
    for (const [index, ephemeral] of ephemeralPrivateKeys.entries()) {
      const expected = hpkeSealBase({
        ephemeralPrivateKey: bytes(ephemeral),
        recipientPublicKey: receivers[index].publicKey,
        info: bytes(sealInfo),
        associatedData: bytes(associatedData),
        plaintext: bytes(keys.session.secret),
      });
      expect(hexed(expected)).toEqual({
        encapsulatedKey: sealed[index].encapsulatedKey,
        ciphertext: sealed[index].ciphertext,
      });
    }
  });

  it.each(['boundary', 'stream', 'session number', 'session id'])(
    'a secret does not open for another %s',
    async (part) => {
      const session = { ...first.body, sessionId: bytes(first.body.sessionId) };
      const other = {
        boundary: { ...session, boundary: 'site-b' },
        stream: { ...session, stream: 'badges' },
        'session number': { ...session, sessionNumber: 8 },
        'session id': { ...session, sessionId: Buffer.alloc(16) },
      }[part];
      const [sealed] = first.body.sealed;
      const carried = { encapsulatedKey: bytes(sealed.encapsulatedKey), ciphertext: bytes(sealed.ciphertext) };
      expect(await openSecret(receivers[0], carried, sessionAssociatedData(session))).toBeDefined();
      expect(await openSecret(receivers[0], carried, sessionAssociatedData(other ?? session))).toBeUndefined();
      expect(await openSecret(receivers[1], carried, sessionAssociatedData(session))).toBeUndefined();
    },
  );
});

describe('bad hellos', () => {
  it.each(bad)('$name: $error', ({ datagram, error }) => {
    expect(verifier(0).verify(bytes(datagram))).toBe(error);
  });
});

function hexed(value: object): unknown {
  return JSON.parse(JSON.stringify(value), (_, entry) => {
    const buffer = entry as { type?: string; data?: number[] } | null;
    return buffer?.type === 'Buffer' ? Buffer.from(buffer.data ?? []).toString('hex') : entry;
  });
}
