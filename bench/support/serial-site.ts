/**
 * Both real programs with a serial line between them, played by serial-line.ts, and a Kafka that the caller brings. The
 * tests, the benchmark and the demo share it.
 */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ReceiverStatus } from '../../receiver/receiver-status.ts';
import type { SenderStatus } from '../../sender/sender-observer.ts';
import {
  type CommandPrefix,
  type DiodePair,
  type RunningProgram,
  readMetric,
  readStatus,
  type Setting,
  type Side,
  setUpPair,
  startProgram,
} from './diode-pair.ts';
import { freePort } from './free-port.ts';
import { SerialLine } from './serial-line.ts';

export interface SerialSiteOptions {
  readonly directory: string;
  /** Names the boundary, so topics are `<name>.identity` and so on. */
  readonly name: string;
  readonly baud: number;
  readonly brokers: string;
  readonly senderSettings?: readonly Setting[];
  readonly receiverSettings?: readonly Setting[];
}

const LOOK_MS = 100;

export class SerialSite {
  readonly line: SerialLine;
  readonly pair: DiodePair;
  readonly sourcePath: string;
  readonly #options: SerialSiteOptions;
  readonly #ports: Readonly<Record<Side, number>>;
  readonly #programs = new Map<Side, RunningProgram>();

  private constructor(parts: {
    readonly options: SerialSiteOptions;
    readonly line: SerialLine;
    readonly pair: DiodePair;
    readonly ports: Readonly<Record<Side, number>>;
    readonly sourcePath: string;
  }) {
    this.#options = parts.options;
    this.line = parts.line;
    this.pair = parts.pair;
    this.#ports = parts.ports;
    this.sourcePath = parts.sourcePath;
  }

  /** Set up, nothing running yet. */
  static async create(options: SerialSiteOptions): Promise<SerialSite> {
    const { directory, baud, brokers } = options;
    mkdirSync(directory, { recursive: true });
    const sourcePath = join(directory, 'source.jsonl');
    writeFileSync(sourcePath, '');
    const line = await SerialLine.start({ directory, baud });
    const ports = { sender: await freePort(), receiver: await freePort() };
    const pair = await setUpPair({
      directory,
      boundary: options.name,
      stream: 'hr',
      target: { ...line.devices, baud },
      senderSettings: [
        [['source', 'path'], sourcePath],
        [['ops', 'port'], ports.sender],
        ...(options.senderSettings ?? []),
      ],
      receiverSettings: [
        [['kafka', 'brokers'], [brokers]],
        [['kafka', 'replicationFactor'], 1],
        [['kafka', 'minInsyncReplicas'], 1],
        [['kafka', 'partitions'], 2],
        [['ops', 'port'], ports.receiver],
        ...(options.receiverSettings ?? []),
      ],
    });
    return new SerialSite({ options, line, pair, ports, sourcePath });
  }

  /** Until it answers. `prefix`: words before the command. */
  async start(side: Side, prefix: CommandPrefix = []): Promise<RunningProgram> {
    const { directory } = this.#options;
    const program = startProgram({
      side,
      directory: side === 'sender' ? this.pair.senderDirectory : this.pair.receiverDirectory,
      logPath: join(directory, `${side}.log`),
      prefix,
    });
    this.#programs.set(side, program);
    for (let tries = 0; tries < 600; tries++) {
      // It answers before it has opened anything.
      const status = await readStatus<{ readonly boundary?: string }>(this.#ports[side]);
      if (status?.boundary !== undefined) return program;
      if (program.process.exitCode !== null) break;
      await delay(LOOK_MS);
    }
    throw new Error(`the ${side} did not come up: ${program.logPath}`);
  }

  async stop(side: Side): Promise<number | null> {
    const program = this.#programs.get(side);
    this.#programs.delete(side);
    return program === undefined ? null : program.stop();
  }

  async kill(side: Side): Promise<void> {
    const program = this.#programs.get(side);
    this.#programs.delete(side);
    await program?.kill();
  }

  append(lines: readonly string[]): void {
    appendFileSync(this.sourcePath, lines.map((line) => `${line}\n`).join(''));
  }

  receiver(): Promise<(ReceiverStatus & { readonly alarms: readonly string[] }) | undefined> {
    return readStatus(this.#ports.receiver);
  }

  sender(): Promise<(SenderStatus & { readonly alarms: readonly string[] }) | undefined> {
    return readStatus(this.#ports.sender);
  }

  /** Of the last committed frame: from its records' time at the source to Kafka's commit. */
  async freshnessMs(): Promise<number> {
    return 1_000 * ((await readMetric(this.#ports.receiver, 'diode_receiver_last_freshness_seconds')) ?? 0);
  }

  /** Until the status is as wanted; rejects after `timeoutMs` with the last one. */
  async until<Side extends 'sender' | 'receiver'>(
    side: Side,
    wanted: (status: NonNullable<Awaited<ReturnType<SerialSite[Side]>>>) => boolean,
    timeoutMs: number,
  ): Promise<NonNullable<Awaited<ReturnType<SerialSite[Side]>>>> {
    const endMs = performance.now() + timeoutMs;
    for (;;) {
      const status = (await this[side]()) as NonNullable<Awaited<ReturnType<SerialSite[Side]>>> | undefined;
      if (status !== undefined && wanted(status)) return status;
      if (performance.now() > endMs) {
        const { directory } = this.#options;
        throw new Error(`not so after ${timeoutMs} ms: ${JSON.stringify(status)}; logs in ${directory}`);
      }
      await delay(LOOK_MS);
    }
  }

  topic(name: string): string {
    return `${this.#options.name}.${name}`;
  }

  async close(): Promise<void> {
    await this.stop('sender');
    await this.stop('receiver');
    await this.line.close();
  }
}

/** Records of the source that have an outcome. */
export function settledRecords({ totals }: Pick<ReceiverStatus, 'totals'>): number {
  const { witnessed: _, ...ofSource } = totals;
  return Object.values(ofSource).reduce((sum, count) => sum + count, 0);
}
