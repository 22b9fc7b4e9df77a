/** One serial line, one load: how long its frames take, and single changes on the idle line. */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { startMockCluster } from '../../../src/kafka/mock-cluster.ts';
import { tailTopic } from '../../../src/kafka/topic-tail.ts';
import type { LineCounts, Noise } from '../../support/serial-line.ts';
import { SerialSite, settledRecords } from '../../support/serial-site.ts';
import { makeIdentities } from '../../workload/identities.ts';
import { readSentFrames } from '../wire/sent-frames.ts';

export interface LineRunOptions {
  readonly directory: string;
  readonly name: string;
  readonly baud: number;
  readonly records: number;
  readonly noise: Noise | undefined;
  /** Waits until hellos come at their usual interval, and not as often as at a start. */
  readonly isSettled: boolean;
  /** Single changes of 1 KB, one after the other, on the line without noise. */
  readonly singleChanges: number;
  readonly seed: number;
}

export interface LineRun {
  /** Of the load. */
  readonly frames: number;
  readonly frameBytes: number;
  /** Of each of them. */
  readonly frameLengths: readonly number[];
  /** What hellos took of the line meanwhile. */
  readonly helloBytes: number;
  readonly repairPercent: number;
  /** From the lines to the last frame's release, in order. */
  readonly ms: number;
  readonly records: number;
  readonly arrivedRecords: number;
  readonly gaps: number;
  readonly counts: LineCounts;
  readonly recoveredSymbols: number;
  /** From the line in the file to Kafka's commit, and the length of its frame. */
  readonly changes: readonly { readonly ms: number; readonly frameBytes: number }[];
}

const START_PHASE_MS = 180_000;
const QUIET_MS = 700;
export async function runLine(options: LineRunOptions): Promise<LineRun> {
  const { directory, name, baud, seed } = options;
  const cluster = await startMockCluster();
  const closing: (() => Promise<unknown>)[] = [() => cluster.stop()];
  try {
    const site = await SerialSite.create({
      directory,
      name,
      baud,
      brokers: cluster.brokers,
      receiverSettings: [[['kafka', 'embedded'], true]],
    });
    closing.unshift(() => site.close());
    await site.start('receiver');
    await site.start('sender');
    await site.until('receiver', ({ intake }) => (intake.hellos.accepted ?? 0) > 0, START_PHASE_MS);
    let onArrived = () => {};
    const tail = tailTopic({ brokers: cluster.brokers, topic: site.topic('identity'), onRecords: () => onArrived() });
    closing.unshift(() => tail.stop());
    if (options.isSettled) await waitForUsualHellos(site);
    const changes = await singleChanges(site, options.singleChanges, (handler) => {
      onArrived = handler;
    });
    await quiet(site);
    const before = await need(site.sender());
    const { lines, deltaCount } = makeIdentities({ deltaCount: options.records, seed });
    site.line.noise = options.noise;
    const startMs = performance.now();
    site.append(lines);
    const timeoutMs = 60_000 + 12_000 * (options.records / baud) * 1_000;
    const records = deltaCount + changes.length;
    const done = await site.until(
      'receiver',
      (status) => settledRecords(status) >= records && status.intake.gate.gaps.length === 0,
      timeoutMs,
    );
    const ms = performance.now() - startMs;
    const after = await need(site.sender());
    return {
      frames: after.frames.journaled - before.frames.journaled,
      frameBytes: after.frameBytes - before.frameBytes,
      frameLengths: [...readSentFrames(site.pair.senderDirectory)]
        .filter(([sequence]) => sequence > before.frames.journaled && sequence <= after.frames.journaled)
        .map(([, frame]) => frame.frameBytes),
      helloBytes: after.wireBytes.hello - before.wireBytes.hello,
      repairPercent: done.intake.session?.link.repairPercent ?? 0,
      ms,
      records: deltaCount,
      arrivedRecords: settledRecords(done) - changes.length,
      gaps: done.progress?.gaps.length ?? 0,
      counts: { ...site.line.counts },
      recoveredSymbols: done.intake.recoveredSymbols,
      changes,
    };
  } finally {
    for (const close of closing) await close();
  }
}

async function singleChanges(site: SerialSite, count: number, listen: (handler: () => void) => void) {
  const changes: LineRun['changes'][number][] = [];
  for (let index = 0; index < count; index++) {
    await quiet(site);
    const before = await need(site.sender());
    const came = new Promise<void>((resolve) => listen(resolve));
    site.append([oneKilobyte(index)]);
    await came;
    const ms = await site.freshnessMs();
    const after = await need(site.sender());
    changes.push({ ms, frameBytes: after.frameBytes - before.frameBytes });
  }
  listen(() => {});
  return changes;
}

/** A line of 1,024 bytes that does not compress: as the largest of real changes, certificates and pictures apart. */
function oneKilobyte(index: number): string {
  const resource = {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    id: `single-${index}`,
    userName: `single-${index}`,
    displayName: '',
  };
  const of = (displayName: string) =>
    JSON.stringify({ type: 'User', op: 'put', resource: { ...resource, displayName }, at: new Date().toISOString() });
  return of(
    randomBytes(1_024)
      .toString('base64url')
      .slice(0, 1_024 - of('').length),
  );
}

async function waitForUsualHellos(site: SerialSite): Promise<void> {
  let last = 0;
  await site.until(
    'sender',
    ({ hello }) => {
      const isUsual = hello.intervalMs === last && hello.intervalMs >= 10_000 && (hello.lastAgeMs ?? 0) > 0;
      last = hello.intervalMs;
      return isUsual;
    },
    START_PHASE_MS,
  );
}

/** Nothing passed for a moment: what comes next has the line for itself. */
async function quiet(site: SerialSite): Promise<void> {
  const { counts } = site.line;
  let seen = counts.taken;
  let sinceMs = performance.now();
  while (performance.now() - sinceMs < QUIET_MS) {
    await delay(50);
    if (counts.taken !== seen) sinceMs = performance.now();
    seen = counts.taken;
  }
}

async function need<T>(status: Promise<T | undefined>): Promise<T> {
  const answer = await status;
  if (answer === undefined) throw new Error('the program does not answer');
  return answer;
}
