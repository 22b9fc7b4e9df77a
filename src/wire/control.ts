/**
 * Control objects: what travels beside the frame sequence and is larger than a datagram. proto/v1/control.proto and
 * docs/wire-format.md, "Control blocks": the hello, on links whose datagrams do not hold one, and statements of root holders.
 */
import { WIRE_LIMITS } from '../limits.ts';
import { DATAGRAM_KIND, datagramKind } from './datagram.ts';
import { decodeMessage, messages } from './protobuf.ts';

/** The lane of hellos in control blocks; no other datagram uses it. */
export const HELLO_LANE = 255;
/** The lane of trust statements in control blocks; no other datagram uses it. */
export const TRUST_LANE = 254;
const HELLO_KIND = 1;
const TRUST_KIND = 2;
const PROTOBUF_BYTES = 5;
/** Field 3, bytes; no receiver has a use for it. */
const FILLER_TAG = 0x1a;
const FILLER_HEAD_BYTES = 3;

/** `control-kind`: a kind that is not known here. `control-body`: no message, or not what its kind says. */
export type ControlReason = 'control-kind' | 'control-body';

/** `hello`: the datagram of kind hello, whole. `isFullLength`: filled up, so that its length tells nothing of it. */
export function encodeHelloObject(hello: Uint8Array, isFullLength = false): Uint8Array {
  const object = messages.ControlObject.encode({ kind: HELLO_KIND, body: hello }).finish();
  return isFullLength ? Buffer.concat([object, filler(WIRE_LIMITS.maxHelloObjectBytes - object.length)]) : object;
}

/** A field that readers skip, of so many bytes with its head: its length takes two bytes whatever it is. */
function filler(bytes: number): Buffer {
  const field = Buffer.alloc(bytes);
  const length = bytes - FILLER_HEAD_BYTES;
  field.set([FILLER_TAG, 0x80 | (length & 0x7f), length >> 7]);
  return field;
}

/** Bytes of the object around a hello datagram of `helloBytes`, at most. */
export function helloObjectBytes(helloBytes: number, isFullLength = false): number {
  const { maxHelloObjectBytes } = WIRE_LIMITS;
  return isFullLength ? maxHelloObjectBytes : Math.min(helloBytes + PROTOBUF_BYTES, maxHelloObjectBytes);
}

/** The hello datagram in an object, aliasing it; nothing of it is authentic yet. Never throws. */
export function decodeHelloObject(bytes: Uint8Array): Uint8Array | ControlReason {
  const body = bodyOf(bytes, HELLO_KIND);
  if (typeof body === 'string') return body;
  return datagramKind(body) === DATAGRAM_KIND.hello ? body : 'control-body';
}

/** `statements`: 1 to maxTrustStatements signed texts, each of one line: root statements as their versions rise, then the bundle. */
export function encodeTrustObject(statements: readonly string[]): Uint8Array {
  const body = Buffer.from(statements.join('\n'), 'latin1');
  return messages.ControlObject.encode({ kind: TRUST_KIND, body }).finish();
}

/** The signed texts in an object; nothing of them is authentic yet. Never throws. */
export function decodeTrustObject(bytes: Uint8Array): readonly string[] | ControlReason {
  const body = bodyOf(bytes, TRUST_KIND);
  if (typeof body === 'string') return body;
  const lines = Buffer.from(body)
    .toString('latin1')
    .split('\n', WIRE_LIMITS.maxTrustStatements + 1);
  return lines.length > WIRE_LIMITS.maxTrustStatements || lines.includes('') ? 'control-body' : lines;
}

function bodyOf(bytes: Uint8Array, kind: number): Uint8Array | ControlReason {
  const message = decodeMessage(messages.ControlObject, bytes);
  if (message === undefined) return 'control-body';
  if (message.kind !== kind) return 'control-kind';
  return message.body && message.body.length > 0 ? message.body : 'control-body';
}
