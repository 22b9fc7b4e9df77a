/** What operators' commands may ask of a running sender, by the kind of request. */
import { pauseRequests } from '../../src/ops/pause-requests.ts';
import type { RequestHandlers } from '../../src/ops/request-desk.ts';
import type { SenderCore } from '../core.ts';
import type { RevertDesk } from '../revert/revert-desk.ts';
import { resendHandler } from '../transmit/resend-request.ts';
import type { SenderClock } from '../transmit/send-loop.ts';
import type { CarriedTrust } from '../trust/carried-trust.ts';
import type { SigningPair } from '../trust/signing-keys.ts';

export interface SenderRequestParts {
  readonly core: SenderCore;
  readonly reverts: RevertDesk;
  readonly clock: SenderClock;
  readonly readCarried?: (() => CarriedTrust | undefined) | undefined;
  /** The signing keys of DIR, once a command made the next one. */
  readonly readKeys?: (() => SigningPair) | undefined;
  /** Something changed: the loop looks at once. */
  readonly wake: () => void;
}

export function senderRequests({
  core,
  reverts,
  clock,
  readCarried = () => undefined,
  readKeys,
  wake,
}: SenderRequestParts): RequestHandlers {
  return {
    snapshot: ({ id, body }) => {
      const { isSourceRead = false } = (body ?? {}) as { isSourceRead?: unknown };
      if (typeof isSourceRead !== 'boolean') return { outcome: 'refused', reason: 'The request is not of its form.' };
      core.requestSnapshot(id, { isSourceRead });
      wake();
      return { outcome: 'done', detail: { waitsForSource: core.snapshots.waitsForSource } };
    },
    trust: () => {
      const carried = readCarried();
      if (carried === undefined) return { outcome: 'refused', reason: 'There is no bundle to carry any more.' };
      core.handleCarried(carried);
      wake();
      const { root, version } = carried.bundle;
      return { outcome: 'done', detail: { root, bundle: version, statements: carried.statements.length } };
    },
    'rotate-key': () => {
      if (readKeys === undefined) return { outcome: 'refused', reason: 'This sender has its keys from elsewhere.' };
      core.keys.replace(readKeys());
      wake();
      const { keyId, next } = core.keys.status(clock.wallMs());
      return { outcome: 'done', detail: { key: keyId, ...(next && { next: next.keyId }) } };
    },
    revert: (request) => {
      const answer = reverts.handleRequest(request);
      wake();
      return answer;
    },
    ...pauseRequests({
      pause: core.pause,
      wallMs: () => clock.wallMs(),
      onChange: () => {
        if (core.pause.current === undefined) core.handleResumed(clock.nowMs());
        wake();
      },
    }),
    resend: resendHandler(core, wake),
  };
}
