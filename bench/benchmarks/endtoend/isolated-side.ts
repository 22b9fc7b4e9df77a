/**
 * The process of `endtoend` on the isolated side of the rig: it waits for the receiver, reads the topics as a consumer
 * does, compares them with the source, and publishes the same records again without the product.
 */
import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { readCompacted } from '../../../src/kafka/compacted-reader.ts';
import { ensureTopics } from '../../../src/kafka/ensure-topics.ts';
import type { ReadRecord } from '../../../src/kafka/kafka-record.ts';
import type { TopicSpec } from '../../../src/kafka/topic-spec.ts';
import { TransactionalPublisher } from '../../../src/kafka/transactional-publisher.ts';
import { readMetric, readStatus } from '../../support/diode-pair.ts';
import { answerRequests } from '../../support/helper-process.ts';
import { Delivery, type Verdict } from '../../workload/delivery.ts';
import { type IdentityWorkload, makeIdentities } from '../../workload/identities.ts';
import { type DeltaSeries, expectedDeltas } from '../../workload/sized-deltas.ts';
import { type BareRecord, openBareProducer } from './bare-producer.ts';
import { type CapturedTopics, capturedTransactions } from './captured-transactions.ts';

/** Each question costs the receiver a few ms, and it is asked only whether all has come: the audit log says when. */
const STATUS_PAUSE_MS = 250;
const READ_TIMEOUT_MS = 120_000;
const NO_TOKENS = { lines: [], jwks: { keys: [] }, good: new Map(), bad: new Map() } as const;

interface LineFile {
  readonly deltas: number;
  readonly path: string;
}

interface ReceiverNumbers {
  readonly totals: Readonly<Record<string, number>>;
}

let workload: IdentityWorkload | undefined;
let captured: CapturedTopics | undefined;

const handlers = {
  /** A workload for each file, with no subject in common; answers lines and bytes of each. */
  async make(input: { seed: number; files: readonly LineFile[] }) {
    const made = input.files.map((file, index) => writeWorkload(file, input.seed + index));
    workload = {
      lines: [],
      expected: new Map(made.flatMap(({ expected }) => [...expected])),
      deltaCount: made.reduce((sum, { deltaCount }) => sum + deltaCount, 0),
    };
    return made.map(({ lines }) => ({
      lines: lines.length,
      bytes: lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0),
    }));
  },

  /** The first of each series is what must arrive, in place of what `make` made. */
  async expectDeltas(input: { series: readonly { series: DeltaSeries; count: number }[] }) {
    const expected = new Map(input.series.flatMap(({ series, count }) => [...expectedDeltas(series, count)]));
    workload = { lines: [], expected, deltaCount: input.series.reduce((sum, { count }) => sum + count, 0) };
  },

  /** Until the receiver has a status to tell: what is sent before has no reader. */
  async untilStarted({ opsPort, timeoutMs }: { opsPort: number; timeoutMs: number }) {
    const deadlineMs = performance.now() + timeoutMs;
    while (performance.now() < deadlineMs) {
      if ((await readStatus<ReceiverNumbers>(opsPort)) !== undefined) return;
      await delay(STATUS_PAUSE_MS);
    }
    throw new Error(`the receiver does not answer after ${timeoutMs} ms`);
  },

  /** Until the receiver has decided so many records. */
  async settle(input: { opsPort: number; records: number; timeoutMs: number }) {
    const deadlineMs = performance.now() + input.timeoutMs;
    let status: ReceiverNumbers | undefined;
    while (performance.now() < deadlineMs) {
      status = await readStatus<ReceiverNumbers>(input.opsPort);
      if (settledRecords(status) >= input.records) return;
      await delay(STATUS_PAUSE_MS);
    }
    const seen = `${settledRecords(status)} of ${input.records} records after ${input.timeoutMs} ms`;
    throw new Error(`${seen}; the receiver says ${JSON.stringify(status)}`);
  },

  async metric(input: { opsPort: number; name: string }) {
    const value = await readMetric(input.opsPort, input.name);
    if (value === undefined) throw new Error(`the receiver has no metric ${input.name}`);
    return value;
  },

  /** Reads the topics to their ends and compares them with the workload; the records are kept for `replay`. */
  async judge(input: { brokers: string; prefix: string }): Promise<Verdict> {
    if (workload === undefined) throw new Error('make comes first');
    const delivery = new Delivery();
    const identity = await readTopic(input.brokers, `${input.prefix}identity`);
    for (const record of identity) delivery.handleIdentity(record);
    captured = { identity, progress: await readTopic(input.brokers, `${input.prefix}progress`) };
    return delivery.judge(workload, NO_TOKENS);
  },

  /** The captured transactions again, to topics of another prefix; `timedRecords` of them behind `warmRecords`. */
  async replay(input: {
    brokers: string;
    prefix: string;
    topics: readonly TopicSpec[];
    by: 'node-rdkafka' | 'src/kafka';
    warmRecords: number;
    timedRecords: number;
  }) {
    if (captured === undefined) throw new Error('judge comes first');
    const { brokers, prefix } = input;
    await ensureTopics({ brokers, desired: input.topics, mayCreate: true });
    const copies = { identity: `${prefix}identity`, progress: `${prefix}progress` };
    const transactions = capturedTransactions(captured, copies);
    const producer = await openProducer(input.by, brokers, `bench.${prefix}`);
    const prepared = transactions.map((records) => ({ records, publish: producer.prepare(records) }));
    let warm = 0;
    let sent = 0;
    let startedMs = performance.now();
    let timedTransactions = 0;
    for (const { records, publish } of prepared) {
      if (sent === input.timedRecords) break;
      await publish();
      // Each ends with a progress record, which is no delta.
      const deltas = records.length - 1;
      if (warm < input.warmRecords) {
        warm += deltas;
        startedMs = performance.now();
        continue;
      }
      sent += deltas;
      timedTransactions++;
    }
    const seconds = (performance.now() - startedMs) / 1000;
    await producer.close();
    return { seconds, records: sent, transactions: timedTransactions };
  },
};

export type IsolatedSide = typeof handlers;

// Imported for its type, it is not the helper.
if (process.send !== undefined) answerRequests(handlers);

interface TimedProducer {
  /** Before the clock runs, in the form that the producer takes; what it gives publishes them in a transaction. */
  prepare(records: readonly BareRecord[]): () => Promise<void>;
  close(): Promise<unknown>;
}

async function openProducer(
  by: 'node-rdkafka' | 'src/kafka',
  brokers: string,
  transactionalId: string,
): Promise<TimedProducer> {
  if (by === 'node-rdkafka') return openBareProducer(brokers, transactionalId);
  const publisher = await TransactionalPublisher.open({ brokers, transactionalId });
  const prepare = (records: readonly BareRecord[]) => {
    const texts = records.map(({ value, ...rest }) => ({ ...rest, value: value?.toString('utf8') ?? null }));
    return async () => {
      const result = await publisher.publishTransaction(texts);
      if (result.outcome !== 'committed') throw result.error;
    };
  };
  return { prepare, close: () => publisher.destroy() };
}

async function readTopic(brokers: string, topic: string): Promise<readonly ReadRecord[]> {
  const records: ReadRecord[] = [];
  const onRecord = (record: ReadRecord) => void records.push(record);
  const read = await readCompacted({ brokers, topic, onRecord, timeoutMs: READ_TIMEOUT_MS });
  if (read.outcome !== 'read') throw new Error(`there is no topic ${topic}`);
  return records;
}

/** Records of the source with an outcome; 0 before the receiver answers. */
function settledRecords(status: ReceiverNumbers | undefined): number {
  const { witnessed: _, ...ofSource } = status?.totals ?? {};
  return Object.values(ofSource).reduce((sum, count) => sum + count, 0);
}

function writeWorkload({ deltas, path }: LineFile, seed: number): IdentityWorkload {
  const made = makeIdentities({ deltaCount: deltas, seed });
  writeFileSync(path, `${made.lines.join('\n')}\n`);
  return made;
}
