/** The intake's figures as metrics and `status` read them. */

import { hex } from '../../src/crypto/hex.ts';
import type { HelloBody } from '../../src/wire/hello.ts';
import type { Gate } from '../gate/gate.ts';
import type { StreamHalt } from '../gate/stream-halt.ts';
import type { AssemblerHoldings, DatagramOutcome } from './assembler.ts';
import type { AssemblerFigures } from './assembler-messages.ts';
import type { IntakeCounters } from './intake-counters.ts';
import type { IntakeStatus } from './intake-observer.ts';
import type { LineWatchStatus } from './line-watch.ts';
import type { LinkStatus } from './link-watch.ts';
import type { Refusing } from './store-capacity.ts';
import type { TrustedTime } from './trusted-time.ts';

const NO_SPILLS = { written: 0, returned: 0, refused: 0, failed: 0 };

/** `lastHelloMs` is monotonic as `nowMs`; `haltedAtMs` is of the wall clock. */
export interface IntakeParts {
  readonly nowMs: number;
  readonly counters: IntakeCounters;
  readonly gate: Gate;
  readonly assembler: AssemblerHoldings;
  /** What the link's thread counted. */
  readonly elsewhere: Pick<AssemblerFigures, 'datagrams' | 'datagramBytes' | 'recalledDatagrams'> | undefined;
  readonly time: TrustedTime;
  readonly unknownKeyFrames: number;
  readonly refusing: Refusing | undefined;
  readonly hello: HelloBody | undefined;
  readonly lastHelloMs: number | undefined;
  readonly haltedAtMs: number | undefined;
  readonly link: LinkStatus;
  readonly line: LineWatchStatus;
}

export function intakeStatus(parts: IntakeParts): IntakeStatus {
  const { nowMs, counters, assembler, elsewhere, hello, lastHelloMs, refusing, unknownKeyFrames } = parts;
  const { datagramBytes, recalledDatagrams, recoveredSymbols } = counters;
  const { reason, offsetMs, isTrusted, vouched } = parts.time;
  return {
    datagrams: sum(counters.datagrams, elsewhere?.datagrams),
    datagramBytes: datagramBytes + (elsewhere?.datagramBytes ?? 0),
    recalledDatagrams: recalledDatagrams + (elsewhere?.recalledDatagrams ?? 0),
    waitingDatagrams: assembler.waitingDatagrams,
    hellos: { ...counters.hellos },
    controls: { ...counters.controls },
    frames: { ...counters.frames },
    blocks: { ...counters.blocks },
    recoveredSymbols,
    openBlocks: assembler.openBlocks,
    openBlockBytes: assembler.heldBytes,
    diskBlocks: assembler.spilled?.blocks ?? 0,
    diskBlockBytes: assembler.spilled?.bytes ?? 0,
    spills: { ...(assembler.spilled?.counts ?? NO_SPILLS) },
    unknownKeyFrames,
    link: parts.link,
    line: parts.line,
    gate: gateStatus(parts.gate, parts.haltedAtMs),
    ...(hello && { session: { number: hello.sessionNumber, id: hex(hello.sessionId), link: hello.link } }),
    ...(lastHelloMs !== undefined && { lastHelloAgeMs: nowMs - lastHelloMs }),
    clock: {
      isTrusted,
      ...(reason && { reason }),
      ...(offsetMs !== undefined && { offsetMs }),
      ...(vouched && { vouched }),
    },
    accepting: refusing
      ? { isAccepting: false, reason: refusing.reason, sinceMs: refusing.sinceMs }
      : { isAccepting: true },
  };
}

type DatagramCounts = Readonly<Record<DatagramOutcome, number>>;

function sum(own: DatagramCounts, other: DatagramCounts | undefined): DatagramCounts {
  if (other === undefined) return { ...own };
  const counts = Object.entries(own).map(([outcome, count]) => [outcome, count + other[outcome as DatagramOutcome]]);
  return Object.fromEntries(counts) as DatagramCounts;
}

function gateStatus(gate: Gate, haltedAtMs: number | undefined): IntakeStatus['gate'] {
  const { epoch, epochId, sequence, digest, gaps, lost, halt } = gate.state;
  const { headSequence, heldFrames, heldBytes } = gate;
  return {
    epoch,
    epochId: hex(epochId),
    sequence,
    digest: hex(digest),
    heldFrames,
    heldBytes,
    gaps: gaps.map(({ from, to, sinceMs }) => ({ from, to, sinceMs })),
    ...(lost && { lost }),
    ...(headSequence !== undefined && { headSequence }),
    ...(halt && { halted: haltStatus(halt, haltedAtMs ?? 0) }),
  };
}

function haltStatus(
  { reason, seen, cure, offer }: StreamHalt,
  sinceMs: number,
): NonNullable<IntakeStatus['gate']['halted']> {
  return {
    reason,
    seen,
    cure,
    sinceMs,
    ...(offer && { offeredEpoch: { epoch: offer.epoch, epochId: hex(offer.epochId) } }),
  };
}
