/**
 * Control objects: what travels beside the frame sequence and is larger than a datagram. proto/v1/control.proto and
 * docs/wire-format.md, "Control blocks". So far the hello, on links whose datagrams do not hold one.
 */
import { WIRE_LIMITS } from '../limits.ts';
import { DATAGRAM_KIND, datagramKind } from './datagram.ts';
import { decodeMessage, messages } from './protobuf.ts';

/** The lane of hellos in control blocks; no other datagram uses it. */
export const HELLO_LANE = 255;
const HELLO_KIND = 1;
const PROTOBUF_BYTES = 5;

/** `control-kind`: a kind that is not known here. `control-body`: no message, or not what its kind says. */
export type ControlReason = 'control-kind' | 'control-body';

/** `hello`: the datagram of kind hello, whole. */
export function encodeHelloObject(hello: Uint8Array): Uint8Array {
  return messages.ControlObject.encode({ kind: HELLO_KIND, body: hello }).finish();
}

/** Length of the object around a hello datagram of so many bytes, at most. */
export function helloObjectBytes(helloBytes: number): number {
  return Math.min(helloBytes + PROTOBUF_BYTES, WIRE_LIMITS.maxHelloObjectBytes);
}

/** The hello datagram in an object, aliasing it; nothing of it is authentic yet. Never throws. */
export function decodeHelloObject(bytes: Uint8Array): Uint8Array | ControlReason {
  const message = decodeMessage(messages.ControlObject, bytes);
  if (message === undefined) return 'control-body';
  if (message.kind !== HELLO_KIND) return 'control-kind';
  const { body } = message;
  const kind = body === undefined || body === null ? undefined : datagramKind(body);
  return body && kind === DATAGRAM_KIND.hello ? body : 'control-body';
}
