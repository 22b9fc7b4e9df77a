/** `resend` ─► [request] ─► the running sender: which frames of which epoch are to be sent again. */

import { OPS_LIMITS, WIRE_LIMITS } from '../../src/limits.ts';
import type { RequestHandler } from '../../src/ops/request-desk.ts';
import type { FrameRun } from '../../src/wire/frame-runs.ts';
import type { SenderCore } from '../core.ts';

export interface ResendRequest {
  readonly epoch: number;
  /** Lower-case hex. */
  readonly epochId: string;
  /** Runs: ascending, apart. */
  readonly frames: readonly (readonly [from: number, to: number])[];
}

export function resendRequest(epoch: { readonly number: number; readonly id: Uint8Array }, runs: readonly FrameRun[]) {
  const frames = runs.map(({ from, to }) => [from, to] as const);
  return { epoch: epoch.number, epochId: Buffer.from(epoch.id).toString('hex'), frames } satisfies ResendRequest;
}

/** Durable in the journal's database when it answers; the same request again adds nothing. */
export function resendHandler(core: SenderCore, wake: () => void): RequestHandler {
  return ({ id, body }) => {
    const runs = readRuns(body);
    if (runs === undefined) return { outcome: 'refused', reason: 'The request does not name frames.' };
    const { epoch, epochId } = body as ResendRequest;
    const current = core.journal.epoch;
    if (epoch !== current.number || epochId !== Buffer.from(current.id).toString('hex')) {
      const reason = `Frames of epoch ${epoch} cannot be sent again in epoch ${current.number}. A snapshot brings what they held.`;
      return { outcome: 'refused', reason };
    }
    const { outcome, frames, missing } = core.resend(id, runs);
    if (outcome === 'full') {
      const reason = `More than ${OPS_LIMITS.maxResendRuns} runs of frames would wait. Try again when those before are sent.`;
      return { outcome: 'refused', reason };
    }
    wake();
    return { outcome: 'done', detail: { frames, missing, wasKnown: outcome === 'known' } };
  };
}

/** Of a body that may be anything: runs that ascend, or undefined. */
function readRuns(body: unknown): readonly FrameRun[] | undefined {
  const { epoch, epochId, frames } = (body ?? {}) as Partial<Record<keyof ResendRequest, unknown>>;
  if (!Number.isSafeInteger(epoch) || typeof epochId !== 'string' || !Array.isArray(frames)) return undefined;
  if (frames.length === 0 || frames.length > OPS_LIMITS.maxResendRuns) return undefined;
  const runs: FrameRun[] = [];
  for (const pair of frames) {
    if (!Array.isArray(pair) || pair.length !== 2 || !pair.every(Number.isSafeInteger)) return undefined;
    const [from, to] = pair as [number, number];
    const least = (runs.at(-1)?.to ?? -1) + 2;
    if (from < least || to < from || to > WIRE_LIMITS.maxSequence) return undefined;
    runs.push({ from, to });
  }
  return runs;
}
