/** What receiver.db tells while no receiver runs, read without changing it. */
import { existsSync } from 'node:fs';
import type { DirectoryLayout } from '../../src/config/directory-layout.ts';
import type { Store } from '../../src/store/database.ts';
import { type Pause, readPause } from '../../src/store/operator-pause.ts';
import type { GateState } from '../gate/gate.ts';
import { readGate } from '../gate/gate-store.ts';
import { decodeProgress, type Progress } from '../publish/progress.ts';
import { readReceiverStore } from '../receiver-store.ts';
import { knownStream } from '../trust/own-card.ts';
import { readWitness } from '../witness/witness-table.ts';
import { type WitnessStatus, witnessStatus } from '../witness/witness-view.ts';

export interface OfflineReceiverStatus {
  readonly boundary: string;
  /** Absent while no sender is trusted. */
  readonly stream?: string;
  readonly paused?: Pause;
  /** Absent before the first hello. */
  readonly gate?: {
    readonly epoch: number;
    readonly epochId: string;
    readonly halted?: { readonly reason: string; readonly seen: string; readonly cure: string };
  };
  readonly spool: { readonly frames: number; readonly records: number; readonly bytes: number };
  /** As of the last applied commit; absent before the first. */
  readonly progress?: Progress;
  /** Absent before the first checkpoint of the sender's audit log. */
  readonly senderLog?: WitnessStatus;
}

/** Throws DiodeError `store-older`, or `store-damaged` or `disk-failed` where it cannot be read. */
export function readOfflineStatus(
  layout: DirectoryLayout,
  { boundary }: { readonly boundary: string },
): OfflineReceiverStatus {
  const stream = knownStream(layout);
  const about = { boundary, ...(stream !== undefined && { stream }) } as const;
  if (!existsSync(layout.store)) return { ...about, spool: { frames: 0, records: 0, bytes: 0 } };
  const store = readReceiverStore(layout.store);
  try {
    return { ...about, ...read(store) };
  } finally {
    store.close();
  }
}

function read(store: Store): Pick<OfflineReceiverStatus, 'spool' | 'progress' | 'paused' | 'gate' | 'senderLog'> {
  const spool = store
    .prepare(
      `SELECT count(*) AS frames, coalesce(sum(record_count), 0) AS records, coalesce(sum(frame_bytes), 0) AS bytes
       FROM spool`,
    )
    .get() as OfflineReceiverStatus['spool'];
  const row = store.prepare('SELECT progress FROM published').get() as { progress: Buffer } | undefined;
  const progress = row && decodeProgress(row.progress);
  const paused = readPause(store);
  const { state } = readGate(store);
  const witness = readWitness(store);
  return {
    spool,
    ...(state && { gate: gateOf(state) }),
    ...(progress && { progress }),
    ...(paused && { paused }),
    ...(witness && { senderLog: witnessStatus(witness) }),
  };
}

function gateOf({ epoch, epochId, halt }: GateState): NonNullable<OfflineReceiverStatus['gate']> {
  const { reason, seen, cure } = halt ?? {};
  const halted = reason !== undefined && seen !== undefined && cure !== undefined ? { reason, seen, cure } : undefined;
  return { epoch, epochId: Buffer.from(epochId).toString('hex'), ...(halted && { halted }) };
}
