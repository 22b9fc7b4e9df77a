/**
 * A whole snapshot cycle for a bundle: framed by the sender that runs here, in its share of the rate, or by this process
 * where none runs. Afterwards its frames are in the journal as any others.
 */
import { randomBytes } from 'node:crypto';
import type { AuditLog } from '../../src/audit/audit-log.ts';
import type { SenderConfig } from '../../src/config/sender-config.ts';
import { MEDIA_LIMITS } from '../../src/limits.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import type { WaitClock } from '../../src/ops/wait-clock.ts';
import type { Store } from '../../src/store/database.ts';
import { EPOCH_ID_BYTES } from '../../src/wire/frame.ts';
import type { FrameRun } from '../../src/wire/frame-runs.ts';
import { lastEpoch } from '../journal/epoch-start.ts';
import { FrameSigner } from '../journal/frame-signer.ts';
import { Journal } from '../journal/journal.ts';
import { SubjectState } from '../journal/subject-state.ts';
import { TrustState } from '../journal/trust-state.ts';
import { SenderAudit } from '../ops/sender-audit.ts';
import { SnapshotCycle } from '../snapshot/snapshot-cycle.ts';
import { readCycle } from '../snapshot/snapshot-store.ts';
import type { SenderKeys } from '../trust/own-card.ts';
import { fixedKey } from '../trust/signing-keys.ts';

export interface CycleOptions {
  readonly isSourceRead: boolean;
  /** How far it is, or what it waits for. */
  readonly onProgress: (text: string) => void;
  readonly signal: AbortSignal;
}

/** A cycle that was asked for, and where the journal stood before that. */
export interface AskedCycle {
  readonly request: string;
  readonly head: number;
  readonly cycle: number;
}

export interface CycleWait extends Omit<CycleOptions, 'isSourceRead'> {
  isRunning(): boolean;
  readonly clock: WaitClock;
}

/** Where a cycle that is asked for now begins behind. In this order: a cycle that begins between the two is not taken for it. */
export function placeBefore(store: Store): Omit<AskedCycle, 'request'> {
  const head = lastEpoch(store)?.sequence ?? 0;
  return { head, cycle: readCycle(store).cycle };
}

/**
 * Waits until the sender that runs has framed a whole cycle that began behind `asked`: any is as good as the one asked for,
 * which a later request replaces. Throws DiodeErrors `epoch-due`, `interrupted`, and `not-running` where the sender ended and
 * was not started again soon.
 */
export async function awaitCycle(
  store: Store,
  asked: AskedCycle,
  { isRunning, onProgress, signal, clock }: CycleWait,
): Promise<FrameRun> {
  let ranMs = clock.nowMs();
  for (;;) {
    if (signal.aborted) throw interrupted();
    // Before the look at the store: a sender that ended may have framed its last part just then.
    const runs = isRunning();
    const state = readCycle(store);
    if (state.endedCycle > asked.cycle) break;
    if (state.request === asked.request && state.needsSourceEnd) throw sourceIsNotRead();
    const nowMs = clock.nowMs();
    if (runs) ranMs = nowMs;
    if (nowMs >= ranMs + MEDIA_LIMITS.restartMs) throw senderEnded();
    const isBegun = state.cycle > asked.cycle && state.place !== undefined;
    if (!runs) onProgress('the sender ended: waits for its restart');
    else
      onProgress(isBegun ? partText(state.nextPart, state.endedParts) : 'waits for the sender to begin it (paused?)');
    await clock.wait(MEDIA_LIMITS.importLookMs);
  }
  return { from: asked.head + 1, to: lastEpoch(store)?.sequence ?? asked.head };
}

/** Frames a cycle here. The caller holds the run lock. */
export function frameCycle(
  store: Store,
  audit: AuditLog,
  { config, keys, path }: { readonly config: SenderConfig; readonly keys: SenderKeys; readonly path: string },
  { isSourceRead, onProgress, signal }: CycleOptions,
): FrameRun {
  const wallMs = Date.now();
  const repeatCount = config.link.repeatAfterMs.length;
  const options = { path, maxBytes: config.journal.maxBytes, repeatCount };
  const journal = new Journal(store, wallMs, randomBytes(EPOCH_ID_BYTES), options);
  const log = new SenderAudit(audit, journal);
  log.handleUnaudited(wallMs);
  const state = new SubjectState(store);
  const trust = new TrustState(store);
  const cycle = new SnapshotCycle(0, wallMs, {
    store,
    journal,
    signer: new FrameSigner({ ...config, keys: fixedKey(keys.signing) }),
    state: {
      liveFrom: (firstKey) => state.liveFrom(firstKey),
      after: (stage, place, atMs) => trust.after(stage, place, atMs),
    },
    schedule: { intervalHours: 0, ratePercent: 100 },
    link: config.link,
    overheadBytes: 0,
    maxBodyBytes: config.packer.batchBodyBytes,
  });
  cycle.handleRequest(randomBytes(8).toString('hex'), { isSourceRead });
  if (cycle.waitsForSource) throw sourceIsNotRead();
  const from = journal.head.sequence + 1;
  const { endedParts } = cycle.state;
  for (let parts = 1; ; parts++) {
    if (signal.aborted) throw interrupted();
    const framed = cycle.framePart(0, Date.now());
    log.handlePart(Date.now(), framed);
    onProgress(partText(parts, endedParts));
    if (framed.part.last) return { from, to: framed.frame.sequence };
  }
}

/** How many there are is known at the last one alone: of the state, that grew or shrank since the cycle before. */
function partText(parts: number, lastParts: number): string {
  return lastParts === 0 ? `part ${parts}` : `part ${parts}; the last snapshot had ${lastParts}`;
}

function senderEnded(): DiodeError {
  return new DiodeError(
    'not-running',
    'The sender ended before it framed the snapshot, and was not started again.',
    'Nothing was written to the media; export once more: the snapshot is framed without it too.',
  );
}

function sourceIsNotRead(): DiodeError {
  const seen = 'This sender does not know yet whether its source has said everything: a snapshot could lack subjects.';
  const cure = 'Let it run until the source was read to its end, or answer for it: --source-is-read.';
  return new DiodeError('epoch-due', seen, cure);
}

function interrupted(): DiodeError {
  return new DiodeError(
    'interrupted',
    'The export was interrupted before the snapshot was framed.',
    'Nothing was written to the media; run it again.',
  );
}
