import { describe, expect, it } from 'vitest';
import { openSession } from '../../../sender/transmit/session.ts';
import { agreementKeyPair, helloMacKey, openSecret } from '../../../src/crypto/agreement.ts';
import { datagramKey, receiverId } from '../../../src/crypto/digest.ts';
import { DatagramCipher } from '../../../src/crypto/sodium.ts';
import { WIRE_LIMITS } from '../../../src/limits.ts';
import { sessionAssociatedData } from '../../../src/wire/hello.ts';
import { boundary, receiverAgreement, senderAgreement, stream } from '../../support/sender-rig.ts';

const standby = agreementKeyPair(Buffer.alloc(32, 9));
const seed = () => ({
  boundary,
  stream,
  number: 5,
  id: Buffer.alloc(16, 0xab),
  secret: Buffer.alloc(32, 0xcd),
  agreement: senderAgreement,
  receivers: [{ agreementKey: receiverAgreement.publicKey }, { agreementKey: standby.publicKey }],
});

describe('session', () => {
  it('seals its secret to each receiver card, for this boundary, stream and session alone', async () => {
    const session = await openSession(seed());
    const associatedData = sessionAssociatedData({ boundary, stream, sessionNumber: 5, sessionId: session.id });
    for (const [index, pair] of [receiverAgreement, standby].entries()) {
      const sealed = session.sealed[index];
      if (sealed === undefined) throw new Error('no slot');
      expect(sealed.receiverId).toEqual(receiverId(pair.publicKey));
      expect(await openSecret(pair, sealed, associatedData)).toEqual(new Uint8Array(32).fill(0xcd));
      const other = sessionAssociatedData({ boundary, stream, sessionNumber: 6, sessionId: session.id });
      expect(await openSecret(pair, sealed, other)).toBeUndefined();
    }
  });

  it('forgets the secret once the datagram key is made of it', async () => {
    const from = seed();
    const session = await openSession(from);
    expect(from.secret).toEqual(Buffer.alloc(32));
    const datagram = Buffer.alloc(28 + 64 + 16);
    datagram[14] = 1;
    datagram.fill(7, 28, 28 + 64);
    session.cipher.seal(datagram, 28);
    const theirs = new DatagramCipher(datagramKey(Buffer.alloc(32, 0xcd), session.id, session.lane));
    expect(theirs.open(datagram, 28, 1)).toEqual(Buffer.alloc(64, 7));
    expect(session.handle).toBe(0xabababab);
  });

  it('shares a hello key with each receiver', async () => {
    const session = await openSession(seed());
    const theirs = helloMacKey({
      own: standby,
      senderPublicKey: senderAgreement.publicKey,
      receiverPublicKey: standby.publicKey,
    });
    expect(session.receivers[1]?.macKey).toEqual(theirs);
    expect(session.receivers[0]?.macKey).not.toEqual(theirs);
  });

  it('needs one to eight receiver cards', async () => {
    await expect(openSession({ ...seed(), receivers: [] })).rejects.toThrow(RangeError);
    const many = Array.from({ length: WIRE_LIMITS.maxReceivers + 1 }, () => ({ agreementKey: standby.publicKey }));
    await expect(openSession({ ...seed(), receivers: many })).rejects.toThrow(RangeError);
  });
});
