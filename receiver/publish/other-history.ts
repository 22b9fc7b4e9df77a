/**
 * Kafka's progress ─► **other history** ─► recovery
 *
 * To an empty disk a restored or cloned sender may come first. Once Kafka says what was published, frames of that sender are
 * told by the one frame that it names: by its digest, or by what the frame behind it says of it, since this one may be missing.
 */
import { equalBytes } from '../../src/crypto/digest.ts';
import { writeHalt } from '../gate/gate-store.ts';
import type { Spool } from '../gate/spool.ts';
import { equivocation, type OlderState, otherEpochId, type StreamHalt } from '../gate/stream-halt.ts';
import { openSpooledFrame } from '../intake/frame-verifier.ts';
import type { ReceiverStore } from '../receiver-store.ts';
import type { StreamPosition } from './progress.ts';
import type { PublishedPosition } from './published-position.ts';

/** What the front half knows and the disk may not, since a full one takes nothing; and what it is told. */
export interface FrontHistory {
  contradictionOf(published: PublishedPosition): StreamHalt | undefined;
  /** What was spooled of that epoch is gone: so must be what was not. At once, since more may come meanwhile. */
  handleOtherHistory(published: PublishedPosition, halt: StreamHalt): void;
  /** A snapshot that is published now showed it: nothing more comes in. */
  handleOlderState(state: OlderState): void;
}

/** Why what came is of another history than what was published; undefined where nothing says so. */
export function contradictionIn(
  spool: Pick<Spool, 'frame' | 'frameOf'>,
  { epoch, epochId, sequence, digest }: StreamPosition,
): StreamHalt | undefined {
  const known = Buffer.from(digest, 'hex');
  const own = spool.frame(epoch, sequence);
  const next = spool.frame(epoch, sequence + 1);
  const any = own ?? next ?? spool.frameOf(epoch);
  if (any === undefined) return undefined;
  const seenId = openSpooledFrame(any).header.epochId;
  const knownId = Buffer.from(epochId, 'hex');
  if (!equalBytes(knownId, seenId)) return otherEpochId(epoch, knownId, seenId);
  const seen = own?.digest ?? (next && openSpooledFrame(next).header.previousDigest);
  if (seen === undefined || equalBytes(known, seen)) return undefined;
  return equivocation({ epoch, sequence, known, seen });
}

/** Within the caller's transaction: all that came of the epoch goes, and a restart finds the stream halted. */
export function discardHistory(store: ReceiverStore, epoch: number, halt: StreamHalt, wallMs: number): void {
  store.spool.discard(epoch);
  store.earlyFrames.discard(epoch);
  writeHalt(store.store, epoch, halt, wallMs);
}
