/**
 * Transmitter: journal ─► [transmitter] ─► outlet. Frames become sealed datagrams: cut, FEC-coded, interleaved, each with
 * a counter of its own. Fresh frames leave first and in sequence; where none waits, first repeats, since they still meet the
 * receiver's hold time, then what operators want again, then later repeats. Pure: frames come in with their bytes, and it
 * says which one it wants next.
 */
import type { LaneCipher } from '../../src/crypto/lane-cipher.ts';
import { SENDER_LIMITS, WIRE_LIMITS } from '../../src/limits.ts';
import {
  DATAGRAM_KIND,
  HEADER_BYTES,
  TAG_BYTES,
  VEILED_HEADER_BYTES,
  VEILED_PLACE_BYTES,
  writeDatagramHeader,
  writeVeiledHeader,
  writeVeiledPlace,
} from '../../src/wire/datagram.ts';
import { SUITE_1 } from '../../src/wire/frame.ts';
import { type FramePassed, type JournaledFrame, RESEND_PASS } from '../journal/journal.ts';
import { DatagramMemory } from './datagram-memory.ts';
import { type BlockEncoder, FramePass, type PassSymbol } from './frame-pass.ts';
import { FIRST_REPEAT, RepeatSchedule, type WaitingRepeat } from './repeat-schedule.ts';
import type { ResendQueue } from './resend-queue.ts';

export interface TransmitterOptions {
  readonly session: { readonly handle: number; readonly lane: number; readonly cipher: LaneCipher };
  /** Largest symbol, a multiple of 64. */
  readonly symbolBytes: number;
  readonly repairPercent: number;
  /** Datagrams are veiled and all of one length, so that none of them can be told from padding. */
  readonly isVeiled?: boolean | undefined;
  /** Rising, counted from the end of the first pass. */
  readonly repeatAfterMs: readonly number[];
  readonly encoder: BlockEncoder;
  /** The journal's. */
  readonly resends: Pick<ResendQueue, 'hasNext' | 'take'>;
}

export type SymbolKind = 'source' | 'repair' | 'repeat' | 'resend';

export interface SealedSymbol {
  readonly kind: SymbolKind;
  /** The caller's until `handleCopied`. */
  readonly datagram: Buffer;
}

interface PassUnderWay {
  readonly frame: JournaledFrame;
  readonly pass: number;
  /** Undefined in the first pass. */
  readonly firstPassMs: number | undefined;
  readonly symbols: FramePass;
  next: PassSymbol | undefined;
}

const SKIPPED = { recordCount: 0, frameBytes: 0, createdAtMs: 0 };

export class Transmitter {
  readonly #options: TransmitterOptions;
  readonly #repeats: RepeatSchedule;
  readonly #fresh: JournaledFrame[] = [];
  #freshBytes = 0;
  #firstPass: PassUnderWay | undefined;
  #repeat: PassUnderWay | undefined;
  /** Whose symbol was sealed last. */
  #sealed: PassUnderWay | undefined;
  #wanted: WaitingRepeat | undefined;
  #passed: FramePassed[] = [];
  #counter = 0;
  readonly #memory = new DatagramMemory();

  constructor(options: TransmitterOptions) {
    this.#options = options;
    this.#repeats = new RepeatSchedule(options.repeatAfterMs);
  }

  /** A frame whose first pass is to be sent; in sequence. Its bytes are kept, not copied. */
  handleFrame(frame: JournaledFrame): void {
    this.#fresh.push(frame);
    this.#freshBytes += frame.bytes.length;
  }

  /** A repeat that an earlier run left; in sequence for each pass. */
  handleWaitingRepeat(repeat: WaitingRepeat): void {
    this.#repeats.handleWaiting(repeat);
  }

  /** Nothing could be sent for a while: no repeat that came due meanwhile is late. */
  handleResumed(nowMs: number): void {
    this.#repeats.handleResumed(nowMs);
  }

  /** The answer to `wantedRepeat`; undefined where the journal no longer has the frame. */
  handleRepeatFrame(frame: JournaledFrame | undefined): void {
    const wanted = this.#wanted;
    this.#wanted = undefined;
    if (wanted === undefined) return;
    if (frame === undefined) this.#finish(wanted, SKIPPED);
    else this.#repeat = this.#start(frame, wanted.pass, wanted.firstPassMs);
  }

  /**
   * The next datagram, `handleLeft` before another; undefined where nothing is due, or where the frame of `wantedRepeat` is
   * missing.
   */
  poll(nowMs: number): SealedSymbol | undefined {
    for (let late = this.#repeats.pollSkipped(nowMs); late; late = this.#repeats.pollSkipped(nowMs)) {
      this.#finish(late, SKIPPED);
    }
    const fresh = this.#fresh[0];
    if (fresh !== undefined) this.#firstPass ??= this.#start(fresh, 1, undefined);
    const under = this.#firstPass ?? this.#repeat;
    return under && this.#seal(under);
  }

  /** A datagram that says nothing and that nobody without the key can tell from others. Where they are veiled. */
  padding(): Buffer {
    if (!this.#options.isVeiled) throw new Error('padding that is not veiled');
    // A symbol that waits for the pacer may have been sealed before.
    const memory = (bytes: number) => Buffer.allocUnsafe(bytes);
    return this.#veiled((plaintext) => plaintext.fill(0), memory);
  }

  /**
   * The last datagram of `poll` goes to the link, whose caller keeps it where it has no room. A pass is done with its last one,
   * and not before: what the pacer holds back goes with this run, so a pass that counted as done could have sent nothing.
   */
  handleLeft(nowMs: number): void {
    const under = this.#sealed;
    this.#sealed = undefined;
    if (under !== undefined && under.next === undefined) this.#finishPass(nowMs, under);
  }

  /** The kernel has copied all that was polled but for the last one: their memory is used again. */
  handleCopied(): void {
    this.#memory.handleCopied();
  }

  /** The frame that the next repeat or resend needs, where one is due and nothing else is to be sent. */
  wantedRepeat(nowMs: number): number | undefined {
    if (this.#firstPass !== undefined || this.#fresh.length > 0 || this.#repeat !== undefined) return undefined;
    this.#wanted ??= this.#repeats.poll(nowMs, FIRST_REPEAT) ?? this.#takeResend(nowMs) ?? this.#repeats.poll(nowMs);
    return this.#wanted?.sequence;
  }

  /** In the past where something is to be sent now. */
  nextDeadlineMs(nowMs: number): number | undefined {
    const isBusy =
      this.hasFresh || this.#repeat !== undefined || this.#wanted !== undefined || this.#options.resends.hasNext;
    return isBusy ? nowMs : this.#repeats.nextDeadlineMs();
  }

  /** The passes done or skipped since the last call, in order. */
  takePassed(): readonly FramePassed[] {
    const passed = this.#passed;
    if (passed.length > 0) this.#passed = [];
    return passed;
  }

  /** What it takes ahead of the link now, the last frame as large as it may be; undefined while less than half is free. */
  get room(): { readonly frames: number; readonly bytes: number } | undefined {
    const { maxInFlightFrames, maxInFlightBytes } = SENDER_LIMITS;
    const frames = maxInFlightFrames - this.#fresh.length;
    const bytes = maxInFlightBytes - this.#freshBytes;
    return frames >= maxInFlightFrames / 2 && bytes >= maxInFlightBytes / 2 ? { frames, bytes } : undefined;
  }

  /** Whose first pass is under way or waits. */
  get inFlight(): { readonly frames: number; readonly bytes: number } {
    return { frames: this.#fresh.length, bytes: this.#freshBytes };
  }

  /** Whether a frame's first pass is under way or waits. */
  get hasFresh(): boolean {
    return this.#fresh.length > 0;
  }

  /** Of the last datagram; 0 before the first. */
  get counter(): number {
    return this.#counter;
  }

  /** Whether a repeat or resend is under way or could begin now, were nothing fresh to be sent. */
  isRepeatDue(nowMs: number): boolean {
    if (this.#repeat !== undefined || this.#wanted !== undefined || this.#options.resends.hasNext) return true;
    return (this.#repeats.nextDeadlineMs() ?? Number.POSITIVE_INFINITY) <= nowMs;
  }

  get waitingRepeatCount(): number {
    return this.#repeats.waitingCount;
  }

  /** For want of capacity. */
  get skippedRepeatCount(): number {
    return this.#repeats.skippedCount;
  }

  #takeResend(nowMs: number): WaitingRepeat | undefined {
    const sequence = this.#options.resends.take();
    return sequence === undefined ? undefined : { sequence, pass: RESEND_PASS, firstPassMs: nowMs };
  }

  #start(frame: JournaledFrame, pass: number, firstPassMs: number | undefined): PassUnderWay {
    const { symbolBytes: maxSymbolBytes, repairPercent, isVeiled: isFullLength, encoder } = this.#options;
    // The receiver may have nothing of it: source and repair, as the first time.
    const asPass = pass === RESEND_PASS ? 1 : pass;
    const symbols = new FramePass({
      frame: frame.bytes,
      pass: asPass,
      maxSymbolBytes,
      repairPercent,
      isFullLength,
      encoder,
    });
    return { frame, pass, firstPassMs, symbols, next: symbols.next() };
  }

  /** Seals the symbol that is next in this pass. */
  #seal(under: PassUnderWay): SealedSymbol {
    const placed = under.next;
    if (placed === undefined) throw new Error('a pass without another symbol');
    const datagram = this.#datagram(under, placed);
    under.next = under.symbols.next();
    this.#sealed = under;
    return { kind: symbolKind(under.pass, placed), datagram };
  }

  #datagram(under: PassUnderWay, placed: PassSymbol): Buffer {
    const { session } = this.#options;
    const { symbol, blockIndex, symbolIndex, sourceCount, repairCapacity } = placed;
    const { blockCount, frameBytes } = under.symbols.geometry;
    const { sequence } = under.frame;
    if (this.#options.isVeiled) {
      if (sequence > WIRE_LIMITS.maxVeiledSequence) throw new Error('the sequence has no room in a veiled datagram');
      const place = { sequence, blockCount, frameBytes, blockIndex, symbolIndex, sourceCount, repairCapacity };
      const write = (plaintext: Buffer) => {
        writeVeiledPlace(plaintext, place);
        plaintext.set(symbol, VEILED_PLACE_BYTES);
      };
      return this.#veiled(write, (bytes) => this.#memory.take(bytes));
    }
    this.#count();
    const datagram = this.#memory.take(HEADER_BYTES + symbol.length + TAG_BYTES);
    writeDatagramHeader(datagram, 0, {
      suite: SUITE_1,
      kind: DATAGRAM_KIND.symbol,
      session: session.handle,
      lane: session.lane,
      counter: this.#counter,
      sequence,
      blockCount,
      frameBytes,
      blockIndex,
      symbolIndex,
      sourceCount,
      repairCapacity,
    });
    datagram.set(symbol, HEADER_BYTES);
    session.cipher.seal(datagram, HEADER_BYTES);
    return datagram;
  }

  #veiled(write: (plaintext: Buffer) => void, memory: (bytes: number) => Buffer): Buffer {
    const { session, symbolBytes } = this.#options;
    this.#count();
    const datagram = memory(VEILED_HEADER_BYTES + VEILED_PLACE_BYTES + symbolBytes + TAG_BYTES);
    writeVeiledHeader(datagram, {
      suite: SUITE_1,
      session: session.handle,
      lane: session.lane,
      counter: this.#counter,
    });
    write(datagram.subarray(VEILED_HEADER_BYTES, datagram.length - TAG_BYTES));
    session.cipher.seal(datagram, VEILED_HEADER_BYTES);
    return datagram;
  }

  #count(): void {
    // A counter twice would be a nonce twice: the one mistake that ChaCha20-Poly1305 does not forgive (RFC 8439 §4).
    if (this.#counter >= WIRE_LIMITS.maxSequence) throw new Error('the counter of this session is used up');
    this.#counter++;
  }

  #finishPass(nowMs: number, under: PassUnderWay): void {
    const { sequence, bytes, recordCount, createdAtMs } = under.frame;
    if (under.pass === 1) {
      this.#firstPass = undefined;
      this.#fresh.shift();
      this.#freshBytes -= bytes.length;
    } else {
      this.#repeat = undefined;
    }
    const firstPassMs = under.firstPassMs ?? nowMs;
    this.#finish({ sequence, pass: under.pass, firstPassMs }, { recordCount, createdAtMs, frameBytes: bytes.length });
  }

  #finish(done: WaitingRepeat, of: Omit<FramePassed, 'sequence' | 'pass'>): void {
    const { sequence, pass, firstPassMs } = done;
    this.#passed.push({ sequence, pass, ...of });
    if (pass !== RESEND_PASS) this.#repeats.handleWaiting({ sequence, pass: pass + 1, firstPassMs });
  }
}

function symbolKind(pass: number, { symbolIndex, sourceCount }: PassSymbol): SymbolKind {
  if (pass === RESEND_PASS) return 'resend';
  if (pass > 1) return 'repeat';
  return symbolIndex < sourceCount ? 'source' : 'repair';
}
