/** Sender and receiver of one run: set up on the site, started, asked and stopped. */

import { writeFileSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { auditText } from '../../support/audit-text.ts';
import {
  diode,
  type RunningProgram,
  type Setting,
  type Side,
  setUpPair,
  startProgram,
} from '../../support/diode-pair.ts';
import { type ProcessUsage, processUsage } from '../../support/process-usage.ts';
import type { Site } from './site.ts';

export interface PairOptions {
  readonly site: Site;
  /** Boundary, and so the prefix of the topics. */
  readonly boundary: string;
  /** Exists and is empty. */
  readonly directory: string;
  readonly rateBitsPerSecond: number;
  /** For each side, of Node itself. */
  readonly nodeOptions: (side: Side) => readonly string[];
  /** Beside those of every run. */
  readonly senderSettings?: readonly Setting[];
}

export interface RunningPair {
  /** Appends JSONL text to the sender's source. */
  feed(text: string | Buffer): Promise<void>;
  /** Until the receiver has decided so many records. */
  settle(records: number, timeoutMs: number): Promise<void>;
  usages(): Readonly<Record<Side, ProcessUsage>>;
  /** Sent so far, hellos and repeats too, headers of the link included. */
  wireBytes(): Promise<number>;
  receiverMetric(name: string): Promise<number>;
  /** Complete only after `stop`. */
  receiverAuditLog(): string;
  stop(): Promise<void>;
}

const STARTED_WITHIN_MS = 60_000;

export async function startPair(options: PairOptions): Promise<RunningPair> {
  const { site, directory, boundary, rateBitsPerSecond, nodeOptions } = options;
  const ports = await site.ports();
  const sourcePath = join(directory, 'identities.jsonl');
  writeFileSync(sourcePath, '');
  const pair = await setUpPair({
    directory,
    boundary,
    stream: 'hr',
    target: `${site.receiverAddress}:${ports.link}`,
    senderSettings: [
      [['source', 'path'], sourcePath],
      [['link', 'rateBitsPerSecond'], rateBitsPerSecond],
      [['ops', 'port'], ports.senderOps],
      ...(options.senderSettings ?? []),
    ],
    receiverSettings: [
      [['link', 'address'], site.receiverAddress],
      [['link', 'port'], ports.link],
      [['kafka', 'brokers'], [site.kafka.brokers]],
      [['kafka', 'replicationFactor'], 1],
      [['kafka', 'minInsyncReplicas'], 1],
      [['ops', 'port'], ports.receiverOps],
    ],
  });
  const { senderDirectory, receiverDirectory } = pair;
  const start = (side: Side, ownDirectory: string): RunningProgram =>
    startProgram({
      side,
      directory: ownDirectory,
      logPath: join(directory, `${side}.log`),
      prefix: site.prefix[side],
      nodeOptions: nodeOptions(side),
    });
  const opsPort = ports.receiverOps;
  const receiver = start('receiver', receiverDirectory);
  await site.isolated.ask('untilStarted', { opsPort, timeoutMs: STARTED_WITHIN_MS });
  const sender = start('sender', senderDirectory);
  return {
    feed: (text) => appendFile(sourcePath, text),
    settle: (records, timeoutMs) => site.isolated.ask('settle', { opsPort, records, timeoutMs }),
    usages: () => ({ sender: usageOf(sender), receiver: usageOf(receiver) }),
    wireBytes: async () => {
      const text = await diode('sender', ['status', senderDirectory, '--json'], site.prefix.sender);
      const { wireBytes } = JSON.parse(text) as { wireBytes?: Record<string, number> };
      return Object.values(wireBytes ?? {}).reduce((sum, bytes) => sum + bytes, 0);
    },
    receiverMetric: (name) => site.isolated.ask('metric', { opsPort, name }),
    receiverAuditLog: () => auditText('receiver', receiverDirectory),
    stop: async () => {
      await sender.stop();
      await receiver.stop();
    },
  };
}

function usageOf({ process: { pid } }: RunningProgram): ProcessUsage {
  if (pid === undefined) throw new Error('a program did not start');
  return processUsage(pid);
}
