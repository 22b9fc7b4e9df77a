/** A topic that a slow broker has just made, as kafkajs tells of it. The real broker is in test/integration/kafka-security.test.ts. */
import type { Admin } from 'kafkajs';
import { expect, it } from 'vitest';
import { ensureBy } from '../../../src/kafka/ensure-topics.ts';
import { KAFKA_LIMITS } from '../../../src/kafka/kafka-limits.ts';
import { connected } from '../../../src/kafka/topic-admin.ts';
import { type TopicSpec, topicSettings } from '../../../src/kafka/topic-spec.ts';

const SPEC: TopicSpec = {
  name: 'site-a.identity',
  partitionCount: 1,
  replicationFactor: 1,
  minInsyncReplicas: 1,
  cleanupPolicy: 'compact',
};

const UNKNOWN = { code: 3, type: 'UNKNOWN_TOPIC_OR_PARTITION' };
const NO_LEADER = { code: 5, type: 'LEADER_NOT_AVAILABLE' };
const fails = (fields: object) =>
  Promise.reject(Object.assign(new Error('This server does not host this topic-partition'), fields));

/** Its brokers hear of a new topic after `answers` have been given. */
function slowBroker(
  { metadata = [], configs = [] }: Record<'metadata' | 'configs', object[]>,
  { refusal, isHidden = false }: { readonly refusal?: object; readonly isHidden?: boolean } = {},
) {
  let isMade = isHidden;
  const answers = {
    connect: async () => {},
    listTopics: async () => [],
    createTopics: async ({ waitForLeaders = true, validateOnly = false }) => {
      if (isHidden) return false;
      if (validateOnly) return refusal ? fails(refusal) : true;
      isMade = true;
      return waitForLeaders ? fails(UNKNOWN) : true;
    },
    fetchTopicMetadata: async ({ topics: [name] }: { topics: string[] }) => {
      const next = isMade ? metadata.shift() : UNKNOWN;
      return next ? fails(next) : { topics: [{ name, partitions: [{ replicas: [1] }] }] };
    },
    describeConfigs: async () => {
      const next = configs.shift();
      if (next !== undefined) return fails(next);
      const entries = [...topicSettings(SPEC)].map(([configName, configValue]) => ({ configName, configValue }));
      return { resources: [{ configEntries: entries }] };
    },
    disconnect: async () => {},
  };
  return connected(answers as unknown as Admin, 'kafka-1:9092');
}

function clock() {
  let atMs = 0;
  return {
    nowMs: () => atMs,
    wait: async (delayMs: number) => {
      atMs += delayMs;
    },
  };
}

it('is created, whatever the brokers that have not heard of it say', async () => {
  const admin = await slowBroker({ metadata: [UNKNOWN, UNKNOWN, NO_LEADER], configs: [UNKNOWN] });
  const time = clock();
  const ensured = await ensureBy(admin, { desired: [SPEC], mayCreate: true }, time);
  expect(ensured).toEqual({ created: [SPEC.name], problems: [] });
  expect(time.nowMs()).toBe(4 * KAFKA_LIMITS.newTopicPauseMs);
});

it('is waited for within a bound, and what is said then is no creation that failed', async () => {
  const admin = await slowBroker({ metadata: Array.from({ length: 10_000 }, () => UNKNOWN), configs: [] });
  const time = clock();
  const { created, problems } = await ensureBy(admin, { desired: [SPEC], mayCreate: true }, time);
  expect(created).toEqual([SPEC.name]);
  expect(problems).toMatchObject([
    { topic: SPEC.name, setting: 'topic', seen: expect.stringMatching(/^there, and not known .* within 15 s$/) },
  ]);
  expect(time.nowMs()).toBe(KAFKA_LIMITS.newTopicMs);
});

it('is not made in a dry run, which says that it would be', async () => {
  const admin = await slowBroker({ metadata: [], configs: [] });
  const ensured = await ensureBy(admin, { desired: [SPEC], mayCreate: true, dryRun: true }, clock());
  expect(ensured).toEqual({ created: [SPEC.name], problems: [] });
  expect(await admin.describeTopic(SPEC.name, [])).toBeUndefined();
});

it('is a problem of a dry run where the cluster would refuse it, with the cure', async () => {
  const refusal = { code: 38, type: 'INVALID_REPLICATION_FACTOR', message: 'Replication-factor is invalid.' };
  const admin = await slowBroker({ metadata: [], configs: [] }, { refusal });
  const { created, problems } = await ensureBy(admin, { desired: [SPEC], mayCreate: true, dryRun: true }, clock());
  expect(created).toEqual([]);
  expect(problems).toMatchObject([
    {
      seen: expect.stringMatching(/^missing, and run cannot create it: .*invalid$/),
      cure: expect.stringMatching(/^Lower /),
    },
  ]);
});

it('that may not be described is said at once', async () => {
  const admin = await slowBroker({ metadata: [{ code: 29, type: 'TOPIC_AUTHORIZATION_FAILED' }], configs: [] });
  const time = clock();
  const { problems } = await ensureBy(admin, { desired: [SPEC], mayCreate: true }, time);
  expect(problems).toMatchObject([{ seen: expect.stringContaining('does not allow this user') }]);
  expect(time.nowMs()).toBe(0);
});

it.each([true, false])('is no new one where it is there and the list hides it, dry run %s', async (dryRun) => {
  const denied = { code: 29, type: 'TOPIC_AUTHORIZATION_FAILED' };
  const admin = await slowBroker({ metadata: [denied], configs: [] }, { isHidden: true });
  const { created, problems } = await ensureBy(admin, { desired: [SPEC], mayCreate: true, dryRun }, clock());
  expect(created).toEqual([]);
  expect(problems).toMatchObject([{ seen: expect.stringMatching(/^there, and not described: /) }]);
});
