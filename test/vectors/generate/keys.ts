/** keys.json: everything that is derived from keys. test/interop/wire computes it again without this code. */
import { helloMacKey } from '../../../src/crypto/agreement.ts';
import { datagramKey } from '../../../src/crypto/digest.ts';
import * as fixture from './fixture.ts';
import { hex } from './fixture.ts';

export function keyVectors() {
  const { SIGNING, SENDER_AGREEMENT, RECEIVER_AGREEMENT, STANDBY_AGREEMENT } = fixture;
  return {
    about:
      'Derivations of suite 1. macKey belongs to the pair of sender and receiver; datagramKeys to the session, by lane.',
    signing: {
      seed: hex(fixture.SIGNING_SEED),
      publicKey: hex(SIGNING.publicKey),
      keyId: hex(fixture.SIGNING_KEY_ID),
    },
    senderAgreement: pair(SENDER_AGREEMENT),
    receivers: [
      { ...pair(RECEIVER_AGREEMENT), receiverId: hex(fixture.RECEIVER_ID), macKey: macKey(RECEIVER_AGREEMENT) },
      { ...pair(STANDBY_AGREEMENT), receiverId: hex(fixture.STANDBY_ID), macKey: macKey(STANDBY_AGREEMENT) },
    ],
    session: {
      id: hex(fixture.SESSION_ID),
      secret: hex(fixture.SESSION_SECRET),
      handle: hex(fixture.SESSION_ID.subarray(0, 4)),
      datagramKeys: [0, 1, 15].map((lane) => ({
        lane,
        key: hex(datagramKey(fixture.SESSION_SECRET, fixture.SESSION_ID, lane)),
      })),
    },
  };
}

function pair(keys: { publicKey: Uint8Array; privateKey: Uint8Array }) {
  return { privateKey: hex(keys.privateKey), publicKey: hex(keys.publicKey) };
}

function macKey(receiver: typeof fixture.RECEIVER_AGREEMENT): string {
  return hex(
    helloMacKey({
      own: fixture.SENDER_AGREEMENT,
      senderPublicKey: fixture.SENDER_AGREEMENT.publicKey,
      receiverPublicKey: receiver.publicKey,
    }),
  );
}
