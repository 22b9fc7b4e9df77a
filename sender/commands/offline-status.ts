/** What the journal tells while no sender runs, read without changing it. */

import { existsSync } from 'node:fs';
import type { DirectoryLayout } from '../../src/config/directory-layout.ts';
import { type Pause, readPause } from '../../src/store/operator-pause.ts';
import { type RevertProgress, readLastRevert } from '../revert/revert-table.ts';
import { readSenderStore } from '../sender-store.ts';

export interface OfflineSenderStatus {
  readonly boundary: string;
  readonly stream: string;
  readonly paused?: Pause;
  /** Absent before the first run. */
  readonly epoch?: { readonly number: number; readonly id: string };
  readonly head?: { readonly sequence: number; readonly digest: string; readonly oldestSequence: number };
  readonly journal: OfflineJournal;
  /** The one asked for last. */
  readonly revert?: RevertProgress;
}

interface OfflineJournal {
  readonly frames: number;
  readonly records: number;
  readonly bytes: number;
  readonly unsentFrames: number;
}

interface EpochRow {
  readonly number: number;
  readonly id: Buffer;
  readonly sequence: number;
  readonly digest: Buffer;
}

/** Throws DiodeError `store-older`, and `store-damaged` or `disk-failed` where the journal cannot be read. */
export function readOfflineStatus(
  layout: DirectoryLayout,
  { boundary, stream }: { readonly boundary: string; readonly stream: string },
): OfflineSenderStatus {
  const nothing = { frames: 0, records: 0, bytes: 0, unsentFrames: 0 };
  const about = { boundary, stream } as const;
  if (!existsSync(layout.store)) return { ...about, journal: nothing };
  const store = readSenderStore(layout.store);
  try {
    const paused = readPause(store);
    const revert = readLastRevert(store);
    const epoch = store.prepare('SELECT * FROM epoch ORDER BY number DESC LIMIT 1').get() as EpochRow | undefined;
    if (epoch === undefined) return { ...about, journal: nothing };
    const totals = store
      .prepare(
        `SELECT count(*) AS frames, coalesce(sum(records), 0) AS records, coalesce(sum(bytes), 0) AS bytes,
                coalesce(min(sequence), 0) AS oldest,
                count(*) FILTER (WHERE sequence > coalesce((SELECT sequence FROM pass WHERE epoch = @epoch AND pass = 1), 0))
                  AS unsentFrames
         FROM frame WHERE epoch = @epoch`,
      )
      .get({ epoch: epoch.number }) as OfflineJournal & { readonly oldest: number };
    const { oldest, ...journal } = totals;
    return {
      ...about,
      ...(paused && { paused }),
      ...(revert && { revert }),
      epoch: { number: epoch.number, id: epoch.id.toString('hex') },
      head: { sequence: epoch.sequence, digest: epoch.digest.toString('hex'), oldestSequence: oldest },
      journal,
    };
  } finally {
    store.close();
  }
}
