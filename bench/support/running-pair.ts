/** Both real programs of a pair, started and stopped by hand, and what they say of themselves. */
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ReceiverStatus } from '../../receiver/ops/receiver-status.ts';
import type { SenderStatus } from '../../sender/ops/sender-observer.ts';
import {
  type CommandPrefix,
  type DiodePair,
  type RunningProgram,
  readMetric,
  readStatus,
  type Side,
  startProgram,
} from './diode-pair.ts';

export interface RunningPairOptions {
  readonly pair: DiodePair;
  /** Where the logs go. */
  readonly directory: string;
  /** `ops.port` of each. */
  readonly ports: Readonly<Record<Side, number>>;
  readonly sourcePath: string;
}

const LOOK_MS = 100;
const LAST_LINES = 5;

export class RunningPair {
  readonly pair: DiodePair;
  readonly sourcePath: string;
  readonly #directory: string;
  readonly #ports: Readonly<Record<Side, number>>;
  readonly #programs = new Map<Side, RunningProgram>();

  constructor({ pair, directory, ports, sourcePath }: RunningPairOptions) {
    this.pair = pair;
    this.sourcePath = sourcePath;
    this.#directory = directory;
    this.#ports = ports;
  }

  /** Until it answers. `prefix`: words before the command. */
  async start(side: Side, prefix: CommandPrefix = []): Promise<RunningProgram> {
    const program = startProgram({
      side,
      directory: side === 'sender' ? this.pair.senderDirectory : this.pair.receiverDirectory,
      logPath: join(this.#directory, `${side}.log`),
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
    // The folder of the log may be gone before anybody looks.
    const last = readFileSync(program.logPath, 'utf8').trimEnd().split('\n').slice(-LAST_LINES);
    throw new Error(`the ${side} did not come up: ${program.logPath}\n${last.join('\n')}`);
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
    wanted: (status: NonNullable<Awaited<ReturnType<RunningPair[Side]>>>) => boolean,
    timeoutMs: number,
  ): Promise<NonNullable<Awaited<ReturnType<RunningPair[Side]>>>> {
    const endMs = performance.now() + timeoutMs;
    for (;;) {
      const status = (await this[side]()) as NonNullable<Awaited<ReturnType<RunningPair[Side]>>> | undefined;
      if (status !== undefined && wanted(status)) return status;
      if (performance.now() > endMs) {
        throw new Error(`not so after ${timeoutMs} ms: ${JSON.stringify(status)}; logs in ${this.#directory}`);
      }
      await delay(LOOK_MS);
    }
  }

  async close(): Promise<void> {
    await this.stop('sender');
    await this.stop('receiver');
  }
}
