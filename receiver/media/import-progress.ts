/** How far the running receiver is with a bundle, or what it waits for, as the import that handed it over says it. Pure. */
import { size } from '../../src/cli/status-table.ts';
import type { ReceiverStatus } from '../ops/receiver-status.ts';

/** What it reads of a status; undefined where none answered. */
export interface ImportingStatus extends Pick<ReceiverStatus, 'imports' | 'unwhole'> {
  readonly intake: Pick<ReceiverStatus['intake'], 'accepting'> & { readonly gate: { readonly sequence: number } };
}

export interface ImportProgress {
  /** From 0 to 1. */
  readonly share: number;
  readonly text: string;
  /** Another one: the receiver got on. Undefined where it did not answer. */
  readonly place: string | undefined;
}

/** `number`: of the bundle that is waited for. */
export function importProgress(status: ImportingStatus | undefined, number: number): ImportProgress {
  if (status === undefined)
    return { share: 0, text: 'waits for the receiver, which does not answer', place: undefined };
  const { current } = status.imports ?? {};
  const share = current?.number === number && current.bytes > 0 ? current.doneBytes / current.bytes : 0;
  const place = [current?.number, current?.doneBytes, status.intake.gate.sequence].join(' ');
  return { share, text: progressText(status, number), place };
}

function progressText(status: ImportingStatus, number: number): string {
  const { imports, intake } = status;
  if (!intake.accepting.isAccepting) return `the receiver waits for room: ${whyFull(status)}`;
  const current = imports?.current;
  if (current === undefined) return 'the receiver takes it in';
  const done = `${size(current.doneBytes)} of ${size(current.bytes)} taken in`;
  if (current.number !== number) return `bundle ${current.number} comes first, ${done}`;
  return current.doneBytes < current.bytes ? done : 'all of it read; waits until that is durable, in its order';
}

function whyFull({ unwhole, intake: { accepting } }: ImportingStatus): string {
  if (accepting.reason === 'disk-full') return 'its disk is full';
  if (unwhole === undefined) return 'its spool is full until Kafka takes some of it';
  return 'its spool is full and it is not whole, so Kafka takes none of it: a larger `spool.maxBytes`, or a whole snapshot, lets it go on';
}
