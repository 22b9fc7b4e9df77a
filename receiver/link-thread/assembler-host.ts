/**
 * link ─► **assembler host** ─► assembler proxy
 *
 * The assembler on the thread that reads the link: datagrams are opened, frames put together and their payload's digest
 * compared, while the other thread decides and publishes. What was reported and not taken is bounded: then the link is to be read
 * no further, or where it cannot wait, what comes is refused. Hellos and control datagrams are passed on as they came, within a
 * bound of their own, since anybody can forge them: beyond, they are refused.
 *
 * No clock, socket or timer: link-thread-program.ts brings them, the simulator its own. Either polls it behind the datagrams of a
 * turn, at its deadline, and every `POLL_MS`, and leaves the link alone while it `isPausing`.
 */
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import { type AssembledFrame, Assembler, type BlockSample } from '../intake/assembler.ts';
import { type AssemblerOrder, type AssemblerReport, itemBytes, memoryOf } from '../intake/assembler-messages.ts';
import { isForDesks } from '../intake/control-desk.ts';
import type { BlockDecoder } from '../intake/frame-assembly.ts';
import { isPayloadIntact } from '../intake/frame-verifier.ts';
import { IntakeCounters } from '../intake/intake-counters.ts';
import { SessionTable } from '../intake/session-table.ts';
import type { FrameScratch } from '../intake/spilled-frames.ts';
import { WantedFrames } from './wanted-frames.ts';

/** Frames that are too old are given up so often. */
export const POLL_MS = 250;
/** Figures wait so long for others: nothing but a hold time and who looks goes by them. */
const FIGURES_MS = 20;

export interface AssemblerHostOptions {
  readonly decoder: BlockDecoder;
  readonly scratch?: FrameScratch;
  /** Whether the link can be left alone; else what comes while so much waits is refused. */
  readonly canWait: boolean;
}

export class AssemblerHost {
  readonly #canWait: boolean;
  readonly #wanted = new WantedFrames();
  readonly #sessions = new SessionTable();
  readonly #assembler: Assembler;
  readonly #counters = new IntakeCounters();
  #datagrams: Buffer[] = [];
  #frames: AssembledFrame[] = [];
  #blocks: BlockSample[] = [];
  /** Reported, and not taken. */
  #waitingBytes = 0;
  /** Passed on, and not taken. */
  #deskBytes = 0;
  #pauses = 0;
  #isAccepting = true;
  #isWantedHeard = false;
  /** Since when more is known than was reported. */
  #figuresSinceMs: number | undefined;

  constructor({ decoder, scratch, canWait }: AssemblerHostOptions) {
    this.#canWait = canWait;
    this.#assembler = new Assembler({
      sessions: this.#sessions,
      filter: this.#wanted,
      decoder,
      scratch,
      onBlock: (sample) => this.#blocks.push(sample),
    });
  }

  /** One datagram from the link; the buffer is the host's until it returns. */
  handleDatagram(nowMs: number, datagram: Buffer): void {
    const isDesks = isForDesks(datagram);
    if (isDesks && this.#passOn(datagram)) return;
    this.#figuresSinceMs ??= nowMs;
    this.#counters.datagramBytes += datagram.length;
    if (isDesks || this.#isRefusing) this.#counters.countDatagram('not-accepting');
    else this.#handleSymbol(nowMs, datagram);
  }

  handleOrder(nowMs: number, { wanted, isAccepting, session, taken }: AssemblerOrder): void {
    if (wanted !== undefined) this.#wanted.handleState(wanted);
    if (isAccepting !== undefined) this.#isAccepting = isAccepting;
    this.#waitingBytes -= taken?.frameBytes ?? 0;
    this.#deskBytes -= taken?.deskBytes ?? 0;
    if (session === undefined) return;
    this.#figuresSinceMs ??= nowMs;
    for (const datagram of this.#assembler.handleSession(this.#sessions.open(session.opened), session.link)) {
      this.#counters.recalledDatagrams++;
      this.#handleSymbol(nowMs, datagram);
    }
  }

  /** Gives up what is too old; then what there is to report, where that is due. */
  poll(nowMs: number): AssemblerReport | undefined {
    this.#takeAssembled(nowMs);
    if (this.#blocks.length > 0) this.#figuresSinceMs ??= nowMs;
    const dueMs = this.nextDeadlineMs();
    return dueMs === undefined || dueMs > nowMs ? undefined : this.takeReport();
  }

  /** When the next report is due: at once where the other thread waits for it; undefined where there is nothing to report. */
  nextDeadlineMs(): number | undefined {
    if (this.#frames.length > 0 || this.#datagrams.length > 0) return 0;
    return this.#figuresSinceMs === undefined ? undefined : this.#figuresSinceMs + FIGURES_MS;
  }

  /** All since the last report, due or not. Its frames are the other thread's from then on. */
  takeReport(): AssemblerReport {
    const { datagrams, datagramBytes, recalledDatagrams } = this.#counters;
    const news = {
      datagrams: this.#datagrams,
      frames: this.#frames,
      blocks: this.#blocks,
      isWantedHeard: this.#isWantedHeard,
    };
    const memory = memoryOf(news);
    const wasFull = this.isFull;
    this.#waitingBytes += memory.frameBytes;
    if (this.isFull && !wasFull) this.#pauses++;
    const report = {
      ...news,
      memory,
      figures: {
        datagrams: { ...datagrams },
        datagramBytes,
        recalledDatagrams,
        ...this.#assembler.holdings,
        pauses: this.#pauses,
      },
    };
    this.#datagrams = [];
    this.#frames = [];
    this.#blocks = [];
    this.#isWantedHeard = false;
    this.#figuresSinceMs = undefined;
    return report;
  }

  /** So much waits for the other thread that no more is taken. */
  get isFull(): boolean {
    return this.#waitingBytes >= RECEIVER_LIMITS.maxReportedBytes;
  }

  /** The link is to be left alone. */
  get isPausing(): boolean {
    return this.isFull && this.#canWait;
  }

  get isAccepting(): boolean {
    return this.#isAccepting;
  }

  get #isRefusing(): boolean {
    return this.isFull && !this.#canWait;
  }

  #passOn(datagram: Buffer): boolean {
    const bytes = itemBytes(datagram);
    if (this.#deskBytes + bytes > RECEIVER_LIMITS.maxReportedDeskBytes) return false;
    this.#deskBytes += bytes;
    this.#datagrams.push(ownCopy(datagram));
    return true;
  }

  #handleSymbol(nowMs: number, datagram: Buffer): void {
    if (!this.#isAccepting) {
      this.#counters.countDatagram('not-accepting');
      return;
    }
    this.#counters.countDatagram(this.#assembler.handleDatagram(nowMs, datagram));
    if (this.#assembler.lastWantedMs === nowMs) this.#isWantedHeard = true;
    this.#takeAssembled(nowMs);
  }

  #takeAssembled(nowMs: number): void {
    for (let next = this.#assembler.poll(nowMs); next !== undefined; next = this.#assembler.poll(nowMs)) {
      this.#frames.push({ ...next, isPayloadIntact: isPayloadIntact(next.bytes) });
    }
  }
}

/** Not of Node's pool, which would be posted with it. */
function ownCopy(datagram: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(datagram.length);
  copy.set(datagram);
  return copy;
}
