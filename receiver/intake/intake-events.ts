/** Decisions of the intake as audit and log entries. */
import { hex } from '../../src/crypto/hex.ts';
import type { HelloBody } from '../../src/wire/hello.ts';
import type { GateDecision } from '../gate/gate.ts';
import type { StreamHalt } from '../gate/stream-halt.ts';
import { frameName } from '../publish/progress.ts';
import type { VerifiedFrame } from './frame-verifier.ts';
import type { FrameOutcome, IntakeEvent } from './intake-observer.ts';

export function decisionEvent(decision: Exclude<GateDecision, { kind: 'discarded' }>): IntakeEvent {
  switch (decision.kind) {
    case 'release': {
      const { frame, isHealed } = decision;
      return { event: 'frame-accepted', ...frameDetails(frame), healed: isHealed };
    }
    case 'gap-opened':
    case 'gap-lost':
      return { event: decision.kind, from: decision.gap.from, to: decision.gap.to };
    case 'lost-healed':
      return { event: 'lost-healed', frames: decision.frames };
    case 'gap-closed':
      return { event: 'gap-closed', from: decision.from, to: decision.to, by: decision.by };
    case 'joined':
      return { event: 'stream-joined', epoch: decision.epoch, headSequence: decision.sequence };
    case 'epoch-started':
      return {
        event: decision.wasHalted ? 'stream-resumed' : 'epoch-started',
        epoch: decision.epoch,
        epochId: hex(decision.epochId),
      };
    case 'halted':
      return haltEvent(decision.halt);
  }
}

function haltEvent({ offer, ...halt }: StreamHalt): IntakeEvent {
  const offered = offer && { offeredEpoch: offer.epoch, offeredEpochId: hex(offer.epochId) };
  return { event: 'stream-halted', ...halt, ...offered };
}

/** A frame whose signature does not hold has no name that could be believed. */
export function frameRefusedEvent(reason: FrameOutcome, frame?: VerifiedFrame): IntakeEvent {
  return { event: 'frame-refused', reason, ...(frame && frameDetails(frame)) };
}

/** Frames that were accepted and not spooled, of another history than what was published. */
export function framesDiscardedEvent(
  published: { readonly epoch: number; readonly sequence: number },
  discardedFrames: number,
): IntakeEvent {
  return { event: 'frames-discarded', through: frameName(published), discardedFrames };
}

/** A frame that waits for one below it, whose revocations do not wait. */
export function revocationsEarlyEvent(frame: VerifiedFrame, revocations: number): IntakeEvent {
  return { event: 'revocations-early', ...frameDetails(frame), revocations };
}

export function sessionEvent(event: 'session-accepted' | 'session-restored', hello: HelloBody): IntakeEvent {
  const { sessionNumber, sessionId, keyId, head } = hello;
  return {
    event,
    session: sessionNumber,
    sessionId: hex(sessionId),
    key: hex(keyId),
    epoch: head.epoch,
    headSequence: head.sequence,
  };
}

function frameDetails({ header, digest, bytes }: VerifiedFrame) {
  const { epoch, sequence, recordCount, keyId } = header;
  return { epoch, sequence, digest: hex(digest), key: hex(keyId), records: recordCount, bytes: bytes.length };
}
