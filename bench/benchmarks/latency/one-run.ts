/** One run of `latency`: a fresh pair, its sustained rate, then single changes at times fixed beforehand. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Setting, Side } from '../../support/diode-pair.ts';
import type { HelperProcess } from '../../support/helper-process.ts';
import { runTopics } from '../endtoend/one-run.ts';
import { type RunningPair, startPair } from '../endtoend/running-pair.ts';
import type { Site } from '../endtoend/site.ts';
import type { FarSide } from './far-side.ts';
import { NumberedUsers } from './numbered-users.ts';
import { appendOnTime, dueUs, nowUs, type Schedule } from './open-loop.ts';

export interface Sizes {
  /** Before anything is timed, so that compilers and caches are warm. */
  readonly warm: number;
  /** At once, for the sustained rate. */
  readonly sustained: number;
  /** One by one, when nothing else is under way. */
  readonly idle: number;
  /** How long each share of the sustained rate is kept up. */
  readonly loadSeconds: number;
}

export interface LatencyRunOptions {
  readonly site: Site;
  readonly far: HelperProcess<FarSide>;
  /** Its own; also names boundary and topics. */
  readonly name: string;
  readonly directory: string;
  readonly seed: number;
  readonly senderSettings: readonly Setting[];
  readonly sizes: Sizes;
  /** Of the sustained rate; none: only that is measured. */
  readonly shares: readonly number[];
  readonly nodeOptions: (side: Side) => readonly string[];
}

export interface LatencyRun {
  readonly sustainedPerSecond: number;
  /** Milliseconds from when a line was due to when a consumer had its record. */
  readonly idleMs: readonly number[];
  /** The limit, in turns with `idleMs`. */
  readonly floorMs: readonly number[];
  /** By share. */
  readonly loadMs: ReadonlyMap<number, readonly number[]>;
  /** The latest append behind its time: it counts as latency. */
  readonly latestAppendMs: number;
  readonly window: { readonly fromUs: number; readonly toUs: number };
  readonly faults: readonly string[];
}

const RATE_BITS_PER_SECOND = 400_000_000;
/** Between a change and the limit, and the limit and the next change: no multiple is a second, when a change is repeated. */
const SLOT_US = 97_000;
const SOON_US = 50_000;
/** 500 records a second: slow is no fault, but a run ends. */
const MAX_MS_PER_RECORD = 2;
const STARTED_WITHIN_MS = 60_000;

export async function runLatency(options: LatencyRunOptions): Promise<LatencyRun> {
  const { site, far, name, directory, seed, senderSettings, nodeOptions } = options;
  mkdirSync(directory);
  const rateBitsPerSecond = RATE_BITS_PER_SECOND;
  const pair = await startPair({ site, boundary: name, directory, rateBitsPerSecond, senderSettings, nodeOptions });
  try {
    const { brokers } = site.kafka;
    await far.ask('open', {
      brokers,
      seed,
      topics: runTopics(`${name}.`, brokers),
      identity: `${name}.identity`,
      folder: directory,
      floorTopics: runTopics(`${name}-floor.`, brokers),
      floorIdentity: `${name}-floor.identity`,
    });
    return await new Phases(options, pair, join(directory, 'identities.jsonl')).run();
  } finally {
    await far.ask('close', undefined);
    await pair.stop();
  }
}

class Phases {
  readonly #options: LatencyRunOptions;
  readonly #pair: RunningPair;
  readonly #sourcePath: string;
  readonly #users: NumberedUsers;
  readonly #faults: string[] = [];
  #next = 0;
  #latestUs = 0;

  constructor(options: LatencyRunOptions, pair: RunningPair, sourcePath: string) {
    this.#options = options;
    this.#pair = pair;
    this.#sourcePath = sourcePath;
    this.#users = new NumberedUsers(options.seed);
  }

  async run(): Promise<LatencyRun> {
    const { sizes, shares, name } = this.#options;
    await this.#atOnce(sizes.warm);
    const sustainedPerSecond = await this.#atOnce(sizes.sustained);
    const fromUs = nowUs();
    const { idleMs, floorMs } = shares.length === 0 ? NOTHING : await this.#idle(sizes.idle);
    const loadMs = new Map<number, readonly number[]>();
    for (const share of shares) loadMs.set(share, await this.#load(share * sustainedPerSecond, sizes.loadSeconds));
    return {
      sustainedPerSecond,
      idleMs,
      floorMs,
      loadMs,
      latestAppendMs: this.#latestUs / 1_000,
      window: { fromUs, toUs: nowUs() },
      faults: this.#faults.map((fault) => `${name}: ${fault}`),
    };
  }

  /** Answers records a second, from the append to the last that a consumer read. */
  async #atOnce(count: number): Promise<number> {
    const from = this.#take(count);
    const lines = Array.from({ length: count }, (_, index) => `${this.#users.line(from + index)}\n`);
    const startedUs = nowUs();
    await this.#pair.feed(lines.join(''));
    const times = await this.#collect(from, count);
    return count / ((Math.max(...times.slice(-1_000), startedUs + 1) - startedUs) / 1e6);
  }

  /** A change and the limit in turns, each with the machine for itself for a while. */
  async #idle(count: number) {
    const startUs = nowUs() + SOON_US;
    const changes = { startUs, everyUs: 2 * SLOT_US, count };
    const limits = { ...changes, startUs: startUs + SLOT_US };
    const floor = this.#options.far.ask('floor', { schedule: limits });
    const from = await this.#append(changes);
    const floorMs = await floor;
    return { idleMs: await this.#latencies(changes, from), floorMs };
  }

  async #load(perSecond: number, seconds: number): Promise<readonly number[]> {
    const count = Math.max(1, Math.floor(perSecond * seconds));
    const schedule = { startUs: nowUs() + SOON_US, everyUs: 1e6 / perSecond, count };
    const from = await this.#append(schedule);
    return this.#latencies(schedule, from);
  }

  async #append(schedule: Schedule): Promise<number> {
    const from = this.#take(schedule.count);
    const { latestUs } = await appendOnTime(this.#sourcePath, schedule, (index) => this.#users.line(from + index));
    this.#latestUs = Math.max(this.#latestUs, latestUs);
    return from;
  }

  async #latencies(schedule: Schedule, from: number): Promise<readonly number[]> {
    const times = await this.#collect(from, schedule.count);
    return times.map((atUs, index) => (atUs - dueUs(schedule, index)) / 1_000);
  }

  /** A record that never came is a fault, and has no time. */
  async #collect(from: number, count: number): Promise<readonly number[]> {
    const timeoutMs = STARTED_WITHIN_MS + count * MAX_MS_PER_RECORD;
    const { times, faults } = await this.#options.far.ask('collect', { from, count, timeoutMs });
    this.#faults.push(...faults);
    return times.map((atUs) => atUs ?? Number.POSITIVE_INFINITY);
  }

  #take(count: number): number {
    const from = this.#next;
    this.#next += count;
    return from;
  }
}

const NOTHING = { idleMs: [], floorMs: [] };
