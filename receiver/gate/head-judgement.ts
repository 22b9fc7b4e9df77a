/** What an authentic hello's head means for a stream: it goes on, a new epoch begins, or two histories contradict. */
import { equalBytes } from '../../src/crypto/digest.ts';
import { RECEIVER_LIMITS, WIRE_LIMITS } from '../../src/limits.ts';
import type { HelloBody } from '../../src/wire/hello.ts';
import {
  type EpochOffer,
  epochBelow,
  equivocation,
  headBelow,
  otherEpochId,
  type StreamHalt,
  type StreamPosition,
} from './stream-halt.ts';

/** `first` pins the epoch of a receiver that knows none. `epoch-jump`: an epoch that nothing may lead to. */
export type HeadJudgement = 'first' | 'follow' | 'next-epoch' | 'epoch-jump' | StreamHalt;

/** What a hello tells of the journal, and the manifest of a bundle likewise. */
export type AnnouncedHeads = Pick<HelloBody, 'head' | 'previousEpoch'>;
export type BundleHeads = AnnouncedHeads & { readonly createdAtMs: number };

/** An epoch that an operator accepted before its hello came. */
export interface AcceptedEpoch {
  readonly epoch: number;
  readonly epochId: Uint8Array;
}

export interface KnownStream {
  /** Absent before the first hello. */
  readonly position: StreamPosition | undefined;
  readonly accepted: AcceptedEpoch | undefined;
  /** The digest of a frame of the current epoch, where it is still known. */
  digestAt(sequence: number): Uint8Array | undefined;
  /** Whether it was known, too long ago to tell. */
  hasForgotten(sequence: number): boolean;
}

/**
 * `isNewSession`: the first hello that we hear of its session. Frames of a session cannot be opened before, so all that is
 * known came from earlier ones, and the head of a sender that only went on is not below it. Within a session a hello may be
 * overtaken by frames.
 */
export function judgeHead(hello: AnnouncedHeads, isNewSession: boolean, known: KnownStream): HeadJudgement {
  const { position } = known;
  const { head } = hello;
  if (!isWithinReach(position?.epoch ?? 0, head.epoch)) return 'epoch-jump';
  if (position === undefined) return 'first';
  if (head.epoch > position.epoch) return judgeNewEpoch(hello, position, known);
  if (head.epoch < position.epoch) return headBelow(position, head, head.sequence + 1);
  if (!equalBytes(head.epochId, position.epochId)) return otherEpochId(head.epoch, position.epochId, head.epochId);
  const digest = head.sequence === 0 ? undefined : known.digestAt(head.sequence);
  const isContradicted = digest !== undefined && !equalBytes(digest, head.digest);
  if (isNewSession && head.sequence < position.sequence) return headBelow(position, head, againFrom(head, known));
  if (isContradicted) {
    return equivocation({ epoch: head.epoch, sequence: head.sequence, known: digest, seen: head.digest });
  }
  return 'follow';
}

/**
 * From which frame on a sender of this epoch says again, as new, what its journal holds: behind a head that is known to be the
 * same here. Of any other head the frames below it may differ too, as in a copy that ran on for a while; then all of them. What
 * was forgotten long ago counts as the same, or an old backup would bring back whatever was deleted since.
 */
export function againFrom(
  head: HelloBody['head'],
  { digestAt, hasForgotten }: Pick<KnownStream, 'digestAt' | 'hasForgotten'>,
): number {
  const digest = digestAt(head.sequence);
  const isSame = digest === undefined ? hasForgotten(head.sequence) : equalBytes(digest, head.digest);
  return isSame ? head.sequence + 1 : 1;
}

/**
 * Whether the numbers suffice for a jump from `known` to `epoch`: half of those that are left stay, so neither a hostile
 * hello nor a mistyped number leaves a stream without a next epoch.
 */
export function isWithinReach(known: number, epoch: number): boolean {
  return epoch - known <= (WIRE_LIMITS.maxEpoch - known) / 2;
}

/** Followed by itself only where it goes on from no less than what we know, in the very epoch that we know. */
function judgeNewEpoch(hello: AnnouncedHeads, position: StreamPosition, known: KnownStream): HeadJudgement {
  const { head, previousEpoch } = hello;
  const { accepted } = known;
  if (accepted !== undefined && accepted.epoch === head.epoch && equalBytes(accepted.epochId, head.epochId)) {
    return 'next-epoch';
  }
  const offer: EpochOffer = {
    epoch: head.epoch,
    epochId: Uint8Array.from(head.epochId),
    ...(previousEpoch && { previous: copyOf(previousEpoch) }),
  };
  if (
    head.epoch - position.epoch > RECEIVER_LIMITS.maxEpochJump ||
    previousEpoch === undefined ||
    !goesOnFrom(previousEpoch, position) ||
    previousEpoch.sequence < position.sequence
  ) {
    return epochBelow(position, offer);
  }
  const { epoch, sequence } = previousEpoch;
  const digest = sequence === 0 ? undefined : known.digestAt(sequence);
  if (digest !== undefined && !equalBytes(digest, previousEpoch.digest)) {
    return equivocation({ epoch, sequence, known: digest, seen: previousEpoch.digest }, offer);
  }
  return 'next-epoch';
}

/** Whether a hello's previous epoch is the one that is known. */
export function goesOnFrom(
  previous: { readonly epoch: number; readonly epochId: Uint8Array },
  known: { readonly epoch: number; readonly epochId: Uint8Array },
): boolean {
  return previous.epoch === known.epoch && equalBytes(previous.epochId, known.epochId);
}

/** Kept for long: it must not keep a whole datagram alive. */
function copyOf(head: HelloBody['head']): HelloBody['head'] {
  return { ...head, epochId: Uint8Array.from(head.epochId), digest: Uint8Array.from(head.digest) };
}
