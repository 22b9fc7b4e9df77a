/**
 * Why a stream stops, as its operators read it. Each is something authentic that contradicts what was accepted: going on
 * would mean to choose between two histories, which is for people to do. A new epoch of the sender ends it.
 */
import { hex } from '../../src/crypto/hex.ts';
import type { Head } from '../../src/wire/hello.ts';
import { formatRevision, type Revision } from '../../src/wire/revision.ts';

/** Codes are API: never renamed, never reused. */
export type HaltReason = 'restored-sender' | 'epoch-below' | 'epoch-id' | 'equivocation' | 'chain';

/** A new epoch that waits for the operator's word: the sender says that it goes on from `previous`. */
export interface EpochOffer {
  readonly epoch: number;
  readonly epochId: Uint8Array;
  readonly previous?: Head;
}

export interface StreamHalt {
  readonly reason: HaltReason;
  /** One sentence of what was seen. */
  readonly seen: string;
  /** What to do. */
  readonly cure: string;
  readonly offer?: EpochOffer;
}

/** Where a stream stands, for comparison and for messages. */
export interface StreamPosition {
  readonly epoch: number;
  readonly epochId: Uint8Array;
  /** The highest that any accepted frame or hello named. */
  readonly sequence: number;
}

interface Place {
  readonly epoch: number;
  readonly sequence: number;
  readonly known: Uint8Array;
  readonly seen: Uint8Array;
  /** From which frame on the two histories differ, where that is known. */
  readonly againFrom?: number | undefined;
}

/** `seen`: a hello that a copy of the sender must have sent, since its number, or its time, is not the running one's. */
export function copiedSession(
  accepted: number,
  seen: { readonly number: number; readonly againFrom: number; readonly epoch: number },
): StreamHalt {
  return {
    reason: 'restored-sender',
    seen: `Restored or cloned sender: a hello of session ${seen.number} came after session ${accepted} was accepted.`,
    cure: `Stop every sender of this stream. ${newEpoch(seen.epoch, seen.againFrom)}`,
  };
}

/** `againFrom`: see Place. */
export function headBelow(known: StreamPosition, head: Head, againFrom: number): StreamHalt {
  return {
    reason: 'restored-sender',
    seen: `Restored or cloned sender: its journal ends at frame ${name(head)}, this receiver knows up to ${name(known)}.`,
    cure: `Stop every sender of this stream. ${newEpoch(known.epoch, againFrom)}`,
  };
}

export function epochBelow(known: StreamPosition, offer: EpochOffer): StreamHalt {
  const { epoch, epochId, previous } = offer;
  const names = previous === undefined ? 'names no frame of the epoch before' : `goes on from frame ${name(previous)}`;
  return {
    reason: 'epoch-below',
    seen: `The sender started epoch ${epoch} (${shortHex(epochId)}), which ${names}; this receiver knows up to ${name(known)}.`,
    cure: ACCEPT,
    offer,
  };
}

export function otherEpochId(epoch: number, known: Uint8Array, seen: Uint8Array): StreamHalt {
  return {
    reason: 'epoch-id',
    seen: `Two senders call themselves epoch ${epoch}: known is ${shortHex(known)}, now came ${shortHex(seen)}.`,
    cure: `Stop every sender of this stream. ${newEpoch(epoch, 1)}`,
  };
}

/** Two digests of one frame; `offer`: a new epoch names the second one, so it comes out of the other history. */
export function equivocation(place: Place, offer?: EpochOffer): StreamHalt {
  return {
    reason: 'equivocation',
    seen: `The sender signed two frames ${name(place)}: known is ${shortHex(place.known)}, now came ${shortHex(place.seen)}.`,
    cure: `Find out who uses the signing key. ${offer === undefined ? newEpoch(place.epoch, place.againFrom) : ACCEPT}`,
    ...(offer && { offer }),
  };
}

/** `key` is published as of `published`, which the sender's state of `asOf`, a later one, has as of `said`, an earlier one. */
export interface OlderState {
  readonly key: string;
  readonly published: Revision;
  readonly said: Revision;
  readonly asOf: Revision;
}

/** Behind a gap, since a chain of frames would have shown it. */
export function olderState({ key, published, said, asOf }: OlderState): StreamHalt {
  const [was, is] = [formatRevision(published), formatRevision(said)];
  return {
    reason: 'restored-sender',
    seen: `Restored or cloned sender: its state as of frame ${name(asOf)} has ${key} as of ${is}, and ${was} was published.`,
    cure: `Stop every sender of this stream. ${newEpoch(asOf.epoch)}`,
  };
}

export function brokenChain(place: Place): StreamHalt {
  return {
    reason: 'chain',
    seen: `Frame ${name(place)} does not continue what was accepted: the frame before is ${shortHex(place.known)}, it names ${shortHex(place.seen)}.`,
    cure: `Find out who uses the signing key. ${newEpoch(place.epoch)}`,
  };
}

const ACCEPT =
  'Compare number and id with `diode-sender status DIR`; if they are the same, type here: diode-receiver accept-epoch DIR';

/** `againFrom`: below it, both have the same frames. Where nobody knows, all that the sender's journal holds is said again. */
function newEpoch(knownEpoch: number, againFrom = 1): string {
  return `On the right one type: diode-sender new-epoch DIR --epoch ${knownEpoch + 1} --again-from ${againFrom}; then start it.`;
}

/** "3.1042": epoch and sequence. */
function name(place: { readonly epoch: number; readonly sequence: number }): string {
  return `${place.epoch}.${place.sequence}`;
}

/** Enough of a digest or id to tell two apart by eye. */
function shortHex(bytes: Uint8Array): string {
  return bytes.length === 0 ? 'none' : hex(bytes.subarray(0, 8));
}
