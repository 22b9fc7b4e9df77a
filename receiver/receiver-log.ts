/** Events as log lines: names, numbers and cures; never a token, a key or an attribute's value. */
import type { IntakeEvent } from './intake-observer.ts';
import type { PublisherEvent } from './receiver-observer.ts';

/** pino fits. */
export interface Log {
  debug(fields: object, text: string): void;
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

const ERRORS: ReadonlySet<string> = new Set(['stream-halted', 'not-accepting', 'gap-lost']);
const WARNINGS: ReadonlySet<string> = new Set([
  'gap-opened',
  'frame-refused',
  'hello-refused',
  'frame-held-full',
  'clock-untrusted',
]);
/** As many as frames. */
const FREQUENT: ReadonlySet<string> = new Set(['frame-accepted']);

export function logIntakeEvent(log: Log, { event, ...fields }: IntakeEvent): void {
  if (ERRORS.has(event)) log.error(fields, event);
  else if (WARNINGS.has(event)) log.warn(fields, event);
  else if (FREQUENT.has(event)) log.debug(fields, event);
  else log.info(fields, event);
}

export function logPublisherEvent(log: Log, event: PublisherEvent): void {
  switch (event.event) {
    case 'publishing': {
      const { recovery, outageMs } = event;
      log.info({ recovery, outageMs }, outageMs === undefined ? 'publishing' : 'publishing again');
      break;
    }
    case 'not-publishing':
      log.warn({ code: event.code }, `not publishing, receiving and spooling go on: ${event.text}`);
      break;
    case 'topic-problem':
      log.warn({ ...event.problem }, 'a topic is not as it must be');
      break;
    case 'tokens-wait':
      log.warn({ waitingFrames: event.waitingFrames }, 'the clock is not trusted: tokens wait, and all behind them');
      break;
    case 'frame-refused':
      log.warn({ frame: event.frame, reason: event.reason }, 'a signed frame cannot be read: quarantined whole');
  }
}
