/** What an authentic hello's head means for a stream: it goes on, a new epoch begins, or two histories contradict. */
import { equalBytes } from '../src/crypto/digest.ts';
import type { HelloBody } from '../src/wire/hello.ts';
import {
  epochBelow,
  equivocation,
  headBelow,
  otherEpochId,
  type StreamHalt,
  type StreamPosition,
} from './stream-halt.ts';

/** `first` pins the epoch of a receiver that knows none. */
export type HeadJudgement = 'first' | 'follow' | 'next-epoch' | StreamHalt;

export interface KnownStream {
  /** Absent before the first hello. */
  readonly position: StreamPosition | undefined;
  /** The digest of a frame of the current epoch, where it is still known. */
  digestAt(sequence: number): Uint8Array | undefined;
}

/**
 * `isNewSession`: the first hello that we hear of its session. Frames of a session cannot be opened before, so all that is
 * known came from earlier ones, and the head of a sender that only went on is not below it. Within a session a hello may be
 * overtaken by frames.
 */
export function judgeHead(hello: HelloBody, isNewSession: boolean, known: KnownStream): HeadJudgement {
  const { position } = known;
  const { head } = hello;
  if (position === undefined) return 'first';
  if (head.epoch > position.epoch) return judgeNewEpoch(hello, position, known);
  if (head.epoch < position.epoch) return headBelow(position, head);
  if (!equalBytes(head.epochId, position.epochId)) return otherEpochId(head.epoch, position.epochId, head.epochId);
  if (isNewSession && head.sequence < position.sequence) return headBelow(position, head);
  const digest = head.sequence === 0 ? undefined : known.digestAt(head.sequence);
  if (digest !== undefined && !equalBytes(digest, head.digest)) {
    return equivocation({ epoch: head.epoch, sequence: head.sequence, known: digest, seen: head.digest });
  }
  return 'follow';
}

/** Accepted by itself only where it goes on from no less than what we know, in the very epoch that we know. */
function judgeNewEpoch(hello: HelloBody, position: StreamPosition, known: KnownStream): HeadJudgement {
  const { head, previousEpoch } = hello;
  if (
    previousEpoch === undefined ||
    previousEpoch.epoch !== position.epoch ||
    !equalBytes(previousEpoch.epochId, position.epochId) ||
    previousEpoch.sequence < position.sequence
  ) {
    return epochBelow(position, head, previousEpoch);
  }
  const { epoch, sequence } = previousEpoch;
  const digest = sequence === 0 ? undefined : known.digestAt(sequence);
  if (digest !== undefined && !equalBytes(digest, previousEpoch.digest)) {
    return equivocation({ epoch, sequence, known: digest, seen: previousEpoch.digest });
  }
  return 'next-epoch';
}
