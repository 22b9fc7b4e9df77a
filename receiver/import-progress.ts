/** How far the running receiver is with a bundle, or what it waits for, as the import that handed it over says it. Pure. */
import { size } from '../src/cli/status-table.ts';
import type { ReceiverStatus } from './receiver-status.ts';

/** What it reads of a status; undefined where none answered. */
export interface ImportingStatus extends Pick<ReceiverStatus, 'imports'> {
  readonly intake: Pick<ReceiverStatus['intake'], 'accepting'> & { readonly gate: { readonly sequence: number } };
}

export interface ImportProgress {
  /** From 0 to 1. */
  readonly share: number;
  readonly text: string;
  /** Another one: the receiver got on. */
  readonly place: string;
}

/** `number`: of the bundle that is waited for. */
export function importProgress(status: ImportingStatus | undefined, number: number): ImportProgress {
  if (status === undefined) return { share: 0, text: 'waits for the receiver, which does not answer', place: '' };
  const { current } = status.imports ?? {};
  const share = current?.number === number && current.bytes > 0 ? current.doneBytes / current.bytes : 0;
  const place = [current?.number, current?.doneBytes, status.intake.gate.sequence].join(' ');
  return { share, text: progressText(status, number), place };
}

function progressText({ imports, intake: { accepting } }: ImportingStatus, number: number): string {
  if (!accepting.isAccepting) {
    const why =
      accepting.reason === 'disk-full' ? 'its disk is full' : 'its spool is full until Kafka takes some of it';
    return `the receiver waits for room: ${why}`;
  }
  const current = imports?.current;
  if (current === undefined) return 'the receiver takes it in';
  const done = `${size(current.doneBytes)} of ${size(current.bytes)} taken in`;
  if (current.number !== number) return `bundle ${current.number} comes first, ${done}`;
  return current.doneBytes < current.bytes ? done : 'all of it read; waits until that is durable, in its order';
}
