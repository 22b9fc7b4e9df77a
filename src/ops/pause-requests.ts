/** `pause` and `resume` as both programs carry them out. */
import { OPS_LIMITS } from '../limits.ts';
import type { OperatorPause } from '../store/operator-pause.ts';
import type { RequestHandlers } from './request-desk.ts';

export interface PauseRequestParts {
  readonly pause: OperatorPause;
  readonly wallMs: () => number;
  /** Paused or not, it may be otherwise now. */
  readonly onChange: () => void;
}

export function pauseRequests({ pause, wallMs, onChange }: PauseRequestParts): RequestHandlers {
  return {
    pause: ({ body }) => {
      const { reason = '' } = (body ?? {}) as { reason?: unknown };
      if (!isPauseReason(reason)) return { outcome: 'refused', reason: 'The reason of the pause is no plain text.' };
      const wasPaused = pause.current !== undefined;
      pause.pause(wallMs(), reason);
      onChange();
      return { outcome: 'done', detail: { wasPaused, reason } };
    },
    resume: () => {
      const wasPaused = pause.resume();
      onChange();
      return { outcome: 'done', detail: { wasPaused } };
    },
  };
}

/** One line of text: it is shown on terminals and in logs. */
export function isPauseReason(value: unknown): value is string {
  return typeof value === 'string' && value.length <= OPS_LIMITS.maxPauseReasonCharacters && !/\p{C}/u.test(value);
}
