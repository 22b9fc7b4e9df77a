/**
 * The hello: introduces a session, tells the journal's head, and is the heartbeat. proto/v1/hello.proto and
 * docs/wire-format.md "Hello". Its datagram:
 *
 *   0        1        2        3        4        5                 8
 *   +--------+--------+--------+--------+--------+-----------------+--------------------------+-----------+
 *   | 0x1D   | 0x01   | suite  | 0x20   | slots  | 0 0 0           | slots × (id 8 | MAC 16)  | Hello …   |
 *   +--------+--------+--------+--------+--------+-----------------+--------------------------+-----------+
 *
 * A slot belongs to one receiver card; its MAC covers the first 8 bytes and the Hello, and is checked before anything
 * else is parsed, so that a forged hello costs one HMAC.
 */
import { WIRE_LIMITS } from '../limits.ts';
import { DATAGRAM_KIND, FORMAT, MAGIC } from './datagram.ts';
import { DIGEST_BYTES, EPOCH_ID_BYTES, isName, KEY_ID_BYTES, SIGNATURE_BYTES, SUITE_1 } from './frame.ts';
import { decodeMessage, messages, safeInteger } from './protobuf.ts';

export const SESSION_ID_BYTES = 16;
export const RECEIVER_ID_BYTES = 8;
export const HELLO_MAC_BYTES = 16;
export const PROTOCOL_VERSION = 1;

/** HPKE of suite 1: an X25519 public key, and a 32-byte secret with a 16-byte tag. */
const ENCAPSULATED_KEY_BYTES = 32;
const SEALED_BYTES = 48;

const FIXED_BYTES = 8;
const SLOT_BYTES = RECEIVER_ID_BYTES + HELLO_MAC_BYTES;

/** How the sender sends, as its config says: the receiver waits and measures by it. */
export interface LinkParameters {
  /** The largest symbol, a multiple of 64 up to `maxSymbolBytes`. */
  readonly symbolBytes: number;
  /** Repair symbols of a first pass for each hundred source symbols. */
  readonly repairPercent: number;
  /** On the wire, with the link's headers. */
  readonly rateBitsPerSecond: number;
  /** Until the next hello at the latest. */
  readonly helloIntervalMs: number;
  /** After its first pass each frame is sent again so late, ascending; empty: never. */
  readonly repeatAfterMs: readonly number[];
}

/** The last frame of an epoch; `sequence` 0 and an empty digest before the first; as `previousEpoch`, `oldestSequence` 0. */
export interface Head {
  /** From 1. */
  readonly epoch: number;
  /** 16 bytes. */
  readonly epochId: Uint8Array;
  readonly sequence: number;
  /** SHA-256 of that frame's header. */
  readonly digest: Uint8Array;
  /** The first frame that the journal can still send again. */
  readonly oldestSequence: number;
}

/** The session's secret for one receiver, by HPKE (RFC 9180). */
export interface SealedSecret {
  /** 8 bytes. */
  readonly receiverId: Uint8Array;
  /** 32 bytes. */
  readonly encapsulatedKey: Uint8Array;
  /** 48 bytes: 32 of secret, 16 of tag. */
  readonly ciphertext: Uint8Array;
}

export interface HelloBody {
  readonly protocolVersion: number;
  readonly suite: number;
  readonly boundary: string;
  readonly stream: string;
  /** From 1, one more with each run of the sender. */
  readonly sessionNumber: number;
  /** 16 random bytes. */
  readonly sessionId: Uint8Array;
  /** Of the hellos of this session: 1, 2, 3 … */
  readonly counter: number;
  /** By the sender's wall clock. */
  readonly sentAtMs: number;
  /** Of the key that signs it: 16 bytes. */
  readonly keyId: Uint8Array;
  readonly link: LinkParameters;
  readonly head: Head;
  /** One for each receiver, 1 to `maxReceivers`. */
  readonly sealed: readonly SealedSecret[];
  /** The last frame of the epoch before; absent where the sender knows none. */
  readonly previousEpoch?: Head;
}

/** The signed pair, exact bytes. */
export interface Hello {
  readonly body: Uint8Array;
  readonly signature: Uint8Array;
}

export interface HelloSlot {
  readonly receiverId: Uint8Array;
  readonly mac: Uint8Array;
}

/** A hello datagram taken apart, nothing of it authentic or copied yet. `macParts` is what each slot's MAC covers. */
export interface HelloDatagram {
  readonly slots: readonly HelloSlot[];
  readonly hello: Uint8Array;
  readonly macParts: readonly Uint8Array[];
}

export type HelloReason = 'hello-length' | 'hello-slots' | 'hello-protobuf' | 'hello-field' | 'hello-version';

const SIGNATURE_LABEL = Buffer.from('identity-diode/hello/v1\0', 'latin1');

/** What the signature covers. */
export function helloSignatureInput(body: Uint8Array): Uint8Array {
  return Buffer.concat([SIGNATURE_LABEL, body]);
}

/** What each MAC covers: the fixed 8 bytes, then the encoded Hello. `receiverCount` 1..8. */
export function helloMacInput(hello: Uint8Array, receiverCount: number): Uint8Array {
  return Buffer.concat([fixedBytes(receiverCount), hello]);
}

/** The datagram; throws a RangeError above `maxHelloBytes`, which eight receivers do not reach. */
export function encodeHelloDatagram(hello: Uint8Array, slots: readonly HelloSlot[]): Buffer {
  const parts: Uint8Array[] = [fixedBytes(slots.length)];
  for (const slot of slots) parts.push(slot.receiverId, slot.mac);
  parts.push(hello);
  const datagram = Buffer.concat(parts);
  if (datagram.length > WIRE_LIMITS.maxHelloBytes) throw new RangeError(`hello of ${datagram.length} bytes`);
  return datagram;
}

/** Takes a datagram of kind hello apart; the parts alias `bytes`. Never throws. */
export function decodeHelloDatagram(bytes: Uint8Array): HelloDatagram | HelloReason {
  if (bytes.length > WIRE_LIMITS.maxHelloBytes || bytes.length < FIXED_BYTES + SLOT_BYTES + 1) return 'hello-length';
  const count = bytes[4] as number;
  const helloAt = FIXED_BYTES + count * SLOT_BYTES;
  if (count < 1 || count > WIRE_LIMITS.maxReceivers || helloAt >= bytes.length) return 'hello-slots';
  const slots: HelloSlot[] = [];
  for (let at = FIXED_BYTES; at < helloAt; at += SLOT_BYTES) {
    slots.push({
      receiverId: bytes.subarray(at, at + RECEIVER_ID_BYTES),
      mac: bytes.subarray(at + RECEIVER_ID_BYTES, at + SLOT_BYTES),
    });
  }
  const hello = bytes.subarray(helloAt);
  return { slots, hello, macParts: [bytes.subarray(0, FIXED_BYTES), hello] };
}

export function encodeHello(hello: Hello): Uint8Array {
  return messages.Hello.encode(hello).finish();
}

/** The signed pair, aliasing `bytes`. Never throws. */
export function decodeHello(bytes: Uint8Array): Hello | HelloReason {
  const message = decodeMessage(messages.Hello, bytes);
  if (message === undefined) return 'hello-protobuf';
  const { body, signature } = message;
  return body?.length && signature?.length === SIGNATURE_BYTES ? { body, signature } : 'hello-field';
}

export function encodeHelloBody(body: HelloBody): Uint8Array {
  return messages.HelloBody.encode({
    ...body,
    link: { ...body.link, repeatAfterMs: [...body.link.repeatAfterMs] },
    sealed: [...body.sealed],
    // What the journal of the epoch before can still send says nothing here.
    previousEpoch: body.previousEpoch ? { ...body.previousEpoch, oldestSequence: 0 } : null,
  }).finish();
}

/**
 * The body, or why it is none. An unknown protocol version answers `hello-version` before any other field is judged:
 * a newer sender is told apart from a broken one. Never throws.
 */
export function decodeHelloBody(bytes: Uint8Array): HelloBody | HelloReason {
  const message = decodeMessage(messages.HelloBody, bytes);
  if (message === undefined) return 'hello-protobuf';
  if (message.protocolVersion !== PROTOCOL_VERSION || message.suite !== SUITE_1) return 'hello-version';
  const sessionNumber = safeInteger(message.sessionNumber);
  const counter = safeInteger(message.counter);
  const sentAtMs = safeInteger(message.sentAtMs);
  const link = readLink(message.link);
  const head = readHead(message.head);
  const previousEpoch = message.previousEpoch ? readHead(message.previousEpoch) : undefined;
  if (!sessionNumber || !counter || sentAtMs === undefined || !link || !head) return 'hello-field';
  if (message.previousEpoch && !previousEpoch) return 'hello-field';
  if (previousEpoch && (previousEpoch.oldestSequence !== 0 || previousEpoch.epoch >= head.epoch)) return 'hello-field';
  if (message.sessionId?.length !== SESSION_ID_BYTES || message.keyId?.length !== KEY_ID_BYTES) return 'hello-field';
  if (!isName(message.boundary) || !isName(message.stream)) return 'hello-field';
  const sealed = readSealed(message.sealed);
  if (sealed === undefined) return 'hello-field';
  return {
    protocolVersion: message.protocolVersion,
    suite: message.suite,
    boundary: message.boundary,
    stream: message.stream,
    sessionNumber,
    sessionId: message.sessionId,
    counter,
    sentAtMs,
    keyId: message.keyId,
    link,
    head,
    sealed,
    ...(previousEpoch && { previousEpoch }),
  };
}

type Body = ReturnType<typeof messages.HelloBody.decode>;

function readSealed(list: Body['sealed']): SealedSecret[] | undefined {
  const sealed: SealedSecret[] = [];
  for (const { receiverId, encapsulatedKey, ciphertext } of list ?? []) {
    if (receiverId?.length !== RECEIVER_ID_BYTES || encapsulatedKey?.length !== ENCAPSULATED_KEY_BYTES)
      return undefined;
    if (ciphertext?.length !== SEALED_BYTES) return undefined;
    sealed.push({ receiverId, encapsulatedKey, ciphertext });
  }
  return sealed.length >= 1 && sealed.length <= WIRE_LIMITS.maxReceivers ? sealed : undefined;
}

function readLink(message: Body['link']): LinkParameters | undefined {
  const rateBitsPerSecond = safeInteger(message?.rateBitsPerSecond);
  if (!message || !rateBitsPerSecond) return undefined;
  const symbolBytes = message.symbolBytes ?? 0;
  const step = WIRE_LIMITS.symbolStepBytes;
  if (symbolBytes < step || symbolBytes > WIRE_LIMITS.maxSymbolBytes || symbolBytes % step !== 0) return undefined;
  const helloIntervalMs = message.helloIntervalMs ?? 0;
  const repeatAfterMs = message.repeatAfterMs ?? [];
  const repairPercent = message.repairPercent ?? 0;
  if (helloIntervalMs < 1 || helloIntervalMs > WIRE_LIMITS.maxIntervalMs) return undefined;
  if (repeatAfterMs.length > WIRE_LIMITS.maxRepeats || repairPercent > WIRE_LIMITS.maxRepairPercent) return undefined;
  if (repeatAfterMs.some((afterMs) => afterMs > WIRE_LIMITS.maxIntervalMs)) return undefined;
  return { symbolBytes, repairPercent, rateBitsPerSecond, helloIntervalMs, repeatAfterMs };
}

export function readHead(message: Body['head']): Head | undefined {
  const epoch = safeInteger(message?.epoch);
  const sequence = safeInteger(message?.sequence ?? 0);
  const oldestSequence = safeInteger(message?.oldestSequence ?? 0);
  if (!message || !epoch || sequence === undefined || oldestSequence === undefined) return undefined;
  const epochId = message.epochId ?? new Uint8Array();
  const digest = message.digest ?? new Uint8Array();
  if (epochId.length !== EPOCH_ID_BYTES || digest.length !== (sequence === 0 ? 0 : DIGEST_BYTES)) return undefined;
  if (oldestSequence > sequence || sequence > WIRE_LIMITS.maxSequence) return undefined;
  return { epoch, epochId, sequence, digest, oldestSequence };
}

function fixedBytes(slotCount: number): Uint8Array {
  return Uint8Array.of(MAGIC, FORMAT, SUITE_1, DATAGRAM_KIND.hello << 4, slotCount, 0, 0, 0);
}

/** HPKE associated data of a session secret: it opens only for the boundary, stream and session it was made for. */
export function sessionAssociatedData(session: {
  readonly boundary: string;
  readonly stream: string;
  readonly sessionNumber: number;
  readonly sessionId: Uint8Array;
}): Uint8Array {
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(BigInt(session.sessionNumber));
  return Buffer.concat([Buffer.from(`${session.boundary}\0${session.stream}\0`, 'latin1'), number, session.sessionId]);
}
