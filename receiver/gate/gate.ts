/**
 * The order of a stream: which verified frames go on, and when. Frames leave in sequence; one that is missing is waited for,
 * then its place becomes a recorded gap and the stream goes on; a frame of a gap that comes late leaves at once, marked as
 * healed. Two histories halt the stream.
 *
 *   verified frame ─► boundary, stream ─► epoch ─► gap? known? ahead? ─► chain ─► release
 *
 * Pure: `poll` hands out what is decided, in order, and `state` is what the store keeps of it.
 */
import { equalBytes } from '../../src/crypto/digest.ts';
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import type { HelloBody } from '../../src/wire/hello.ts';
import type { FrameFilter, KnownFrame, WantedPlaces } from '../intake/frame-filter.ts';
import type { VerifiedFrame } from '../intake/frame-verifier.ts';
import { JournalHead, type KnownHead } from '../intake/journal-head.ts';
import { joinGaps, type PublishedPosition, wholeThrough } from '../publish/published-position.ts';
import { AdoptedPosition } from './adopted-position.ts';
import { countMissing, type Gap, GapSet } from './gap-set.ts';
import {
  type AcceptedEpoch,
  type AnnouncedHeads,
  againFrom,
  goesOnFrom,
  type HeadJudgement,
  isWithinReach,
  judgeHead,
} from './head-judgement.ts';
import { HeldFrames } from './held-frames.ts';
import { afterCycle, afterEpoch, isSameLost, joinLost, type LostFrames, withLost } from './lost-frames.ts';
import { type RecentFrame, RecentFrames } from './recent-frames.ts';
import {
  brokenChain,
  copiedSession,
  equivocation,
  type OlderState,
  olderState,
  otherEpochId,
  type StreamHalt,
  type StreamPosition,
} from './stream-halt.ts';

/** What outlives a restart. */
export interface GateState {
  /** 0 before the first hello. */
  readonly epoch: number;
  readonly epochId: Uint8Array;
  /** Every frame up to here was released, or lies in a gap, or in one that was closed as lost. */
  readonly sequence: number;
  /** Header digest of that frame; empty for sequence 0. */
  readonly digest: Uint8Array;
  readonly gaps: readonly Gap[];
  /** Closed unhealed, and not made good since. */
  readonly lost?: LostFrames;
  /** Up to there Kafka told it, and the sender has not confirmed it yet. */
  readonly adopted?: number;
  readonly halt?: StreamHalt;
  /** The operator's word, until a hello of that epoch comes. */
  readonly accepted?: AcceptedEpoch;
}

/** `old`: at or below the stream's sequence, in no gap, and no longer remembered. The last six refuse the frame. */
export const GATE_OUTCOMES = [
  'released',
  'healed',
  'held',
  'duplicate',
  'old',
  'held-full',
  'boundary',
  'stream',
  'epoch',
  'sequence-jump',
  'halted',
] as const;
export type GateOutcome = (typeof GATE_OUTCOMES)[number];

/** A decision, in the order in which it was made. `lost` gaps were closed unhealed: a new epoch, or too many of them. */
export type GateDecision =
  | { readonly kind: 'release'; readonly frame: VerifiedFrame; readonly isHealed: boolean }
  | { readonly kind: 'gap-opened'; readonly gap: Gap }
  | { readonly kind: 'gap-closed'; readonly from: number; readonly to: number; readonly by: 'frames' | 'snapshot' }
  | { readonly kind: 'gap-lost'; readonly gap: Pick<Gap, 'from' | 'to'> }
  /** A snapshot made good all that was lost. */
  | { readonly kind: 'lost-healed'; readonly frames: number }
  | {
      readonly kind: 'epoch-started';
      readonly epoch: number;
      readonly epochId: Uint8Array;
      readonly wasHalted: boolean;
    }
  /** The first hello ever, and the journal had come so far. */
  | { readonly kind: 'joined'; readonly epoch: number; readonly sequence: number }
  | { readonly kind: 'halted'; readonly halt: StreamHalt }
  /** What was released of the epoch and is not on disk is of another history than what was published up to `sequence`. */
  | { readonly kind: 'discarded'; readonly epoch: number; readonly sequence: number; readonly frames: number };

const NO_BYTES = new Uint8Array();
const FRESH: GateState = { epoch: 0, epochId: NO_BYTES, sequence: 0, digest: NO_BYTES, gaps: [] };

export class Gate implements FrameFilter {
  readonly #boundary: string;
  readonly #stream: string;
  readonly #holdMs: number;
  #decisions: GateDecision[] = [];
  readonly #held = new HeldFrames();
  readonly #recent: RecentFrames;
  #gaps: GapSet;
  #lost: LostFrames | undefined;
  #epoch: number;
  #epochId: Uint8Array;
  #sequence: number;
  #digest: Uint8Array;
  readonly #adopted: AdoptedPosition;
  #halt: StreamHalt | undefined;
  #accepted: AcceptedEpoch | undefined;
  #journal = new JournalHead();
  #pendingBytes = 0;

  constructor(options: {
    readonly boundary: string;
    readonly stream: string;
    readonly holdMs: number;
    readonly state?: GateState | undefined;
    readonly recentFrames?: readonly RecentFrame[];
  }) {
    const state = options.state ?? FRESH;
    this.#boundary = options.boundary;
    this.#stream = options.stream;
    this.#holdMs = options.holdMs;
    this.#recent = new RecentFrames(options.recentFrames);
    this.#gaps = new GapSet(RECEIVER_LIMITS.maxOpenGaps, state.gaps);
    this.#lost = state.lost;
    this.#adopted = new AdoptedPosition(state.adopted);
    this.#epoch = state.epoch;
    this.#epochId = state.epochId;
    this.#sequence = state.sequence;
    this.#digest = state.digest;
    this.#halt = state.halt;
    this.#accepted = state.accepted;
  }

  /**
   * Asked by the assembler, so that what is known already costs nothing. A known frame of another length is wanted: it is
   * the sender's second frame of that sequence, and the evidence is worth its assembly. One of the same length shows in the
   * chain and in the hello's head.
   */
  wanted(frame: { readonly epoch: number; readonly sequence: number; readonly frameBytes: number }): boolean {
    const { epoch, sequence, frameBytes } = frame;
    if (this.#halt !== undefined || epoch !== this.#epoch || sequence > this.#farthest) return false;
    if (sequence > this.#sequence) {
      const held = this.#held.find(sequence);
      return held === undefined || held.bytes.length !== frameBytes;
    }
    if (this.#gaps.find(sequence) !== undefined) return true;
    const recent = this.#recent.find(sequence);
    return recent !== undefined && recent.frameBytes !== frameBytes;
  }

  /** Whether that frame waits here, or was released and is remembered. */
  knows({ epoch, sequence, frameBytes }: Parameters<FrameFilter['wanted']>[0]): boolean {
    if (epoch !== this.#epoch) return false;
    const bytes = this.#held.find(sequence)?.bytes.length ?? this.#recent.find(sequence)?.frameBytes;
    return bytes === frameBytes;
  }

  /** What `wanted` goes by beside the frames that are known, for who asks elsewhere; receiver/link-thread. */
  get wantedState(): WantedPlaces {
    return {
      epoch: this.#epoch,
      sequence: this.#sequence,
      farthest: this.#farthest,
      isHalted: this.isHalted,
      gaps: this.#gaps.gaps.map(({ from, to }) => ({ from, to })),
    };
  }

  /** Of this epoch: those that were released last, and those that wait. */
  get knownFrames(): readonly KnownFrame[] {
    return [...this.#recent.frames, ...this.#held.frames];
  }

  /** What an authentic hello means; changes nothing. */
  judgeHello(hello: AnnouncedHeads, isNewSession: boolean): HeadJudgement {
    return judgeHead(hello, isNewSession, { position: this.#position, accepted: this.#accepted, ...this.#digests });
  }

  /** Whether a head lies below what Kafka told, and so in another history, although its session is not new. */
  isBehindUs(nowMs: number, { head }: AnnouncedHeads): boolean {
    return this.#adopted.isBehindUs(nowMs, head.sequence, this.#holdMs);
  }

  /** An accepted hello, with what `judgeHello` said of it. */
  handleHello(nowMs: number, hello: AnnouncedHeads, judgement: 'first' | 'follow' | 'next-epoch'): void {
    const { head } = hello;
    if (judgement === 'first' && head.sequence > 0)
      this.#decide({ kind: 'joined', epoch: head.epoch, sequence: head.sequence });
    if (judgement !== 'follow') this.#startEpoch(head.epoch, head.epochId, this.#lostTail(hello));
    if (head.sequence === this.#adopted.sequence && equalBytes(head.digest, this.#digest)) this.#adopted.confirm();
    this.#journal.handleHello(nowMs, head, this.#sequence);
  }

  /** A symbol of a wanted frame came, or more of a bundle: what the head names is still on its way, not lost. */
  handleActivity(nowMs: number): void {
    this.#journal.handleActivity(nowMs);
  }

  /**
   * What was published is known to be more than this disk knows, which was lost or restored: what it covers is wanted no
   * longer. `wallMs` stamps gaps that are new here. `halted`: what is here is of another history, and nothing is taken over.
   */
  handleProgress(wallMs: number, published: PublishedPosition): 'same' | 'adopted' | 'halted' {
    if (published.epoch < this.#epoch || published.epoch === 0) return 'same';
    const halt = this.contradictionOf(published);
    if (halt !== undefined) {
      this.handleOtherHistory(published, halt);
      return 'halted';
    }
    // Of an epoch that ended Kafka knows what is missing of it; this disk may be an old one.
    const own = published.epoch > this.#epoch ? undefined : this.#lost;
    if (published.epoch > this.#epoch) this.#startEpoch(published.epoch, Buffer.from(published.epochId, 'hex'));
    const gaps = joinGaps({ sequence: this.#sequence, gaps: this.#gaps.gaps }, published, wallMs);
    const lost = joinLost(afterCycle(own, wholeThrough(published)), published.lost);
    const isSame =
      isSameLost(lost, this.#lost) &&
      published.sequence <= this.#sequence &&
      gaps.length === this.#gaps.size &&
      this.#gaps.missingFrames === countMissing(gaps);
    if (isSame) return 'same';
    this.#gaps = new GapSet(RECEIVER_LIMITS.maxOpenGaps, gaps);
    this.#lost = lost;
    if (published.sequence > this.#sequence) {
      this.#advance(published.sequence, Buffer.from(published.digest, 'hex'));
      this.#adopted.adopt(published.sequence);
      // What waited for a frame that was published long ago waits no longer.
      for (const frame of this.#held.takeThrough(published.sequence)) {
        const gap = this.#gaps.find(frame.header.sequence);
        if (gap !== undefined && this.#halt === undefined) this.#heal(gap, frame);
      }
      if (this.#halt === undefined) this.#releaseHeld();
    }
    return 'adopted';
  }

  /** What of all that came here says that it is of another history than what was published; changes nothing. */
  contradictionOf({ epoch, epochId, sequence, digest }: PublishedPosition): StreamHalt | undefined {
    if (epoch !== this.#epoch) return undefined;
    const id = Buffer.from(epochId, 'hex');
    if (!equalBytes(id, this.#epochId)) return otherEpochId(epoch, this.#epochId, id);
    const known = Buffer.from(digest, 'hex');
    const seen = this.#namedDigests(sequence).find((named) => named.length > 0 && !equalBytes(named, known));
    return known.length === 0 || seen === undefined ? undefined : equivocation({ epoch, sequence, known, seen });
  }

  /** Nothing of the epoch here is what was published in it: also what was released and is not on disk yet goes. */
  handleOtherHistory({ epoch, sequence }: Pick<PublishedPosition, 'epoch' | 'sequence'>, halt: StreamHalt): void {
    if (epoch !== this.#epoch) return;
    this.halt(halt);
    const isOther = (decision: GateDecision) => decision.kind === 'release' && decision.frame.header.epoch === epoch;
    const kept = this.#decisions.filter((decision) => !isOther(decision));
    const frames = this.#decisions.length - kept.length;
    this.#decisions = kept;
    this.#pendingBytes = kept.reduce((sum, each) => sum + (each.kind === 'release' ? each.frame.bytes.length : 0), 0);
    this.#decide({ kind: 'discarded', epoch, sequence, frames });
  }

  /** What was published is not what the sender's state says: what came is published, and no more comes. */
  handleOlderState(state: OlderState): void {
    if (state.asOf.epoch === this.#epoch) this.halt(olderState(state));
  }

  /** A whole snapshot cycle was published: what was missing up to a sequence is wanted no longer. */
  handleSnapshot({ epoch, sequence }: { readonly epoch: number; readonly sequence: number }): void {
    if (epoch !== this.#epoch) return;
    for (const { from, to } of this.#gaps.closeThrough(sequence)) {
      this.#decide({ kind: 'gap-closed', from, to, by: 'snapshot' });
    }
    if (this.#lost === undefined || afterCycle(this.#lost, sequence) !== undefined) return;
    this.#decide({ kind: 'lost-healed', frames: this.#lost.frames });
    this.#lost = undefined;
  }

  /** The key that signed what is missing since before `beforeMs` (wall) is revoked: a snapshot heals it, no frame does. */
  handleRevokedKey(beforeMs: number): void {
    this.#lose(this.#gaps.closeOpenedBefore(beforeMs));
  }

  handleFrame(nowMs: number, frame: VerifiedFrame): GateOutcome {
    const { boundary, stream, epoch, epochId, sequence } = frame.header;
    if (boundary !== this.#boundary) return 'boundary';
    if (stream !== this.#stream) return 'stream';
    if (this.#halt !== undefined) return 'halted';
    if (epoch !== this.#epoch) return 'epoch';
    if (!equalBytes(epochId, this.#epochId)) return this.halt(otherEpochId(epoch, this.#epochId, epochId));
    const gap = this.#gaps.find(sequence);
    if (gap !== undefined) return this.#heal(gap, frame);
    const known = this.#held.find(sequence)?.digest ?? this.#recent.find(sequence)?.digest;
    if (known !== undefined) {
      if (equalBytes(known, frame.digest)) return 'duplicate';
      const before = this.#digestAt(sequence - 1);
      const isFork = before !== undefined && equalBytes(before, frame.header.previousDigest);
      const word = { epoch, sequence, known, seen: frame.digest, againFrom: isFork ? sequence : undefined };
      return this.halt(equivocation(word));
    }
    if (sequence <= this.#sequence) return 'old';
    if (sequence > this.#farthest) return 'sequence-jump';
    if (sequence > this.#sequence + 1) return this.#held.add(nowMs, frame) ? 'held' : 'held-full';
    if (!this.#release(frame)) return 'halted';
    this.#releaseHeld();
    return 'released';
  }

  /** Stops the stream. The first reason stays, until a new epoch waits to be accepted: that is what is to be done then. */
  halt(halt: StreamHalt): 'halted' {
    if (this.#halt === undefined || isOtherOffer(this.#halt, halt)) {
      this.#halt = halt;
      this.#held.clear();
      this.#decide({ kind: 'halted', halt });
    }
    return 'halted';
  }

  /** A hello that a copy of the sender sent; `acceptedNumber`: the session that was accepted last. */
  haltForCopy(hello: HelloBody, acceptedNumber: number): void {
    const { head, sessionNumber: number } = hello;
    const isOurs = head.epoch === this.#epoch && equalBytes(head.epochId, this.#epochId);
    // Of an epoch before, all that it goes on from was accepted with the current one.
    const below = head.epoch < this.#epoch ? head.sequence + 1 : 1;
    // The operator may keep either: what both have in common is known where the running one's frames came, too.
    const common = this.#isHeadReleased ? againFrom(head, this.#digests) : 1;
    const from = isOurs ? common : below;
    this.halt(copiedSession(acceptedNumber, { number, epoch: this.#epoch, againFrom: from }));
  }

  /** The operator's word for one epoch; a hello of it then ends the halt. `known`: nothing is changed by it. */
  acceptEpoch({ epoch, epochId }: AcceptedEpoch): 'accepted' | 'known' | 'refused' {
    for (const known of [{ epoch: this.#epoch, epochId: this.#epochId }, this.#accepted]) {
      if (known?.epoch === epoch && equalBytes(known.epochId, epochId)) return 'known';
    }
    if (this.#epoch === 0 || epoch <= this.#epoch || !isWithinReach(this.#epoch, epoch)) return 'refused';
    this.#accepted = { epoch, epochId: Uint8Array.from(epochId) };
    return 'accepted';
  }

  /** Opens the gaps that are due, then hands out the next decision. `wallMs` only stamps gaps. */
  poll(nowMs: number, wallMs: number): GateDecision | undefined {
    for (let dueMs = this.#holdEndMs; dueMs !== undefined && nowMs >= dueMs; dueMs = this.#holdEndMs)
      this.#openGap(nowMs, wallMs);
    const decision = this.#decisions.shift();
    if (decision?.kind === 'release') this.#pendingBytes -= decision.frame.bytes.length;
    return decision;
  }

  nextDeadlineMs(): number | undefined {
    return this.#decisions.length > 0 ? 0 : this.#holdEndMs;
  }

  get state(): GateState {
    const state = {
      epoch: this.#epoch,
      epochId: this.#epochId,
      sequence: this.#sequence,
      digest: this.#digest,
      gaps: this.#gaps.gaps,
    };
    return {
      ...state,
      ...(this.#lost && { lost: this.#lost }),
      ...(this.#adopted.sequence !== undefined && { adopted: this.#adopted.sequence }),
      ...(this.#halt && { halt: this.#halt }),
      ...(this.#accepted && { accepted: this.#accepted }),
    };
  }

  /** Decisions that `poll` has not handed out, and the bytes of the frames in them. */
  get pendingDecisions(): number {
    return this.#decisions.length;
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  get sequence(): number {
    return this.#sequence;
  }

  get heldFrames(): number {
    return this.#held.size;
  }

  get heldBytes(): number {
    return this.#held.bytes;
  }

  /** Of the journal, as of the last hello. */
  get headSequence(): number | undefined {
    return this.#head?.sequence;
  }

  /** As in `GateState`. */
  get adopted(): number | undefined {
    return this.#adopted.sequence;
  }

  get isHalted(): boolean {
    return this.#halt !== undefined;
  }

  get #position(): StreamPosition | undefined {
    if (this.#epoch === 0) return undefined;
    const sequence = Math.max(this.#sequence, this.#head?.sequence ?? 0, this.#held.highest);
    return { epoch: this.#epoch, epochId: this.#epochId, sequence };
  }

  /** The bound of a jump counts from what a hello confirms, so that a receiver that was away for long is not locked out. */
  get #farthest(): number {
    return Math.max(this.#sequence, this.#head?.sequence ?? 0) + RECEIVER_LIMITS.maxSequenceJump;
  }

  /** The frame that the running sender's hello named last is the one that came. */
  get #isHeadReleased(): boolean {
    const head = this.#head;
    const released = head && this.#recent.find(head.sequence);
    return released !== undefined && equalBytes(released.digest, (head as KnownHead).digest);
  }

  get #head(): KnownHead | undefined {
    return this.#journal.head;
  }

  /** When the frame after `sequence` has been waited for long enough; undefined where none is known to be missing. */
  get #holdEndMs(): number | undefined {
    if (this.#halt !== undefined) return undefined;
    const heldMs = this.#held.earliestArrivalMs;
    const tailMs = this.#journal.tailMissingSinceMs(this.#sequence);
    const noticedMs = heldMs === undefined || tailMs === undefined ? (heldMs ?? tailMs) : Math.min(heldMs, tailMs);
    return noticedMs === undefined ? undefined : noticedMs + this.#holdMs;
  }

  get #digests() {
    // Below an adopted position the frames that came may be those of another history than the published ones.
    const isUnsure = (sequence: number) => sequence < (this.#adopted.sequence ?? 0);
    return {
      digestAt: (sequence: number) => (isUnsure(sequence) ? undefined : this.#digestAt(sequence)),
      hasForgotten: (sequence: number) => !isUnsure(sequence) && this.#recent.hasForgotten(sequence),
    };
  }

  #digestAt(sequence: number): Uint8Array | undefined {
    if (sequence === this.#sequence && this.#digest.length > 0) return this.#digest;
    if (sequence === this.#head?.sequence) return this.#head.digest;
    return this.#held.find(sequence)?.digest ?? this.#recent.find(sequence)?.digest;
  }

  /** What is known of the digest of a frame by itself, by the one behind it, and by its place beside a gap. */
  #namedDigests(sequence: number): readonly Uint8Array[] {
    const direct = [this.#digestAt(sequence), this.#held.find(sequence + 1)?.header.previousDigest];
    return [...direct.flatMap((digest) => digest ?? []), ...this.#gaps.digestsOf(sequence)];
  }

  /** Frames of this epoch that the sender made and that never came: with a new epoch they are lost. */
  #lostTail({ previousEpoch }: AnnouncedHeads): { readonly from: number; readonly to: number } | undefined {
    const isOurs =
      previousEpoch !== undefined && goesOnFrom(previousEpoch, { epoch: this.#epoch, epochId: this.#epochId });
    const to = isOurs ? previousEpoch.sequence : (this.#journal.announced(this.#sequence) ?? 0);
    return to > this.#sequence ? { from: this.#sequence + 1, to } : undefined;
  }

  #startEpoch(epoch: number, epochId: Uint8Array, tail?: { readonly from: number; readonly to: number }): void {
    const wasHalted = this.#halt !== undefined;
    const missing = [...this.#gaps.clear(), ...(tail ? [tail] : [])];
    this.#held.clear();
    this.#recent.clear();
    this.#epoch = epoch;
    this.#epochId = Uint8Array.from(epochId);
    this.#sequence = 0;
    this.#digest = NO_BYTES;
    this.#adopted.confirm();
    this.#halt = undefined;
    this.#accepted = undefined;
    this.#journal = new JournalHead();
    this.#lose(missing);
    this.#lost = afterEpoch(this.#lost);
    this.#decide({ kind: 'epoch-started', epoch, epochId: this.#epochId, wasHalted });
  }

  /** A late frame: its borders are checked where the neighbours are present. */
  #heal(gap: Gap, frame: VerifiedFrame): GateOutcome {
    const { epoch, sequence, previousDigest } = frame.header;
    const { beforeDigest, endDigest } = gap;
    if (sequence === gap.from && beforeDigest !== undefined && !equalBytes(beforeDigest, previousDigest)) {
      return this.halt(brokenChain({ epoch, sequence, known: beforeDigest, seen: previousDigest }));
    }
    if (sequence === gap.to && endDigest !== undefined && !equalBytes(endDigest, frame.digest)) {
      return this.halt(equivocation({ epoch, sequence, known: endDigest, seen: frame.digest }));
    }
    if (beforeDigest !== undefined && sequence - 1 === this.#adopted.sequence) this.#adopted.confirm();
    const lost = this.#gaps.heal({ sequence, digest: frame.digest, previousDigest });
    this.#handOut(frame, true);
    this.#lose(lost);
    // The oldest are lost first, so what is lost up to behind its beginning is some of it.
    const isAllHere = (this.#lost?.through ?? 0) < gap.openedFrom;
    if (isAllHere && this.#gaps.gaps.every((open) => open.openedFrom !== gap.openedFrom)) {
      this.#decide({ kind: 'gap-closed', from: gap.openedFrom, to: gap.openedTo, by: 'frames' });
    }
    return 'healed';
  }

  #releaseHeld(): void {
    for (let next = this.#held.take(this.#sequence + 1); next; next = this.#held.take(this.#sequence + 1)) {
      if (!this.#release(next)) return;
    }
  }

  /** The frame after `sequence`. False where it broke the chain and the stream has halted. */
  #release(frame: VerifiedFrame): boolean {
    const { epoch, sequence, previousDigest } = frame.header;
    if (this.#digest.length > 0 && !equalBytes(this.#digest, previousDigest)) {
      this.halt(brokenChain({ epoch, sequence, known: this.#digest, seen: previousDigest }));
      return false;
    }
    if (sequence === this.#head?.sequence && !equalBytes(this.#head.digest, frame.digest)) {
      this.halt(equivocation({ epoch, sequence, known: this.#head.digest, seen: frame.digest }));
      return false;
    }
    this.#advance(sequence, frame.digest);
    this.#adopted.confirm();
    this.#handOut(frame, false);
    return true;
  }

  #handOut(frame: VerifiedFrame, isHealed: boolean): void {
    this.#recent.add({ sequence: frame.header.sequence, digest: frame.digest, frameBytes: frame.bytes.length });
    this.#pendingBytes += frame.bytes.length;
    this.#decide({ kind: 'release', frame, isHealed });
  }

  /** From the frame that is missing up to the next one at hand; with none at hand, up to what hellos told of in time. */
  #openGap(nowMs: number, wallMs: number): void {
    const end = this.#missingEnd(nowMs);
    const gap: Gap = {
      from: this.#sequence + 1,
      to: end.sequence,
      openedFrom: this.#sequence + 1,
      openedTo: end.sequence,
      sinceMs: wallMs,
      endDigest: end.digest,
      ...(this.#digest.length > 0 && { beforeDigest: this.#digest }),
    };
    this.#advance(end.sequence, end.digest);
    this.#decide({ kind: 'gap-opened', gap });
    this.#lose(this.#gaps.open(gap));
    this.#releaseHeld();
  }

  #lose(closed: readonly Pick<Gap, 'from' | 'to'>[]): void {
    this.#lost = withLost(this.#lost, closed);
    for (const gap of closed) this.#decide({ kind: 'gap-lost', gap });
  }

  #missingEnd(nowMs: number): KnownHead {
    const next = this.#held.lowest;
    if (next === undefined) return this.#journal.waitedFor(nowMs, this.#holdMs, this.#sequence) as KnownHead;
    // Copied: a gap must not keep the frame's whole buffer alive.
    return { sequence: next.header.sequence - 1, digest: Uint8Array.from(next.header.previousDigest) };
  }

  #advance(sequence: number, digest: Uint8Array): void {
    this.#sequence = sequence;
    this.#digest = digest;
    this.#journal.handleSequence(sequence);
  }

  #decide(decision: GateDecision): void {
    this.#decisions.push(decision);
  }
}

/** Whether another epoch waits to be accepted than before. */
function isOtherOffer({ offer: known }: StreamHalt, { offer }: StreamHalt): boolean {
  if (offer === undefined) return false;
  return known === undefined || offer.epoch !== known.epoch || !equalBytes(offer.epochId, known.epochId);
}
