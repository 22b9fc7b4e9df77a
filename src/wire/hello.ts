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
import { messages, safeInteger } from './protobuf.ts';

export const SESSION_ID_BYTES = 16;
export const RECEIVER_ID_BYTES = 8;
export const HELLO_MAC_BYTES = 16;
export const PROTOCOL_VERSION = 1;

const FIXED_BYTES = 8;
const SLOT_BYTES = RECEIVER_ID_BYTES + HELLO_MAC_BYTES;

export interface LinkParameters {
  readonly symbolBytes: number;
  readonly repairPercent: number;
  readonly rateBitsPerSecond: number;
  readonly helloIntervalMs: number;
  readonly repeatAfterMs: readonly number[];
}

/** The last frame of an epoch; `sequence` 0 and an empty digest before the first. */
export interface Head {
  readonly epoch: number;
  readonly epochId: Uint8Array;
  readonly sequence: number;
  readonly digest: Uint8Array;
  readonly oldestSequence: number;
}

export interface SealedSecret {
  readonly receiverId: Uint8Array;
  readonly encapsulatedKey: Uint8Array;
  readonly ciphertext: Uint8Array;
}

export interface HelloBody {
  readonly protocolVersion: number;
  readonly suite: number;
  readonly boundary: string;
  readonly stream: string;
  readonly sessionNumber: number;
  readonly sessionId: Uint8Array;
  readonly counter: number;
  readonly sentAtMs: number;
  readonly keyId: Uint8Array;
  readonly link: LinkParameters;
  readonly head: Head;
  readonly sealed: readonly SealedSecret[];
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

/** A hello datagram taken apart, nothing of it authentic yet. `macInput` is what each slot's MAC covers. */
export interface HelloDatagram {
  readonly slots: readonly HelloSlot[];
  readonly hello: Uint8Array;
  readonly macInput: Uint8Array;
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

/** Takes a datagram of kind hello apart. Never throws. */
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
  return { slots, hello, macInput: Buffer.concat([bytes.subarray(0, FIXED_BYTES), hello]) };
}

export function encodeHello(hello: Hello): Uint8Array {
  return messages.Hello.encode(hello).finish();
}

/** The signed pair, aliasing `bytes`. Never throws. */
export function decodeHello(bytes: Uint8Array): Hello | HelloReason {
  try {
    const { body, signature } = messages.Hello.decode(bytes);
    return body?.length && signature?.length === SIGNATURE_BYTES ? { body, signature } : 'hello-field';
  } catch {
    return 'hello-protobuf';
  }
}

export function encodeHelloBody(body: HelloBody): Uint8Array {
  return messages.HelloBody.encode({
    ...body,
    link: { ...body.link, repeatAfterMs: [...body.link.repeatAfterMs] },
    sealed: [...body.sealed],
    previousEpoch: body.previousEpoch ?? null,
  }).finish();
}

/**
 * The body, or why it is none. An unknown protocol version answers `hello-version` before any other field is judged:
 * a newer sender is told apart from a broken one. Never throws.
 */
export function decodeHelloBody(bytes: Uint8Array): HelloBody | HelloReason {
  let message: ReturnType<typeof messages.HelloBody.decode>;
  try {
    message = messages.HelloBody.decode(bytes);
  } catch {
    return 'hello-protobuf';
  }
  if (message.protocolVersion !== PROTOCOL_VERSION || message.suite !== SUITE_1) return 'hello-version';
  const sessionNumber = safeInteger(message.sessionNumber);
  const counter = safeInteger(message.counter);
  const sentAtMs = safeInteger(message.sentAtMs);
  const link = readLink(message.link);
  const head = readHead(message.head);
  const previousEpoch = message.previousEpoch ? readHead(message.previousEpoch) : undefined;
  if (!sessionNumber || !counter || sentAtMs === undefined || !link || !head) return 'hello-field';
  if (message.previousEpoch && !previousEpoch) return 'hello-field';
  if (message.sessionId?.length !== SESSION_ID_BYTES || message.keyId?.length !== KEY_ID_BYTES) return 'hello-field';
  if (!isName(message.boundary) || !isName(message.stream)) return 'hello-field';
  const sealed = (message.sealed ?? []) as SealedSecret[];
  if (sealed.length < 1 || sealed.length > WIRE_LIMITS.maxReceivers) return 'hello-field';
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
    sealed: sealed.map(({ receiverId, encapsulatedKey, ciphertext }) => ({ receiverId, encapsulatedKey, ciphertext })),
    ...(previousEpoch && { previousEpoch }),
  };
}

type Body = ReturnType<typeof messages.HelloBody.decode>;

function readLink(message: Body['link']): LinkParameters | undefined {
  const rateBitsPerSecond = safeInteger(message?.rateBitsPerSecond);
  if (!message || !rateBitsPerSecond) return undefined;
  const symbolBytes = message.symbolBytes ?? 0;
  const step = WIRE_LIMITS.symbolStepBytes;
  if (symbolBytes < step || symbolBytes > WIRE_LIMITS.maxSymbolBytes || symbolBytes % step !== 0) return undefined;
  const helloIntervalMs = message.helloIntervalMs ?? 0;
  const repeatAfterMs = message.repeatAfterMs ?? [];
  if (helloIntervalMs < 1 || repeatAfterMs.length > 16) return undefined;
  return { symbolBytes, repairPercent: message.repairPercent ?? 0, rateBitsPerSecond, helloIntervalMs, repeatAfterMs };
}

function readHead(message: Body['head']): Head | undefined {
  const epoch = safeInteger(message?.epoch);
  const sequence = safeInteger(message?.sequence ?? 0);
  const oldestSequence = safeInteger(message?.oldestSequence ?? 0);
  if (!message || !epoch || sequence === undefined || oldestSequence === undefined) return undefined;
  const epochId = message.epochId ?? new Uint8Array();
  const digest = message.digest ?? new Uint8Array();
  if (epochId.length !== EPOCH_ID_BYTES || digest.length !== (sequence === 0 ? 0 : DIGEST_BYTES)) return undefined;
  if (oldestSequence > sequence) return undefined;
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
