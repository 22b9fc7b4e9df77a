/**
 * What must be true of one epoch, kept apart from the programs under test: which symbols reached a living receiver, and so
 * which frames it must have; what it released; what it calls missing. `check` throws at the first contradiction.
 */
import type { LostFrames } from '../../receiver/gate/lost-frames.ts';
import type { SpooledFrame } from '../../receiver/gate/spool.ts';
import type { StreamPosition } from '../../receiver/publish/progress.ts';
import { type DatagramHeader, readDatagramHeader } from '../../src/wire/datagram.ts';
import { check } from './check.ts';
import type { FrameArchive } from './frame-archive.ts';

/** Symbols of one block that arrived whole. */
interface BlockSymbols {
  readonly needed: number;
  /** Of a session that the receiver had opened. */
  readonly sure: Set<number>;
  /** Also those that may have been lost while they waited for their session. */
  readonly maybe: Set<number>;
}

interface FrameSymbols {
  readonly blocks: Map<number, BlockSymbols>;
  readonly blockCount: number;
  firstMs: number;
  /** There was no room for it when it was complete. */
  wasTurnedAway: boolean;
  /** Complete at some time, if all went well. */
  couldBeComplete: boolean;
}

/** Of one block, what the sender sent: which symbols, and how many datagrams. */
interface SentBlock {
  readonly needed: number;
  readonly symbols: Set<number>;
  datagrams: number;
}

/** The gate as its database has it. */
export interface StoredGate {
  /** 0 before the first hello. */
  readonly epoch: number;
  /** Hex. */
  readonly epochId: string;
  readonly sequence: number;
  readonly gaps: readonly { readonly from: number; readonly to: number }[];
  /** What it says of frames in no gap that never came. */
  readonly lost: LostFrames | undefined;
  readonly halt: string | undefined;
}

/** What a receiver's disk knows: an older image of it takes the receiver back to that. */
export interface LedgerMark {
  readonly released: ReadonlySet<number>;
  readonly missing: ReadonlySet<number>;
  readonly lost: ReadonlySet<number>;
  readonly gateSequence: number;
  readonly lastInOrder: number;
}

export const EMPTY_MARK: LedgerMark = {
  released: new Set(),
  missing: new Set(),
  lost: new Set(),
  gateSequence: 0,
  lastInOrder: 0,
};

/** Incomplete frames are forgotten after RECEIVER_LIMITS.maxFrameAgeMs; nothing is asked of the last seconds before. */
const SURE_FOR_MS = 110_000;

export class EpochLedger {
  readonly #frames = new Map<number, FrameSymbols>();
  readonly #archive: FrameArchive;
  readonly #sent = new Map<number, Map<number, SentBlock>>();
  readonly #holdMs: number;
  #released = new Set<number>();
  /** Index s: when something arrived that tells of frame s + 1 at the earliest: a later frame, or a hello's head. */
  readonly #noticedMs: number[] = [];
  #missing = new Set<number>();
  /** In no gap, and never released: the gate has to count them. */
  #lost = new Set<number>();
  #adopted: StreamPosition | undefined;
  /** By a whole snapshot cycle: what was missing up to there need be missing no longer. */
  #closedUpTo = 0;
  #openSessions = new Set<number>();
  #gateSequence = 0;
  #lastInOrder = 0;
  #everMissing = 0;
  #healed = 0;
  /** Released frames by sequence, as they were signed. */
  readonly #digests = new Map<number, string>();
  #isDisputed = false;

  constructor(holdMs: number, archive: FrameArchive) {
    this.#holdMs = holdMs;
    this.#archive = archive;
  }

  /**
   * The sender's disk was set back, lost or copied: two histories may claim this epoch. What is released is still one of
   * them alone; what must arrive can no longer be told, since the symbols of both mix and the stream may halt.
   */
  handleDispute(): void {
    this.#isDisputed = true;
  }

  /** A symbol of the sender's, whatever becomes of it. */
  handleSent(datagram: Buffer): void {
    const { sequence, blockIndex, symbolIndex, sourceCount } = readDatagramHeader(datagram);
    const blocks = this.#sent.get(sequence) ?? new Map<number, SentBlock>();
    const block = blocks.get(blockIndex) ?? { needed: sourceCount, symbols: new Set(), datagrams: 0 };
    this.#sent.set(sequence, blocks.set(blockIndex, block));
    block.symbols.add(symbolIndex);
    block.datagrams++;
  }

  handleSession(handle: number): void {
    this.#openSessions.add(handle);
  }

  /** Its journal's head, as a hello told it. */
  handleHead(nowMs: number, sequence: number): void {
    this.#notice(nowMs, sequence);
  }

  /** Everything in memory is gone; what was committed stays. */
  handleReceiverCrash(): void {
    this.#openSessions = new Set();
    this.#adopted = undefined;
    for (const frame of this.#frames.values()) frame.blocks.clear();
  }

  /** The receiver takes no more for now: what has arrived of a frame need not stay. */
  handleRefusing(): void {
    for (const { blocks } of this.#frames.values()) for (const { sure } of blocks.values()) sure.clear();
  }

  /** The receiver had no room for a frame that was ahead of its turn. */
  handleTurnedAway(sequence: number): void {
    const frame = this.#frames.get(sequence);
    if (frame !== undefined) frame.wasTurnedAway = true;
  }

  get mark(): LedgerMark {
    return {
      released: new Set(this.#released),
      missing: this.#missing,
      lost: this.#lost,
      gateSequence: this.#gateSequence,
      lastInOrder: this.#lastInOrder,
    };
  }

  /** Between two lives the disk was set back. */
  handleRestored(mark: LedgerMark): void {
    this.#released = new Set(mark.released);
    for (const sequence of this.#digests.keys()) if (!mark.released.has(sequence)) this.#digests.delete(sequence);
    this.#missing = new Set(mark.missing);
    this.#lost = new Set(mark.lost);
    this.#gateSequence = mark.gateSequence;
    this.#lastInOrder = mark.lastInOrder;
  }

  /** The receiver learned from Kafka what its disk may not know; it shows with the next commit. */
  handleAdopted(published: StreamPosition): void {
    this.#adopted = published;
  }

  /** A symbol of the sender's, unchanged, was taken by a living receiver; `isSure`: by one that accepts. */
  handleDelivery(nowMs: number, datagram: Buffer, isSure: boolean): void {
    const header = readDatagramHeader(datagram);
    this.#notice(nowMs, header.sequence - 1);
    if (this.#released.has(header.sequence)) return;
    const frame = this.#frameOf(nowMs, header);
    if (nowMs - frame.firstMs > SURE_FOR_MS) {
      for (const block of frame.blocks.values()) block.sure.clear();
      frame.firstMs = nowMs;
    }
    const block = frame.blocks.get(header.blockIndex) ?? {
      needed: header.sourceCount,
      sure: new Set(),
      maybe: new Set(),
    };
    frame.blocks.set(header.blockIndex, block);
    block.maybe.add(header.symbolIndex);
    if (isSure && this.#openSessions.has(header.session)) block.sure.add(header.symbolIndex);
    if (isComplete(frame, 'maybe')) frame.couldBeComplete = true;
  }

  /** Safety, behind each commit: what it put into the spool. */
  handleReleased(spooled: readonly SpooledFrame[]): void {
    for (const frame of spooled) {
      const { sequence, isHealed } = frame;
      check(!this.#released.has(sequence), `frame ${sequence} was released twice`);
      const digest = Buffer.from(frame.digest).toString('hex');
      const signed = this.#archive.findByDigest(digest)?.bytes;
      check(signed !== undefined && Buffer.compare(signed, frame.bytes) === 0, `frame ${sequence} is another`);
      const isComplete = this.#isDisputed || this.#frames.get(sequence)?.couldBeComplete === true;
      check(isComplete, `frame ${sequence} came out of nothing`);
      check(isHealed || sequence > this.#lastInOrder, `frame ${sequence} was released behind ${this.#lastInOrder}`);
      check(
        !isHealed || sequence <= this.#gateSequence || sequence < this.#lastInOrder,
        `frame ${sequence} is no healed one`,
      );
      this.#released.add(sequence);
      this.#digests.set(sequence, digest);
      if (isHealed) this.#healed++;
      else this.#lastInOrder = sequence;
    }
    for (const { sequence } of spooled) for (const next of [sequence, sequence + 1]) this.#checkNeighbours(next);
  }

  /** Liveness, once faults have stopped and everything was sent in all its passes: `head` is the sender's last frame. */
  handleEnd(head: number, passes: number): void {
    check(this.#gateSequence === head, `the stream ended at ${this.#gateSequence}, the journal at ${head}`);
    for (let sequence = 1; sequence <= head; sequence++) {
      this.#checkSent(sequence, passes);
      const isMissing = this.#missing.has(sequence);
      const isUnheard = isMissing || this.#lost.has(sequence);
      check(isUnheard !== this.#released.has(sequence), `frame ${sequence} is neither released nor missing, or both`);
      check(!isMissing || !this.#mustBeThere(sequence), `frame ${sequence} is missing, though enough of it arrived`);
    }
  }

  /** Whether the journal still has a frame that is missing. */
  isMissing(from: number, to: number): boolean {
    for (const sequence of this.#missing) if (sequence >= from && sequence <= to) return true;
    return false;
  }

  /** Frames of this epoch that neither came nor were made good by a snapshot: what a new one has to count as lost. */
  get unheard(): number {
    const isOpen = (sequence: number) => sequence > this.#closedUpTo && !this.#released.has(sequence);
    return [...this.#missing, ...this.#lost].filter(isOpen).length;
  }

  handleGapsClosed(upTo: number): void {
    this.#closedUpTo = Math.max(this.#closedUpTo, upTo);
  }

  /** The gate asks for nothing that Kafka has. */
  checkAgainst(isPublished: (sequence: number) => boolean): void {
    for (const sequence of this.#missing) check(!isPublished(sequence), `frame ${sequence} is published and in a gap`);
  }

  /** The last frame that the receiver knows, and its digest where it has that frame. */
  get end(): { readonly sequence: number; readonly digestAt: (sequence: number) => string | undefined } {
    return { sequence: this.#gateSequence, digestAt: (sequence) => this.#digests.get(sequence) };
  }

  get summary() {
    return {
      released: this.#released.size,
      everMissing: this.#everMissing,
      healed: this.#healed,
      missing: this.#missing.size,
    };
  }

  /** The stream's state as stored with it. */
  handleGate(nowMs: number, gate: StoredGate): void {
    check(gate.sequence >= this.#gateSequence, `the disk forgot the frames behind ${gate.sequence}`);
    const missing = new Set<number>();
    let end = 0;
    for (const { from, to } of gate.gaps) {
      check(from > end && to >= from && to <= gate.sequence, `gap ${from}–${to} does not follow ${end}`);
      for (let sequence = from; sequence <= to; sequence++) missing.add(sequence);
      end = to;
    }
    this.#takeOver(missing, gate.sequence);
    const lost = this.#lostOf(gate, missing);
    for (const sequence of [...missing, ...lost]) {
      if (this.#missing.has(sequence) || this.#lost.has(sequence) || this.#isAdopted(sequence)) continue;
      check(sequence > this.#gateSequence, `frame ${sequence} became missing behind ${this.#gateSequence}`);
      check(!this.#mustBeThere(sequence), `a gap was opened over frame ${sequence}, though enough of it arrived`);
      const noticedMs = this.#noticedMs[sequence - 1] ?? Number.POSITIVE_INFINITY;
      check(nowMs >= noticedMs + this.#holdMs, `frame ${sequence} was not waited for`);
      this.#everMissing++;
    }
    this.#missing = missing;
    this.#lost = lost;
    this.#gateSequence = gate.sequence;
  }

  /** In no gap, and not released: the gate says how many these are at most, and how far they reach. */
  #lostOf({ sequence: end, lost: told }: StoredGate, missing: ReadonlySet<number>): Set<number> {
    const lost = new Set<number>();
    for (let sequence = 1; sequence <= end; sequence++) {
      const isReleased = this.#released.has(sequence);
      check(!isReleased || !missing.has(sequence), `frame ${sequence} is both released and missing`);
      if (isReleased || missing.has(sequence)) continue;
      lost.add(sequence);
      const { through = 0, frames = 0 } = told ?? {};
      const isTold = sequence <= through && lost.size <= frames;
      check(isTold, `frame ${sequence} is neither released nor missing, and ${frames} up to ${through} count as lost`);
    }
    return lost;
  }

  /** What Kafka has counts as released, though this disk never held it. */
  #takeOver(missing: ReadonlySet<number>, gateSequence: number): void {
    for (let sequence = 1; sequence <= Math.min(this.#closedUpTo, gateSequence); sequence++) {
      if (!missing.has(sequence)) this.#released.add(sequence);
    }
    const end = Math.min(this.#adopted?.sequence ?? 0, gateSequence);
    for (let sequence = 1; sequence <= end; sequence++) if (!missing.has(sequence)) this.#released.add(sequence);
    this.#lastInOrder = Math.max(this.#lastInOrder, end);
  }

  /** Missing by Kafka's word. */
  #isAdopted(sequence: number): boolean {
    return this.#adopted?.gaps.some(([from, to]) => from <= sequence && sequence <= to) ?? false;
  }

  #checkSent(sequence: number, passes: number): void {
    // A frame of another history may have other blocks.
    if (this.#isDisputed) return;
    const blocks = this.#sent.get(sequence);
    check(blocks !== undefined, `frame ${sequence} was never sent`);
    for (const { needed, symbols, datagrams } of blocks?.values() ?? []) {
      check(
        symbols.size >= needed && datagrams >= needed * passes,
        `frame ${sequence} was not sent in ${passes} passes`,
      );
    }
  }

  #notice(nowMs: number, sequence: number): void {
    while (this.#noticedMs.length < sequence) this.#noticedMs.push(nowMs);
  }

  /** A frame and the one before it, where both were released, are of one history. Behind a gap nobody can tell. */
  #checkNeighbours(sequence: number): void {
    const [before, digest] = [this.#digests.get(sequence - 1), this.#digests.get(sequence)];
    const frame = digest === undefined ? undefined : this.#archive.findByDigest(digest);
    if (before === undefined || frame === undefined) return;
    const named = Buffer.from(frame.header.previousDigest).toString('hex');
    check(named === before, `frame ${sequence} does not continue the one that was released before it`);
  }

  #mustBeThere(sequence: number): boolean {
    if (this.#isDisputed) return false;
    const frame = this.#frames.get(sequence);
    return frame !== undefined && !frame.wasTurnedAway && isComplete(frame, 'sure');
  }

  #frameOf(nowMs: number, header: DatagramHeader): FrameSymbols {
    let frame = this.#frames.get(header.sequence);
    if (frame === undefined) {
      const { blockCount } = header;
      frame = { blocks: new Map(), blockCount, firstMs: nowMs, wasTurnedAway: false, couldBeComplete: false };
      this.#frames.set(header.sequence, frame);
    }
    if (frame.blocks.size === 0) frame.firstMs = nowMs;
    return frame;
  }
}

function isComplete(frame: FrameSymbols, which: 'sure' | 'maybe'): boolean {
  if (frame.blocks.size < frame.blockCount) return false;
  for (const block of frame.blocks.values()) if (block[which].size < block.needed) return false;
  return true;
}
