/**
 * Session: one run of a sender. Its secret is drawn for the run, sealed once to each receiver card and never stored; only
 * the datagram key that is derived from it stays in memory.
 */
import { type AgreementKeyPair, helloMacKey, sealSecret } from '../../src/crypto/agreement.ts';
import { datagramKey, helloControlKey, receiverId, trustControlKey } from '../../src/crypto/digest.ts';
import { type LaneCipher, newLaneCipher } from '../../src/crypto/lane-cipher.ts';
import { DatagramCipher } from '../../src/crypto/sodium.ts';
import { WIRE_LIMITS } from '../../src/limits.ts';
import { type SealedSecret, sessionAssociatedData } from '../../src/wire/hello.ts';

export interface SessionSeed {
  readonly boundary: string;
  readonly stream: string;
  /** Journal.nextSessionNumber. */
  readonly number: number;
  /** 16 random bytes. */
  readonly id: Uint8Array;
  /** 32 random bytes; overwritten with zeros once the session is open. */
  readonly secret: Uint8Array;
  /** The sender's own X25519 pair. */
  readonly agreement: AgreementKeyPair;
  /** Raw X25519 keys of the trusted receiver cards, 1..maxReceivers. */
  readonly receivers: readonly { readonly agreementKey: Uint8Array }[];
}

export interface Session {
  readonly number: number;
  readonly id: Uint8Array;
  /** First four bytes of the id: what datagrams carry. */
  readonly handle: number;
  readonly lane: number;
  readonly cipher: LaneCipher;
  readonly sealed: readonly SealedSecret[];
  /** One a receiver card, in the cards' order. */
  readonly receivers: readonly SessionReceiver[];
}

export interface SessionReceiver {
  readonly receiverId: Uint8Array;
  readonly macKey: Uint8Array;
  /** For hellos in control blocks. */
  readonly helloCipher: DatagramCipher;
  /** For trust statements. */
  readonly trustCipher: DatagramCipher;
}

/** A sender has one sending thread, so one lane of 0 to 15. docs/wire-format.md, section 6. */
const LANE = 0;

/** Takes about 1.2 ms of HPKE a card. */
export async function openSession(seed: SessionSeed): Promise<Session> {
  const { agreement, receivers } = seed;
  if (receivers.length < 1 || receivers.length > WIRE_LIMITS.maxReceivers) {
    throw new RangeError(`${receivers.length} receiver cards`);
  }
  const associatedData = sessionAssociatedData({ ...seed, sessionNumber: seed.number, sessionId: seed.id });
  const sealed: SealedSecret[] = [];
  for (const { agreementKey } of receivers) {
    const parts = await sealSecret(agreementKey, seed.secret, associatedData);
    sealed.push({ receiverId: receiverId(agreementKey), ...parts });
  }
  const cipher = newLaneCipher(datagramKey(seed.secret, seed.id, LANE));
  seed.secret.fill(0);
  const handle = Buffer.from(seed.id).readUInt32BE(0);
  return {
    number: seed.number,
    id: seed.id,
    handle,
    lane: LANE,
    cipher,
    sealed,
    receivers: receivers.map(({ agreementKey }) => {
      const senderPublicKey = agreement.publicKey;
      const macKey = helloMacKey({ own: agreement, senderPublicKey, receiverPublicKey: agreementKey });
      const helloCipher = new DatagramCipher(helloControlKey(macKey, handle));
      const trustCipher = new DatagramCipher(trustControlKey(macKey, handle));
      return { receiverId: receiverId(agreementKey), macKey, helloCipher, trustCipher };
    }),
  };
}
