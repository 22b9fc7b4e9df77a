/**
 * Whether a hello is the trusted sender's and meant for this receiver. Nothing of it is parsed or copied before the MAC holds,
 * so a forged one costs one HMAC. What an authentic hello means is decided by session-history.ts and gate.ts.
 */
import { type AgreementKeyPair, helloMacKey } from '../../src/crypto/agreement.ts';
import { equalBytes, helloMac, receiverId } from '../../src/crypto/digest.ts';
import { verifySignature } from '../../src/crypto/sodium.ts';
import {
  decodeHello,
  decodeHelloBody,
  decodeHelloDatagram,
  type HelloBody,
  type HelloReason,
  helloSignatureInput,
  type SealedSecret,
} from '../../src/wire/hello.ts';
import type { SenderKeys } from './frame-verifier.ts';

/** An authentic hello for this receiver. Made by `HelloVerifier.verify` alone. */
export interface VerifiedHello {
  /** As received: what the store keeps, still sealed. */
  readonly datagram: Uint8Array;
  readonly body: HelloBody;
  /** The session's secret, sealed to this receiver. */
  readonly sealed: SealedSecret;
}

/**
 * `hello-receiver`: no slot for us. `hello-key`: a signing key that we do not trust. `hello-sealed`: no secret for us, or
 * one that does not open.
 */
export type HelloRefusal =
  | HelloReason
  | 'hello-receiver'
  | 'hello-mac'
  | 'hello-boundary'
  | 'hello-stream'
  | 'hello-key'
  | 'hello-signature'
  | 'hello-sealed';

export class HelloVerifier {
  readonly #boundary: string;
  readonly #stream: string;
  readonly #senderKeys: SenderKeys;
  readonly #receiverId: Uint8Array;
  /** Of the two cards. */
  readonly macKey: Uint8Array;

  constructor(options: {
    readonly boundary: string;
    readonly stream: string;
    readonly receiverKeys: AgreementKeyPair;
    readonly senderAgreementKey: Uint8Array;
    readonly senderKeys: SenderKeys;
  }) {
    const { receiverKeys, senderAgreementKey } = options;
    this.#boundary = options.boundary;
    this.#stream = options.stream;
    this.#senderKeys = options.senderKeys;
    this.#receiverId = receiverId(receiverKeys.publicKey);
    this.macKey = helloMacKey({
      own: receiverKeys,
      senderPublicKey: senderAgreementKey,
      receiverPublicKey: receiverKeys.publicKey,
    });
  }

  /**
   * Never throws. Keeps nothing; what it answers is of a copy, so that `datagram` may be used again. `isStale` is asked once the
   * MAC holds and before the signature is checked, which costs ten times as much: whoever replays hellos must not set the
   * receiver's pace.
   */
  verify(
    datagram: Uint8Array,
    isStale: (body: HelloBody) => boolean = () => false,
  ): VerifiedHello | HelloRefusal | 'hello-stale' {
    const parts = decodeHelloDatagram(datagram);
    if (typeof parts === 'string') return parts;
    const slot = parts.slots.find((candidate) => equalBytes(candidate.receiverId, this.#receiverId));
    if (slot === undefined) return 'hello-receiver';
    if (!equalBytes(slot.mac, helloMac(this.macKey, ...parts.macParts))) return 'hello-mac';
    const copy = Buffer.from(datagram);
    const hello = decodeHello(copy.subarray(-parts.hello.length));
    if (typeof hello === 'string') return hello;
    const body = decodeHelloBody(hello.body);
    if (typeof body === 'string') return body;
    if (body.boundary !== this.#boundary) return 'hello-boundary';
    if (body.stream !== this.#stream) return 'hello-stream';
    if (isStale(body)) return 'hello-stale';
    const publicKey = this.#senderKeys.find(body.keyId, body.sentAtMs);
    if (typeof publicKey !== 'object') return 'hello-key';
    if (!verifySignature(helloSignatureInput(hello.body), hello.signature, publicKey)) return 'hello-signature';
    const sealed = body.sealed.find((candidate) => equalBytes(candidate.receiverId, this.#receiverId));
    return sealed === undefined ? 'hello-sealed' : { datagram: copy, body, sealed };
  }
}
