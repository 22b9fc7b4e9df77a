/**
 * Both real programs with a serial line between them, played by serial-line.ts, and a Kafka that the caller brings. The
 * tests, the benchmark and the demo share it.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReceiverStatus } from '../../receiver/ops/receiver-status.ts';
import { type Setting, setUpPair } from './diode-pair.ts';
import { freePort } from './free-port.ts';
import { RunningPair, type RunningPairOptions } from './running-pair.ts';
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

export class SerialSite extends RunningPair {
  readonly line: SerialLine;
  readonly #name: string;

  private constructor(running: RunningPairOptions, own: { readonly line: SerialLine; readonly name: string }) {
    super(running);
    this.line = own.line;
    this.#name = own.name;
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
    return new SerialSite({ pair, directory, ports, sourcePath }, { line, name: options.name });
  }

  topic(name: string): string {
    return `${this.#name}.${name}`;
  }

  override async close(): Promise<void> {
    await super.close();
    await this.line.close();
  }
}

/** Records of the source that have an outcome. */
export function settledRecords({ totals }: Pick<ReceiverStatus, 'totals'>): number {
  const { witnessed: _, ...ofSource } = totals;
  return Object.values(ofSource).reduce((sum, count) => sum + count, 0);
}
