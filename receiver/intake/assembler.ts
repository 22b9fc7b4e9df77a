/**
 * From datagrams to frames: the first stage behind the link, and the only one that meets unauthenticated bytes.
 *
 *   datagram ─► length, magic ─► session ─► replay window ─► AEAD ─► geometry ─► wanted? ─► block table ─► frame
 *
 * Each arrow drops and counts. Nothing is kept of a datagram before its tag holds, but for the bounded ring of those whose
 * session is not known yet. A frame that leaves here is complete, not yet verified: see frame-verifier.ts.
 */
import {
  DATAGRAM_KIND,
  type DatagramPlace,
  datagramKind,
  HEADER_BYTES,
  readDatagramHeader,
  readVeiledPlace,
  symbolGeometry,
  TAG_BYTES,
  VEILED_HEADER_BYTES,
  VEILED_PLACE_BYTES,
} from '../../src/wire/datagram.ts';
import { repairCount } from '../../src/wire/geometry.ts';
import { BlockTable, type BlockTableLimits } from './block-table.ts';
import type { BlockDecoder, FrameAssembly } from './frame-assembly.ts';
import type { FrameFilter } from './frame-filter.ts';
import type { Session, SessionTable } from './session-table.ts';
import type { FrameScratch } from './spilled-frames.ts';
import { WaitingDatagrams } from './waiting-datagrams.ts';

/**
 * What became of a datagram. `accepted`: its symbol is kept. `duplicate`: the very symbol was there. `unneeded`: authentic, of a
 * frame or block that is complete, or that nobody wants. `padding`: authentic and empty, of a link at a constant rate. `control`:
 * authentic, and nothing that a session's lane says. `hello`: told apart before anything else, see hello-desk.ts. `calibration`:
 * not for a receiver that runs, and left unopened. `not-accepting`: spool or disk is full, or too much of what the link's thread
 * took in waits for the other one. All behind that: refused, and why.
 */
export const DATAGRAM_OUTCOMES = [
  'accepted',
  'duplicate',
  'unneeded',
  'padding',
  'control',
  'hello',
  'calibration',
  'not-accepting',
  'too-short',
  'too-long',
  'magic',
  'format',
  'suite',
  'kind',
  'session',
  'lane',
  'replayed',
  'forged',
  'geometry',
] as const;
export type DatagramOutcome = (typeof DATAGRAM_OUTCOMES)[number];

/** A block that came to its end, for the metrics of headroom. */
export interface BlockSample {
  /** Source symbols that did not come; 0 of a `failed` block; of an `evicted` one what it lacked to k, and the budget on top. */
  readonly missingSymbols: number;
  /** Repair symbols that the first pass sends for such a block, by the sender's `repairPercent`; 2 before its first hello. */
  readonly repairBudgetSymbols: number;
  /** `failed`: k symbols came, and the code makes no block of them. `evicted`: given up for its age or for want of room. */
  readonly outcome: 'source-complete' | 'recovered' | 'failed' | 'evicted';
}

export interface AssembledFrame {
  readonly epoch: number;
  readonly sequence: number;
  /** The receiver's from here on. */
  readonly bytes: Buffer;
  /** Its payload's digest was compared, and holds; absent: not yet. */
  readonly isPayloadIntact?: boolean;
}

/** What an assembler holds at a moment. */
export interface AssemblerHoldings {
  readonly waitingDatagrams: number;
  readonly openBlocks: number;
  readonly heldBytes: number;
  readonly spilled: BlockTable['spilled'];
}

/** Where frames come from: an assembler, or its proxy where it has a thread of its own. */
export interface FrameSource {
  poll(nowMs: number): AssembledFrame | undefined;
  nextDeadlineMs(): number | undefined;
  readonly holdings: AssemblerHoldings;
}

/** What a hello says of how its frames are sent. */
export interface RepeatPlan {
  readonly repairPercent: number;
  readonly repeatAfterMs: readonly number[];
}

export class Assembler implements FrameSource {
  readonly #sessions: SessionTable;
  readonly #filter: FrameFilter;
  readonly #decoder: BlockDecoder;
  readonly #onBlock: (sample: BlockSample) => void;
  readonly #table: BlockTable;
  readonly #waiting = new WaitingDatagrams();
  readonly #assembled: AssembledFrame[] = [];
  #repairPercent = 0;
  #lastWantedMs = 0;

  constructor(options: {
    readonly sessions: SessionTable;
    readonly filter: FrameFilter;
    readonly decoder: BlockDecoder;
    readonly onBlock: (sample: BlockSample) => void;
    readonly limits?: Partial<BlockTableLimits>;
    /** Where frames go that memory has no room for; absent: they are given up. */
    readonly scratch?: FrameScratch | undefined;
  }) {
    this.#sessions = options.sessions;
    this.#filter = options.filter;
    this.#decoder = options.decoder;
    this.#onBlock = options.onBlock;
    const { limits, scratch } = options;
    this.#table = new BlockTable({ ...(limits && { limits }), ...(scratch && { scratch }) });
  }

  /** One datagram that is no hello. It is opened where it lies, and copied where it is kept. */
  handleDatagram(nowMs: number, bytes: Buffer): DatagramOutcome {
    const kind = datagramKind(bytes);
    if (typeof kind === 'string') return kind;
    if (kind === DATAGRAM_KIND.hello) return 'hello';
    // Nothing is measured while the receiver runs: whose it is does not matter.
    if (kind === DATAGRAM_KIND.calibration) return 'calibration';
    const header = readDatagramHeader(bytes);
    const session = this.#sessions.find(header.session);
    if (session === undefined) {
      this.#waiting.add(header.session, bytes);
      return 'session';
    }
    const lane = session.lanes[header.lane];
    if (lane === undefined) return 'lane';
    if (!lane.window.isFresh(header.counter)) return 'replayed';
    const isVeiled = kind === DATAGRAM_KIND.veiled;
    const headerBytes = isVeiled ? VEILED_HEADER_BYTES : HEADER_BYTES;
    if (!lane.cipher.open(bytes, headerBytes)) return 'forged';
    lane.window.mark(header.counter);
    // What is said so has lanes of its own, and is met before: control-desk.ts. A session's lane brings nothing.
    if (kind === DATAGRAM_KIND.control) return 'control';
    const opened = bytes.subarray(headerBytes, bytes.length - TAG_BYTES);
    if (!isVeiled) return this.#handleSymbol(nowMs, session, header, opened);
    const place = readVeiledPlace(opened);
    if (place === undefined) return 'padding';
    return this.#handleSymbol(nowMs, session, place, opened.subarray(VEILED_PLACE_BYTES));
  }

  /**
   * After a session was opened: the datagrams that waited for it, for the caller to hand in again, one by one.
   * The sender's `repairPercent` is for the headroom samples, its last repeat for how long an incomplete frame is kept.
   */
  handleSession(session: Session, link: RepeatPlan): readonly Buffer[] {
    this.#repairPercent = link.repairPercent;
    this.#table.handleLastRepeat(link.repeatAfterMs.at(-1) ?? 0);
    return this.#waiting.take(session.handle);
  }

  /** Gives up what is too old; then, one by one, the frames that are complete. */
  poll(nowMs: number): AssembledFrame | undefined {
    this.#table.expire(nowMs);
    this.#countEvicted();
    return this.#assembled.shift();
  }

  nextDeadlineMs(): number | undefined {
    return this.#assembled.length > 0 ? 0 : this.#table.nextDeadlineMs();
  }

  /** When a symbol of a wanted frame last came, by the caller's `nowMs`: the sender is still at it. 0 before the first. */
  get lastWantedMs(): number {
    return this.#lastWantedMs;
  }

  /** Blocks of the frames that are in memory and not complete: at most `maxBlocks`. */
  get openBlocks(): number {
    return this.#table.blocks;
  }

  /** Bytes of memory that these frames take: at most `maxBlockBytes`. */
  get heldBytes(): number {
    return this.#table.heldBytes;
  }

  /** What lies on disk for want of memory; undefined without `scratch`. */
  get spilled(): BlockTable['spilled'] {
    return this.#table.spilled;
  }

  /** Datagrams that wait for the hello of their session. */
  get waitingDatagrams(): number {
    return this.#waiting.size;
  }

  /** All of these, of now. */
  get holdings(): AssemblerHoldings {
    const { waitingDatagrams, openBlocks, heldBytes, spilled } = this;
    return {
      waitingDatagrams,
      openBlocks,
      heldBytes,
      spilled: spilled && { blocks: spilled.blocks, bytes: spilled.bytes, counts: { ...spilled.counts } },
    };
  }

  #handleSymbol(nowMs: number, session: Session, header: DatagramPlace, bytes: Buffer): DatagramOutcome {
    const geometry = symbolGeometry(header, bytes.length);
    if (geometry === 'geometry') return 'geometry';
    const { epoch } = session;
    const { sequence, frameBytes, blockIndex, symbolIndex, repairCapacity } = header;
    if (!this.#filter.wanted({ epoch, sequence, frameBytes })) return 'unneeded';
    const assembly = this.#table.assembly(nowMs, { epoch, sequence, geometry });
    if (assembly === undefined) return 'unneeded';
    this.#lastWantedMs = nowMs;
    const heldBefore = assembly.heldBytes;
    const outcome = assembly.handleSymbol({ blockIndex, symbolIndex, repairCapacity, bytes }, this.#decoder);
    this.#table.handleChange(nowMs, assembly, heldBefore);
    this.#countEvicted();
    if (outcome === 'duplicate' || outcome === 'unneeded') return outcome;
    if (outcome === 'failed') this.#onBlock(this.#sample(header.sourceCount, 0, 'failed'));
    if (outcome === 'complete') this.#handleComplete(nowMs, assembly);
    return 'accepted';
  }

  #handleComplete(nowMs: number, assembly: FrameAssembly): void {
    const { sourceCount, missingSymbols } = assembly.lastResult as NonNullable<FrameAssembly['lastResult']>;
    this.#onBlock(this.#sample(sourceCount, missingSymbols, missingSymbols === 0 ? 'source-complete' : 'recovered'));
    if (!assembly.isComplete) return;
    this.#table.complete(nowMs, assembly);
    this.#assembled.push({ epoch: assembly.epoch, sequence: assembly.sequence, bytes: assembly.bytes });
  }

  #countEvicted(): void {
    for (const assembly of this.#table.takeEvicted()) {
      const { epoch, sequence, geometry } = assembly;
      // Another cut of the frame was completed meanwhile: nothing is lost with this one.
      if (!this.#filter.wanted({ epoch, sequence, frameBytes: geometry.frameBytes })) continue;
      for (const { sourceCount, missingSymbols } of assembly.unfinished) {
        const budget = repairCount(sourceCount, this.#repairPercent);
        this.#onBlock(this.#sample(sourceCount, missingSymbols + budget, 'evicted'));
      }
    }
  }

  #sample(sourceCount: number, missingSymbols: number, outcome: BlockSample['outcome']): BlockSample {
    return { missingSymbols, repairBudgetSymbols: repairCount(sourceCount, this.#repairPercent), outcome };
  }
}
