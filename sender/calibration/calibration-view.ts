/** What `calibrate` of the sender says: what it is going to send, each step that it sent, and the end. Pure. */
import { burstText, rateText } from '../../src/cli/calibration-text.ts';
import { dropsText, unansweredText } from '../../src/cli/drops-view.ts';
import { breakdown, count, duration } from '../../src/cli/status-table.ts';
import type { BatchingStatus, SendDrops } from '../../src/link/link.ts';
import { batchingText } from '../../src/link/udp-batching.ts';
import { symbolBytesOf } from '../../src/wire/calibration.ts';
import { type PlannedStep, sweepMs } from './calibration-plan.ts';
import type { SentStep } from './calibration-sweep.ts';
import { isLost } from './sent-drops.ts';

export interface SweepEnd {
  /** Of the link, by code. */
  readonly errors: Readonly<Record<string, number>>;
  /** By the kernel, or the serial driver, to the last datagram. */
  readonly isTaken: boolean;
}

export function planText(steps: readonly PlannedStep[], passes: number, batching: BatchingStatus | undefined): string {
  const ms = sweepMs(steps);
  const often = passes === 0 ? ', again and again until Ctrl-C' : passes === 1 ? '' : `, ${passes} times`;
  const how = batching === undefined ? '' : ` UDP passes the kernel ${batchingText(batching)}.`;
  return `${steps.length} steps, ${duration(ms)} in all${often}. On the other side: diode-receiver calibrate DIR.${how}`;
}

export function stepText(
  { pass, step, planned, sent, elapsedMs }: SentStep,
  steps: number,
  drops: SendDrops | undefined,
): string {
  const place = `${pass > 1 ? `${pass}: ` : ''}${step}/${steps}`;
  const what = `${rateText(planned.rateBitsPerSecond)}, symbols of ${symbolBytesOf(planned)}, ${burstText(planned.burst)}`;
  const done = `${count(sent)} datagrams in ${duration(elapsedMs)}`;
  const missing =
    sent < planned.count ? `, of ${count(planned.count)}: this machine or its interface is not faster` : '';
  const lost = drops !== undefined && isLost(drops) ? `; lost on this machine: ${dropsText(drops)}` : '';
  return `${place.padEnd(10)}${what}: ${done}${missing}${lost}`;
}

export function endText({ errors, isTaken }: SweepEnd, drops: SendDrops | undefined): string {
  const all = isTaken
    ? 'All was sent; what arrived, the receiver says.'
    : 'The link did not take the last datagrams: what the receiver says of the last step may be wrong.';
  const unanswered = drops && unansweredText(drops);
  const failed = Object.keys(errors).length > 0 ? ` The link reported errors: ${breakdown(errors)}.` : '';
  const lost = drops === undefined ? '' : ` Lost on this machine: ${dropsText(drops)}.`;
  return `${unanswered ?? all}${failed}${lost}`;
}
