/**
 * Why a stream stops, as its operators read it. Each is something authentic that contradicts what was accepted: going on
 * would mean to choose between two histories. A new epoch of the sender will end it; until senders can begin one, the cure is
 * a new stream.
 */
import type { Head } from '../src/wire/hello.ts';

/** Codes are API: never renamed, never reused. */
export type HaltReason = 'restored-sender' | 'epoch-below' | 'epoch-id' | 'equivocation' | 'chain';

export interface StreamHalt {
  readonly reason: HaltReason;
  /** One sentence of what was seen. */
  readonly seen: string;
  /** What to do. */
  readonly cure: string;
}

/** Where a stream stands, for comparison and for messages. */
export interface StreamPosition {
  readonly epoch: number;
  readonly epochId: Uint8Array;
  /** The highest that any accepted frame or hello named. */
  readonly sequence: number;
}

const NEW_STREAM =
  'This stream cannot be taken up again in this version: set up a new pair under a new stream name, see docs/operations.md.';

export function copiedSession(accepted: number, seen: number): StreamHalt {
  return {
    reason: 'restored-sender',
    seen: `Restored or cloned sender: a hello of session ${seen} came after session ${accepted} was accepted.`,
    cure: `Stop every sender of this stream. ${NEW_STREAM}`,
  };
}

export function headBelow(known: StreamPosition, head: Head): StreamHalt {
  return {
    reason: 'restored-sender',
    seen: `Restored or cloned sender: its journal ends at frame ${name(head)}, this receiver knows up to ${name(known)}.`,
    cure: `Stop every sender of this stream. ${NEW_STREAM}`,
  };
}

export function epochBelow(known: StreamPosition, head: Head, previous: Head | undefined): StreamHalt {
  const names =
    previous === undefined ? 'it names no frame of the epoch before' : `it goes on from frame ${name(previous)}`;
  return {
    reason: 'epoch-below',
    seen: `The sender started epoch ${head.epoch}, but ${names}, and this receiver knows up to ${name(known)}.`,
    cure: NEW_STREAM,
  };
}

export function otherEpochId(epoch: number, known: Uint8Array, seen: Uint8Array): StreamHalt {
  return {
    reason: 'epoch-id',
    seen: `Two senders call themselves epoch ${epoch}: known is ${hex(known)}, now came ${hex(seen)}.`,
    cure: `Stop every sender of this stream. ${NEW_STREAM}`,
  };
}

export function equivocation(place: {
  readonly epoch: number;
  readonly sequence: number;
  readonly known: Uint8Array;
  readonly seen: Uint8Array;
}): StreamHalt {
  return {
    reason: 'equivocation',
    seen: `The sender signed two frames ${name(place)}: known is ${hex(place.known)}, now came ${hex(place.seen)}.`,
    cure: `Find out who uses the signing key. ${NEW_STREAM}`,
  };
}

export function brokenChain(place: {
  readonly epoch: number;
  readonly sequence: number;
  readonly known: Uint8Array;
  readonly seen: Uint8Array;
}): StreamHalt {
  return {
    reason: 'chain',
    seen: `Frame ${name(place)} does not continue what was accepted: the frame before is ${hex(place.known)}, it names ${hex(place.seen)}.`,
    cure: `Find out who uses the signing key. ${NEW_STREAM}`,
  };
}

/** "3.1042": epoch and sequence. */
function name(place: { readonly epoch: number; readonly sequence: number }): string {
  return `${place.epoch}.${place.sequence}`;
}

/** Enough of a digest or id to tell two apart by eye. */
function hex(bytes: Uint8Array): string {
  return bytes.length === 0 ? 'none' : Buffer.from(bytes.subarray(0, 8)).toString('hex');
}
