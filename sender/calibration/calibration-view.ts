/** What `calibrate` of the sender says: what it is going to send, each step that it sent, and the end. Pure. */
import { burstText, rateText } from '../../src/cli/calibration-text.ts';
import { breakdown, count, duration } from '../../src/cli/status-table.ts';
import type { BatchingStatus } from '../../src/link/link.ts';
import { batchingText } from '../../src/link/udp-batching.ts';
import { symbolBytesOf } from '../../src/wire/calibration.ts';
import { type PlannedStep, sweepMs } from './calibration-plan.ts';
import type { SentStep } from './calibration-sweep.ts';

export function planText(steps: readonly PlannedStep[], passes: number, batching: BatchingStatus | undefined): string {
  const ms = sweepMs(steps);
  const often = passes === 0 ? ', again and again until Ctrl-C' : passes === 1 ? '' : `, ${passes} times`;
  const how = batching === undefined ? '' : ` UDP passes the kernel ${batchingText(batching)}.`;
  return `${steps.length} steps, ${duration(ms)} in all${often}. On the other side: diode-receiver calibrate DIR.${how}`;
}

export function stepText({ pass, step, planned, sent, elapsedMs }: SentStep, steps: number): string {
  const place = `${pass > 1 ? `${pass}: ` : ''}${step}/${steps}`;
  const what = `${rateText(planned.rateBitsPerSecond)}, symbols of ${symbolBytesOf(planned)}, ${burstText(planned.burst)}`;
  const done = `${count(sent)} datagrams in ${duration(elapsedMs)}`;
  const missing =
    sent < planned.count ? `, of ${count(planned.count)}: this machine or its interface is not faster` : '';
  return `${place.padEnd(10)}${what}: ${done}${missing}`;
}

export function endText(errors: Readonly<Record<string, number>>): string {
  const failed = Object.keys(errors).length > 0 ? ` The link reported errors: ${breakdown(errors)}.` : '';
  return `All was sent; what arrived, the receiver says.${failed}`;
}
