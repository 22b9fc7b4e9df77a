/** `accept-epoch`, as a running receiver carries it out. */
import { DiodeError } from '../../src/ops/diode-error.ts';
import type { RequestHandlers } from '../../src/ops/request-desk.ts';
import { EPOCH_ID_BYTES } from '../../src/wire/frame.ts';
import type { Intake } from '../intake/intake.ts';
import type { AcceptedEpoch } from './head-judgement.ts';

export interface EpochRequestParts {
  readonly intake: Pick<Intake, 'acceptEpoch' | 'poll' | 'isCommitted'>;
  readonly nowMs: () => number;
  readonly wallMs: () => number;
}

export function epochRequests({ intake, nowMs, wallMs }: EpochRequestParts): RequestHandlers {
  return {
    'accept-epoch': ({ body }) => {
      const accepted = readBody(body);
      if (accepted === undefined) return { outcome: 'refused', reason: 'It names no epoch.' };
      const outcome = intake.acceptEpoch(wallMs(), accepted);
      if (outcome === 'refused') {
        return { outcome, reason: `Epoch ${accepted.epoch} does not come behind the epoch that this receiver knows.` };
      }
      intake.poll(nowMs(), wallMs());
      if (!intake.isCommitted) throw new DiodeError('disk-full', 'The disk is full.', 'Free space on it.');
      const epochId = Buffer.from(accepted.epochId).toString('hex');
      return { outcome: 'done', detail: { epoch: accepted.epoch, epochId, wasKnown: outcome === 'known' } };
    },
  };
}

/** What a request that accepts an epoch says. */
export function acceptEpochBody({ epoch, epochId }: AcceptedEpoch) {
  return { epoch, epochId: Buffer.from(epochId).toString('hex') };
}

function readBody(body: unknown): AcceptedEpoch | undefined {
  const { epoch, epochId } = (body ?? {}) as { epoch?: unknown; epochId?: unknown };
  if (!Number.isSafeInteger(epoch) || (epoch as number) < 1 || typeof epochId !== 'string') return undefined;
  if (!/^[0-9a-f]+$/.test(epochId) || epochId.length !== 2 * EPOCH_ID_BYTES) return undefined;
  return { epoch: epoch as number, epochId: Buffer.from(epochId, 'hex') };
}
