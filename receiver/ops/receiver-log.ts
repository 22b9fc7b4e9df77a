/** Events as log lines: names, numbers and cures; never a token, a key or an attribute's value. */
import type { IntakeEvent } from '../intake/intake-observer.ts';
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
  'frames-discarded',
  'clock-untrusted',
  'clock-vouched',
  'link-silent',
  'line-garbled',
]);

/** Behind the name of what an operator has to act on, or to worry about; for others the name says enough. */
const SENTENCES: Readonly<Record<string, (event: IntakeEvent) => string>> = {
  'stream-halted': ({ seen, cure }) => `${seen} ${cure}`,
  'not-accepting': ({ reason }) => `frames are refused (${reason}): free the disk or let the spool drain`,
  accepting: () => 'there is room again: frames are accepted',
  'gap-opened': ({ from, to }) => `frames ${from} to ${to} did not come in time: the stream goes on without them`,
  'gap-lost': ({ from, to }) =>
    `frames ${from} to ${to} are lost: their place is closed, and a snapshot alone brings what they held`,
  'frames-discarded': ({ discardedFrames, through }) =>
    `${discardedFrames} frames are of another history than what was published up to ${through}, and go no further`,
  'lost-healed': ({ frames }) => `a snapshot made good ${frames} frames that were lost`,
  'link-silent': ({ sinceMs, intervalMs }) =>
    `no hello since ${utc(sinceMs)}, although one was due every ${seconds(intervalMs)}: look at sender and link`,
  'link-heard': ({ sinceMs, silentMs }) =>
    `the sender is heard again, after ${seconds(silentMs)} of silence since ${utc(sinceMs)}`,
  'line-garbled': ({ bytes, foreign }) =>
    Number(foreign) === 0
      ? `${bytes} bytes came over the serial line and no datagram among them: compare link.baud on both sides`
      : `${foreign} datagrams came over the serial line and none is authentic: compare the cards of both sides`,
  'line-clear': () => 'authentic datagrams come over the serial line again',
  'epoch-accepted': ({ epoch, epochId }) =>
    `epoch ${epoch} (${epochId}) is accepted: the stream goes on with the next hello of it`,
  'clock-untrusted': ({ reason }) =>
    `the clock is not trusted (${reason}): all else goes on, tokens wait; compare it with the sender's`,
  'clock-vouched': ({ by }) => `${by} vouches for the clock: tokens are decided by it, until it jumps`,
  'clock-trusted': () => 'the clock agrees with the sender: tokens are decided',
};

function utc(atMs: IntakeEvent[string]): string {
  return new Date(Number(atMs)).toISOString();
}

function seconds(ms: IntakeEvent[string]): string {
  return `${(Number(ms) / 1_000).toFixed(1)} s`;
}

/** As many as frames. */
const FREQUENT: ReadonlySet<string> = new Set(['frame-accepted']);

export function logIntakeEvent(log: Log, event: IntakeEvent): void {
  const { event: name } = event;
  const sentence = SENTENCES[name]?.(event);
  const text = sentence === undefined ? name : `${name}: ${sentence}`;
  if (ERRORS.has(name)) log.error(event, text);
  else if (WARNINGS.has(name)) log.warn(event, text);
  else if (FREQUENT.has(name)) log.debug(event, text);
  else log.info(event, text);
}

export function logPublisherEvent(log: Log, event: PublisherEvent): void {
  switch (event.event) {
    case 'publishing': {
      const { recovery, outageMs } = event;
      log.info({ recovery, outageMs }, outageMs === undefined ? 'publishing' : 'publishing again');
      break;
    }
    case 'not-publishing':
      // A disk that is too full to publish is too full to receive.
      log.warn(
        { code: event.code },
        `not publishing${event.code === 'disk-full' ? '' : ', receiving and spooling go on'}: ${event.text}`,
      );
      break;
    case 'paused':
      log.warn({}, 'publishing is paused by an operator: receiving and spooling go on');
      break;
    case 'topic-problem':
      log.warn({ ...event.problem }, 'a topic is not as it must be');
      break;
    case 'tokens-wait':
      log.warn({ waitingFrames: event.waitingFrames }, 'the clock is not trusted: tokens wait, and all behind them');
      break;
    case 'snapshot-whole':
      log.info(
        { cycle: event.cycle, through: event.through, closedFrames: event.closedFrames },
        'a snapshot is published whole',
      );
      break;
    case 'tombstones-left':
      log.warn({ cycle: event.cycle, left: event.left }, 'deletes of a snapshot part are left to the next cycle');
      break;
    case 'not-whole':
      log.warn(
        { through: event.through, lostFrames: event.lostFrames },
        'the tables were lost: nothing is published until a whole snapshot has come',
      );
      break;
    case 'records-held':
      log.warn(
        { records: event.records, holds: event.holds },
        'the guard holds records for approval: see `diode-receiver held`; the stream goes on',
      );
      break;
    case 'sender-log-rewritten':
      log.error({}, event.text);
      break;
    case 'sender-log-restarted':
      log.warn(
        { entries: event.entries },
        "the sender's audit log begins anew with its new epoch, as after a restore: what was witnessed stands in our own",
      );
      break;
    case 'holds-decided':
      log.info({ records: event.records }, 'what approvers decided is published or pinned');
      break;
    case 'frame-refused':
      log.warn({ frame: event.frame, reason: event.reason }, 'a signed frame cannot be read: quarantined whole');
  }
}
