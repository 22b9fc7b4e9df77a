/** The back half against a real cluster: a store on disk, the real Kafka access, and frames that a stand-in gate spools. */
import { setTimeout as delay } from 'node:timers/promises';
import type { PublisherEvent } from '../../receiver/ops/receiver-observer.ts';
import { type KafkaAccess, openKafkaAccess } from '../../receiver/publish/kafka-access.ts';
import { Publisher } from '../../receiver/publish/publisher.ts';
import { topicNames } from '../../receiver/publish/topics.ts';
import { ReceiverStore } from '../../receiver/receiver-store.ts';
import type { KafkaConfig } from '../../src/config/receiver-config.ts';
import type { KafkaRecord } from '../../src/kafka/kafka-record.ts';
import type { TokenRecord } from '../../src/wire/record.ts';
import { MemoryAudit, RULES, testToken, testVerdict } from './back-half.ts';
import { BOUNDARY, STREAM, signedFrame, spoolFrames, userDelete, userPut } from './signed-stream.ts';

export const RECORDS_PER_FRAME = 20;

export function kafkaConfig(brokers: string): KafkaConfig {
  return {
    brokers: [brokers],
    client: {},
    topicPrefix: 'site-a.',
    createTopics: true,
    partitions: 3,
    replicationFactor: 1,
    minInsyncReplicas: 1,
    transactionTimeoutMs: 10_000,
    history: false,
    embedded: false,
  };
}

export interface PublisherFixture {
  readonly store: ReceiverStore;
  readonly publisher: Publisher;
  readonly events: PublisherEvent[];
  /** Rejects where the publisher failed. */
  readonly running: Promise<void>;
  /** Spools frames 1 to `count` that are not there yet. */
  spoolUpTo(count: number): void;
  /** Spools these, as a gate that knows what was published before. */
  spoolRange(first: number, last: number): void;
  drained(timeoutMs: number): Promise<void>;
  stop(): Promise<void>;
}

/** `onStep` is told of the points of each transaction: before it, after Kafka's answer, and after the tables followed. */
export function startPublisher(options: {
  readonly path: string;
  readonly brokers: string;
  readonly transactionTimeoutMs?: number;
  readonly embedded?: boolean;
  readonly onStep?: (step: 'publish' | 'answered' | 'applied') => void;
}): PublisherFixture {
  const { path, brokers, onStep = () => {} } = options;
  const kafka = {
    ...kafkaConfig(brokers),
    embedded: options.embedded ?? false,
    transactionTimeoutMs: options.transactionTimeoutMs ?? 10_000,
  };
  const store = ReceiverStore.open(path, { maxSpoolBytes: 1 << 30 });
  const events: PublisherEvent[] = [];
  const apply = store.apply.bind(store);
  store.apply = (...args) => {
    apply(...args);
    onStep('applied');
  };
  const access = openKafkaAccess({ kafka, identity: {}, boundary: BOUNDARY, stream: STREAM });
  const publisher = new Publisher({
    boundary: BOUNDARY,
    stream: STREAM,
    store,
    kafka: stepping(access, onStep),
    rules: { ...RULES, topics: topicNames(kafka) },
    judgeTokens: async (frames, nowMs) => {
      const records = frames.flatMap(({ content }) => (typeof content === 'string' ? [] : content));
      const tokens = records.filter((record): record is TokenRecord => record.kind === 'token');
      return new Map(tokens.map((token) => [token, testVerdict(token, nowMs)]));
    },
    isEmbedded: kafka.embedded,
    audit: new MemoryAudit(),
    observer: { event: (event) => events.push(event) },
    time: { isTrusted: true, lastSignedMs: undefined, judgeMs: (wallMs) => wallMs },
    headSequence: () => undefined,
    expirySlackMs: () => 60_000,
    clock: {
      wallMs: () => Date.now(),
      monotonicMs: () => performance.now(),
      wait: (delayMs, signal) => delay(delayMs, undefined, { signal }).catch(() => {}),
    },
  });
  const running = publisher.run();
  running.catch(() => {});
  const spoolRange = (first: number, last: number) => {
    const sequences = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
    const frames = sequences.map((sequence) => signedFrame({ sequence, records: frameRecords(sequence) }));
    store.store.transaction(() => spoolFrames(store.spool, frames))();
    publisher.wake();
  };
  return {
    store,
    publisher,
    events,
    running,
    spoolUpTo: (count) => spoolRange(store.spool.lastPosition + 1, count),
    spoolRange,
    drained: async (timeoutMs) => {
      const untilMs = performance.now() + timeoutMs;
      while (!publisher.isDrained) {
        if (performance.now() > untilMs)
          throw new Error(`not drained: ${JSON.stringify([publisher.waitingFor?.message, events.at(-1)])}`);
        await Promise.race([delay(20), running]);
      }
    },
    stop: async () => {
      publisher.stop();
      await running;
      store.close();
    },
  };
}

/** Frame n's records: users that come again and again, a delete now and then, a token. The same for every caller. */
export function frameRecords(sequence: number) {
  const users = Array.from({ length: RECORDS_PER_FRAME - 2 }, (_, index) =>
    userPut(`u${(sequence * 7 + index) % 97}`, { userName: `v${sequence}` }),
  );
  // Far in the future, by the real clock too.
  const token = testToken({
    jti: `t${sequence}`,
    subject: `s${sequence % 5}`,
    issuedAtMs: Date.UTC(2026, 0, 1),
    lifetimeMs: 50 * 365 * 86_400_000,
  });
  return [...users, userDelete(`u${(sequence * 7) % 97}`), token];
}

function stepping(access: KafkaAccess, onStep: (step: 'publish' | 'answered') => void): KafkaAccess {
  return {
    ...access,
    open: async () => {
      const producer = await access.open();
      return {
        destroy: () => producer.destroy(),
        publishTransaction: async (records: readonly KafkaRecord[], beforeCommit: () => void) => {
          onStep('publish');
          const outcome = await producer.publishTransaction(records, beforeCommit);
          onStep('answered');
          return outcome;
        },
      };
    },
  };
}
