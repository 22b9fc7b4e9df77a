/**
 * A whole snapshot cycle for a bundle: framed by the sender that runs here, in its share of the rate, or by this process
 * where none runs. Afterwards its frames are in the journal as any others.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { AuditLog } from '../src/audit/audit-log.ts';
import type { SenderConfig } from '../src/config/sender-config.ts';
import { MEDIA_LIMITS } from '../src/limits.ts';
import { DiodeError } from '../src/ops/diode-error.ts';
import type { Store } from '../src/store/database.ts';
import { EPOCH_ID_BYTES } from '../src/wire/frame.ts';
import type { FrameRun } from '../src/wire/frame-runs.ts';
import { lastEpoch } from './epoch-start.ts';
import { FrameSigner } from './frame-signer.ts';
import { Journal } from './journal.ts';
import type { SenderKeys } from './own-card.ts';
import { SenderAudit } from './sender-audit.ts';
import { fixedKey } from './signing-keys.ts';
import { SnapshotCycle } from './snapshot-cycle.ts';
import { readCycle } from './snapshot-store.ts';
import { SubjectState } from './subject-state.ts';
import { TrustState } from './trust-state.ts';

export interface CycleOptions {
  readonly isSourceRead: boolean;
  readonly onPart: (parts: number) => void;
  readonly signal: AbortSignal;
}

/** Waits until the sender that runs has framed the cycle of `request`, which was handed in when the journal's head was `head`. */
export async function awaitCycle(
  store: Store,
  { request, head }: { readonly request: string; readonly head: number },
  { onPart, signal }: Omit<CycleOptions, 'isSourceRead'>,
): Promise<FrameRun> {
  for (;;) {
    if (signal.aborted) throw interrupted();
    const state = readCycle(store);
    const isBegun = state.request === request && !state.isRequested;
    if (isBegun && state.endedCycle === state.cycle && state.place === undefined) break;
    if (state.request === request && state.needsSourceEnd) throw sourceIsNotRead();
    if (isBegun) onPart(state.nextPart);
    await delay(MEDIA_LIMITS.importLookMs, undefined, { signal }).catch(() => {});
  }
  return { from: head + 1, to: lastEpoch(store)?.sequence ?? head };
}

/** Frames a cycle here. The caller holds the run lock. */
export function frameCycle(
  store: Store,
  audit: AuditLog,
  { config, keys, path }: { readonly config: SenderConfig; readonly keys: SenderKeys; readonly path: string },
  { isSourceRead, onPart, signal }: CycleOptions,
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
  for (let parts = 1; ; parts++) {
    if (signal.aborted) throw interrupted();
    const framed = cycle.framePart(0, Date.now());
    log.handlePart(Date.now(), framed);
    onPart(parts);
    if (framed.part.last) return { from, to: framed.frame.sequence };
  }
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
