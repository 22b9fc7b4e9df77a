/** What metrics and logs hear of the intake. Nothing here names a subject, and nothing may throw. */
import type { AuditEvent } from '../../src/audit/audit-log.ts';
import type { LinkParameters } from '../../src/wire/hello.ts';
import type { Gap } from '../gate/gap-set.ts';
import type { GateOutcome } from '../gate/gate.ts';
import type { LostFrames } from '../gate/lost-frames.ts';
import type { HaltReason } from '../gate/stream-halt.ts';
import type { BlockSample, DatagramOutcome } from './assembler.ts';
import type { ControlOutcome } from './control-desk.ts';
import type { FrameRefusal } from './frame-verifier.ts';
import type { HelloOutcome } from './hello-desk.ts';
import type { FullReason } from './intake-store.ts';
import type { LineWatchStatus } from './line-watch.ts';
import type { LinkStatus } from './link-watch.ts';
import type { SpillCounts } from './spilled-frames.ts';
import type { ClockEvent, ClockReason, Vouching } from './trusted-time.ts';

/** `unneeded`: when it was put together, nobody wanted it any more. */
export type FrameOutcome = GateOutcome | FrameRefusal | FullReason | 'unknown-key-expired' | 'unneeded';

/** As in the audit log; `event` names it. Those that are not audited: hello-refused, frame-held-full, session-restored. */
export type IntakeEvent = AuditEvent;

export interface FrameSample {
  readonly frames: number;
  readonly records: number;
  readonly bytes: number;
}

export interface IntakeObserver {
  /** Histogram: missing symbols against the repair budget (headroom). */
  blockCompleted(sample: BlockSample): void;
  /** Durable now: wakes the publisher. No frames: the revocations of one that waits. */
  framesSpooled(sample: FrameSample): void;
  /** Wall clock less the frame's creation, when it was released. */
  frameReleased(sample: { readonly ageMs: number; readonly isHealed: boolean }): void;
  clockChanged(event: ClockEvent): void;
  event(event: IntakeEvent): void;
}

/** Counters rise for ever from the start of the program. Ids and digests are hex. */
export interface IntakeStatus {
  readonly datagrams: Readonly<Record<DatagramOutcome, number>>;
  readonly datagramBytes: number;
  /** Counted twice above: first as `session`, then, once their hello had come, by what became of them. */
  readonly recalledDatagrams: number;
  readonly waitingDatagrams: number;
  readonly hellos: Readonly<Record<HelloOutcome, number>>;
  /** Control objects that came whole, or were given up. */
  readonly controls: Readonly<Record<ControlOutcome, number>>;
  readonly frames: Readonly<Partial<Record<FrameOutcome, number>>>;
  readonly blocks: Readonly<Record<BlockSample['outcome'], number>>;
  readonly recoveredSymbols: number;
  readonly openBlocks: number;
  readonly openBlockBytes: number;
  readonly diskBlocks: number;
  readonly diskBlockBytes: number;
  /** Frames that memory had no room for, by what became of them. */
  readonly spills: SpillCounts;
  readonly unknownKeyFrames: number;
  readonly gate: {
    readonly epoch: number;
    readonly epochId: string;
    readonly sequence: number;
    readonly digest: string;
    readonly heldFrames: number;
    readonly heldBytes: number;
    readonly gaps: readonly Pick<Gap, 'from' | 'to' | 'sinceMs'>[];
    /** Closed unhealed, and not made good since. */
    readonly lost?: LostFrames;
    /** Of the sender's journal, as of the last hello. */
    readonly headSequence?: number;
    readonly halted?: {
      readonly reason: HaltReason;
      readonly seen: string;
      readonly cure: string;
      readonly sinceMs: number;
      /** It waits for \`accept-epoch\`. */
      readonly offeredEpoch?: { readonly epoch: number; readonly epochId: string };
    };
  };
  readonly session?: { readonly number: number; readonly id: string; readonly link: LinkParameters };
  readonly link: LinkStatus;
  /** Of a serial line: what was not understood. */
  readonly line: LineWatchStatus;
  /** Accepted; by the monotonic clock; absent before the first of this run. */
  readonly lastHelloAgeMs?: number;
  readonly clock: {
    readonly isTrusted: boolean;
    /** What contradicts it; also where it is trusted on an operator's word. */
    readonly reason?: ClockReason;
    readonly offsetMs?: number;
    readonly vouched?: Vouching;
  };
  readonly accepting: { readonly isAccepting: boolean; readonly reason?: FullReason; readonly sinceMs?: number };
}
