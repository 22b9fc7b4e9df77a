/**
 * Kafka is away while the sender goes on at full rate: what an outage of hours brings, in a minute. The spool grows on
 * disk, the receiver's memory does not; afterwards all is published in order, faster than new records come.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { residentBytes } from '../../bench/support/process-usage.ts';
import {
  canMakeSite,
  createOneWaySite,
  isSettled,
  type OneWaySite,
  readLedger,
  settledRecords,
} from '../support/one-way-site.ts';
import { mebibytes } from '../support/process-sample.ts';
import type { LedgerVerdict } from '../support/rising-ledger.ts';
import { RisingWorkload } from '../support/rising-workload.ts';
import { startFeed } from '../support/steady-feed.ts';

const LIVE_RECORDS = 15_000;
/** At 1 record a second, what a site of 10,000 people has in a busy hour, 28 hours. */
const OUTAGE_RECORDS = 100_000;
/** Lines a second that come while the spool drains. */
const ARRIVAL_RATE = 300;
const TIMEOUT_MS = 300_000;

interface Figures {
  readonly liveRate: number;
  readonly drainRate: number;
  readonly spoolBytes: number;
  /** The receiver's resident memory, once a second while Kafka was away. */
  readonly memory: readonly number[];
  /** The most of it at full rate, before. */
  readonly before: number;
}

describe.skipIf(!canMakeSite())('an outage of Kafka at full load', () => {
  let site: OneWaySite;
  let verdict: LedgerVerdict;
  let figures: Figures;
  const workload = RisingWorkload.create({ seed: 4, tokenFraction: 0, noiseBytes: 700 });

  const say = async (records: number) => site.append(await (await workload).lines(records));
  const memory = () => residentBytes(site.program('receiver')?.process.pid as number);

  /** Records a second from saying them until Kafka has them all. */
  async function measureLive(): Promise<number> {
    const { recordCount } = await workload;
    const startedMs = performance.now();
    await say(LIVE_RECORDS);
    await site.until((status) => settledRecords(status) >= recordCount + LIVE_RECORDS, TIMEOUT_MS);
    return (LIVE_RECORDS / (performance.now() - startedMs)) * 1_000;
  }

  /** What `wait` comes to, and the receiver's resident memory once a second until then. */
  async function sampling<T>(
    wait: () => Promise<T>,
  ): Promise<{ readonly memory: readonly number[]; readonly result: T }> {
    const samples: number[] = [];
    const end = new AbortController();
    const sampled = (async () => {
      while (!end.signal.aborted) {
        samples.push(memory());
        await delay(1_000, undefined, { signal: end.signal }).catch(() => {});
      }
    })();
    const result = await wait().finally(() => end.abort());
    await sampled;
    return { memory: samples, result };
  }

  async function fillSpool(): Promise<number> {
    await say(OUTAGE_RECORDS);
    const full = await site.until(({ spool }) => spool.records >= OUTAGE_RECORDS, TIMEOUT_MS);
    return full.spool.bytes;
  }

  /** From the first commit after the outage until the spool holds no more than what has just come. */
  async function measureDrain(): Promise<number> {
    const before = settledRecords(await site.until(() => true, 5_000));
    const feed = startFeed(site, await workload, ARRIVAL_RATE);
    await site.kafka.restart();
    const first = await site.until((status) => settledRecords(status) > before, TIMEOUT_MS);
    const startedMs = performance.now();
    const last = await site.until(({ spool }) => spool.records <= ARRIVAL_RATE, TIMEOUT_MS);
    const seconds = (performance.now() - startedMs) / 1_000;
    await feed.stop();
    return (settledRecords(last) - settledRecords(first)) / seconds;
  }

  beforeAll(async () => {
    site = await createOneWaySite({ name: 'outage', lossFraction: 0.01 });
    await site.startBoth();
    // Once to warm up, once to measure.
    await measureLive();
    const live = await sampling(measureLive);
    const [liveRate, before] = [live.result, Math.max(...live.memory)];
    await site.kafka.kill();
    const outage = await sampling(fillSpool);
    const drainRate = await measureDrain();
    figures = { liveRate, drainRate, before, memory: outage.memory, spoolBytes: outage.result };
    const { recordCount, expected } = await workload;
    await site.until((status) => isSettled(status, recordCount), TIMEOUT_MS);
    verdict = await readLedger(site, expected);
    console.log(
      `live ${Math.round(liveRate)} records/s, drain ${Math.round(drainRate)} records/s; spool ${mebibytes(outage.result)}; ` +
        `receiver ${mebibytes(before)} before, ${mebibytes(Math.max(...outage.memory))} at most without Kafka`,
    );
  }, 900_000);

  afterAll(() => site?.close());

  it('loses nothing, brings nothing twice, and keeps the order', () => {
    expect(verdict).toMatchObject({ duplicated: 0, missing: 0, outOfOrder: 0, faults: [] });
    expect(site.ownEnds).toEqual([]);
  });

  it('keeps memory flat while the spool grows on disk', () => {
    const { memory, before, spoolBytes } = figures;
    expect(spoolBytes).toBeGreaterThan(64 << 20);
    // SQLite's page cache and one group's buffers; nothing that grows with the spool.
    expect(Math.max(...memory) - before).toBeLessThan(32 << 20);
    const middle = Math.floor(memory.length / 2);
    expect(Math.max(...memory.slice(middle)) - Math.max(...memory.slice(0, middle))).toBeLessThan(24 << 20);
  });

  it('drains faster than records came, while new ones come', () => {
    expect(figures.drainRate).toBeGreaterThan(0.9 * figures.liveRate);
    expect(figures.drainRate).toBeGreaterThan(2 * ARRIVAL_RATE);
  });
});
