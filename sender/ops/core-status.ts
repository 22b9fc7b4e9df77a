/** What of SenderStatus the core knows: counters and gauges read from its stages, no SQL but one look into an index. */
import { hex } from '../../src/crypto/hex.ts';
import type { SenderCore } from '../core.ts';
import type { TrustAnnouncer } from '../transmit/trust-announcer.ts';
import type { CarriedTrust } from '../trust/carried-trust.ts';
import type { CarriedTrustStatus, JournalStatus, SenderStatus, SnapshotStatus } from './sender-observer.ts';

type CoreStatus = Pick<
  SenderStatus,
  | 'paused'
  | 'epoch'
  | 'head'
  | 'records'
  | 'recordBytes'
  | 'reverted'
  | 'frames'
  | 'frameBytes'
  | 'datagrams'
  | 'wireBytes'
  | 'repeats'
  | 'resends'
  | 'trust'
> & { readonly journal: JournalStatus; readonly hello: SenderStatus['hello']; readonly snapshot: SnapshotStatus };

export function coreStatus(core: SenderCore, nowMs: number): CoreStatus {
  const { journal, totals, transmitter, announcer, outlet } = core;
  const { lastMs } = announcer;
  return {
    ...(core.pause.current && { paused: core.pause.current }),
    epoch: { number: journal.epoch.number, id: hex(journal.epoch.id) },
    head: {
      sequence: journal.head.sequence,
      digest: hex(journal.head.digest),
      oldestSequence: journal.head.oldestSequence,
    },
    records: { ...totals.records },
    recordBytes: totals.recordBytes,
    reverted: { ...totals.reverted },
    frames: { ...totals.frames },
    frameBytes: totals.frameBytes,
    datagrams: { ...outlet.datagrams },
    wireBytes: { ...outlet.wireBytes },
    repeats: {
      done: totals.frames.repeated,
      skipped: transmitter.skippedRepeatCount,
      waiting: transmitter.waitingRepeatCount,
    },
    resends: { ...totals.resends, waiting: journal.resends.waitingFrames },
    journal: journalStatus(core),
    snapshot: snapshotStatus(core),
    ...(core.carried && { trust: carriedStatus(core.carried, core.trustAnnouncer, nowMs) }),
    hello: {
      counter: announcer.counter,
      intervalMs: announcer.intervalMs,
      ...(lastMs !== undefined && { lastAgeMs: nowMs - lastMs }),
    },
  };
}

/** Of the queue between source and journal; the pipeline adds what the source itself tells. */
export function queueStatus(core: SenderCore, nowMs: number) {
  const { queue, totals } = core;
  const { lineNumber, position } = totals;
  const { oldestArrivedMs } = queue;
  return {
    lines: { ...totals.lines },
    refusedByCode: { ...totals.refusedByCode },
    ...(lineNumber !== undefined && { lineNumber }),
    ...(position !== undefined && { position }),
    queuedLines: queue.lineCount,
    queuedBytes: queue.byteCount,
    ...(oldestArrivedMs !== undefined && { oldestQueuedAgeMs: nowMs - oldestArrivedMs }),
  };
}

function journalStatus({ journal, totals }: SenderCore): JournalStatus {
  const oldestUnsentAtMs = journal.oldestUnsentAtMs();
  return {
    ...journal.depth,
    maxBytes: journal.maxBytes,
    unsentFrames: journal.unsent.frames,
    unsentRecords: journal.unsent.records,
    unsentBytes: journal.unsent.bytes,
    ...(oldestUnsentAtMs !== undefined && { oldestUnsentAtMs }),
    isFull: journal.isFull,
    prunedFrames: totals.prunedFrames,
  };
}

function snapshotStatus({ snapshots, trust }: SenderCore): SnapshotStatus {
  const { cycle, place, nextPart, endedCycle, endedParts, endedAtMs } = snapshots.state;
  return {
    cycle,
    isUnderWay: place !== undefined,
    parts: place === undefined ? 0 : nextPart,
    waitsForSource: snapshots.waitsForSource,
    ...(endedAtMs !== undefined && { whole: { cycle: endedCycle, parts: endedParts, endedAtMs } }),
    ...trust.counts,
  };
}

function carriedStatus(
  { bundle, roots }: CarriedTrust,
  { passes, lastMs }: TrustAnnouncer,
  nowMs: number,
): CarriedTrustStatus {
  const { version, root, expiresMs } = bundle;
  return {
    bundle: { version, root, expiresAtMs: expiresMs },
    roots,
    passes,
    ...(lastMs !== undefined && { lastAgeMs: nowMs - lastMs }),
  };
}
