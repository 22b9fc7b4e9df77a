/** Which frames an export is to have: from what was typed, and by a snapshot that is framed for it. */
import { openAuditLog } from '../../src/cli/audit-logs.ts';
import { auditCommand } from '../../src/cli/command-audit.ts';
import { isRunning, takeRunLock } from '../../src/cli/directory.ts';
import { askProgram } from '../../src/cli/operator-request.ts';
import { startProgress } from '../../src/cli/progress-bar.ts';
import type { DirectoryLayout } from '../../src/config/directory-layout.ts';
import type { SenderConfig } from '../../src/config/sender-config.ts';
import { parseTickets } from '../../src/config/ticket-form.ts';
import { exportedOf, readExported } from '../../src/media/exported-record.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { waitClock } from '../../src/ops/wait-clock.ts';
import type { Store } from '../../src/store/database.ts';
import type { FrameRun } from '../../src/wire/frame-runs.ts';
import { backupTakenAtMs, lastEpoch } from '../journal/epoch-start.ts';
import { openSenderStore, readSenderStore } from '../sender-store.ts';
import type { SenderKeys } from '../trust/own-card.ts';
import type { ExportChoice } from './export-plan.ts';
import { awaitCycle, frameCycle, placeBefore } from './snapshot-export.ts';

/** As it was typed. */
export interface ChoiceOptions {
  readonly since?: number;
  readonly ticket?: readonly string[];
  readonly snapshot?: boolean;
  readonly sourceIsRead?: boolean;
}

export interface ChoiceJob {
  readonly layout: DirectoryLayout;
  readonly config: SenderConfig;
  readonly options: ChoiceOptions;
  readonly signal: AbortSignal;
}

/** Throws DiodeErrors of tickets, of the snapshot, `usage` and `interrupted`. */
export async function chooseFrames(job: ChoiceJob, keys: SenderKeys): Promise<ExportChoice> {
  const { layout, options } = job;
  const asked = [options.since !== undefined, options.ticket !== undefined, options.snapshot === true];
  if (asked.filter(Boolean).length > 1) {
    throw new DiodeError('usage', '--since, --ticket and --snapshot exclude each other.', 'Make a bundle for each.');
  }
  if (options.since !== undefined) return { kind: 'since', sinceMs: options.since };
  if (options.ticket !== undefined) return { kind: 'tickets', tickets: parseTickets(options.ticket) };
  if (options.snapshot) return { kind: 'run', run: await snapshotRun(job, keys) };
  const epochId = onStore(layout, (store) => lastEpoch(store)?.epochId) ?? new Uint8Array();
  return { kind: 'new', exported: exportedOf(readExported(layout.exported), Buffer.from(epochId).toString('hex')) };
}

/** The frames of a cycle that begins now. */
async function snapshotRun(job: ChoiceJob, keys: SenderKeys): Promise<FrameRun> {
  const { layout, config, options, signal } = job;
  const isSourceRead = options.sourceIsRead === true;
  let text = '';
  const bar = startProgress('Snapshot', undefined, () => text);
  const onProgress = (seen: string) => {
    text = seen;
    bar.update(0);
  };
  try {
    if (isRunning(layout)) {
      const before = onStore(layout, placeBefore);
      const request = { kind: 'snapshot', body: { isSourceRead } };
      const asked = askProgram(layout, request, { event: 'command-snapshot', isSourceRead });
      const store = readSenderStore(layout.store);
      const wait = { isRunning: () => isRunning(layout), onProgress, signal, clock: waitClock(signal) };
      return await awaitCycle(store, { ...before, request: asked.request }, wait).finally(() => store.close());
    }
    const lock = takeRunLock('diode-sender', layout);
    try {
      auditCommand(layout, { event: 'command-snapshot', isSourceRead });
      return frameHere(layout, config, keys, { isSourceRead, onProgress, signal });
    } finally {
      lock.release();
    }
  } finally {
    bar.end();
  }
}

function frameHere(
  layout: DirectoryLayout,
  config: SenderConfig,
  keys: SenderKeys,
  options: Parameters<typeof frameCycle>[3],
): FrameRun {
  const store = openSenderStore(layout.store);
  const audit = openAuditLog(layout, 'program', Date.now());
  try {
    if (backupTakenAtMs(store) !== undefined) {
      const seen = 'This journal is a backup: the sender may have sent more since.';
      throw new DiodeError('epoch-due', seen, 'Make sure that no other copy runs, then: diode-sender new-epoch DIR');
    }
    return frameCycle(store, audit, { config, keys, path: layout.store }, options);
  } finally {
    audit.close();
    store.close();
  }
}

function onStore<T>(layout: DirectoryLayout, work: (store: Store) => T): T {
  const store = readSenderStore(layout.store);
  try {
    return work(store);
  } finally {
    store.close();
  }
}
