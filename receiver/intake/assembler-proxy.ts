/**
 * assembler host ─► **assembler proxy** ─► intake
 *
 * The assembler as the thread that decides knows it: frames come in reports, and what the gate wants, whether there is room and
 * which sessions are open goes out in orders.
 */
import { isDeepStrictEqual } from 'node:util';
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import type { Gate } from '../gate/gate.ts';
import {
  type AssembledFrame,
  type AssemblerHoldings,
  DATAGRAM_OUTCOMES,
  type FrameSource,
  type RepeatPlan,
} from './assembler.ts';
import type {
  AssemblerFigures,
  AssemblerOrder,
  AssemblerReport,
  ReportMemory,
  WantedState,
} from './assembler-messages.ts';
import type { FrameFilter, WantedPlaces } from './frame-filter.ts';
import { zeros } from './intake-counters.ts';
import type { Session } from './session-table.ts';

const NO_FIGURES: AssemblerFigures = {
  datagrams: zeros(DATAGRAM_OUTCOMES),
  datagramBytes: 0,
  recalledDatagrams: 0,
  waitingDatagrams: 0,
  openBlocks: 0,
  heldBytes: 0,
  spilled: undefined,
  pauses: 0,
};

const NOTHING: ReportMemory = { frameBytes: 0, deskBytes: 0 };

export class AssemblerProxy implements FrameSource {
  readonly #post: (order: AssemblerOrder) => void;
  readonly #frames: AssembledFrame[] = [];
  #figures = NO_FIGURES;
  #taken = NOTHING;
  #told: WantedPlaces | undefined;
  #isAcceptingTold = true;
  /** That the gate was given since its state was told. */
  #given: Parameters<FrameFilter['wanted']>[0][] = [];

  constructor(post: (order: AssemblerOrder) => void) {
    this.#post = post;
  }

  /** Its frames are there for `poll`; it is taken when the caller returns to its loop. */
  handleReport(report: AssemblerReport): void {
    this.#figures = report.figures;
    this.#frames.push(...report.frames);
    const { frameBytes, deskBytes } = report.memory;
    this.#taken = { frameBytes: this.#taken.frameBytes + frameBytes, deskBytes: this.#taken.deskBytes + deskBytes };
  }

  /** The frames that are complete, one by one. */
  poll(): AssembledFrame | undefined {
    return this.#frames.shift();
  }

  /** The gate was given this frame, from wherever: the other thread need not put it together again. */
  handleFrame(frame: Parameters<FrameFilter['wanted']>[0]): void {
    this.#given.push(frame);
  }

  /** After the gate was told of the session's epoch. */
  handleSession(session: Session, link: RepeatPlan, gate: Gate): void {
    this.#tell({
      wanted: this.#wanted(gate),
      session: { opened: session.opened, link },
    });
  }

  /** Tells what changed since the last time. */
  handleDecided(gate: Gate, isAccepting: boolean): void {
    const isNew = this.#given.length > 0 || !isDeepStrictEqual(this.#told, gate.wantedState);
    if (!isNew && !this.#hasTaken(1) && isAccepting === this.#isAcceptingTold) return;
    this.#isAcceptingTold = isAccepting;
    this.#tell({ isAccepting, ...(isNew && { wanted: this.#wanted(gate) }) });
  }

  /** Where much is taken before the next decision: lets the other thread go on. */
  handleTaken(): void {
    const { maxReportedBytes, maxReportedDeskBytes } = RECEIVER_LIMITS;
    if (this.#hasTaken(maxReportedBytes / 4, maxReportedDeskBytes / 4)) this.#tell({});
  }

  get holdings(): AssemblerHoldings {
    return this.#figures;
  }

  get figures(): AssemblerFigures {
    return this.#figures;
  }

  nextDeadlineMs(): number | undefined {
    return this.#frames.length > 0 ? 0 : undefined;
  }

  #tell(order: AssemblerOrder): void {
    const taken = this.#taken;
    const hasTaken = this.#hasTaken(1);
    this.#taken = NOTHING;
    this.#post({ ...order, ...(hasTaken && { taken }) });
  }

  #hasTaken(leastFrameBytes: number, leastDeskBytes = leastFrameBytes): boolean {
    return this.#taken.frameBytes >= leastFrameBytes || this.#taken.deskBytes >= leastDeskBytes;
  }

  /** The first time all that the gate knows, then what it came to know since. */
  #wanted(gate: Gate): WantedState {
    const known = this.#told === undefined ? gate.knownFrames : this.#given.filter((frame) => gate.knows(frame));
    this.#given = [];
    this.#told = gate.wantedState;
    return { ...this.#told, known };
  }
}
