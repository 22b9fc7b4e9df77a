import { DiodeError } from '../ops/diode-error.ts';
import { type WaitClock, waitClock } from '../ops/wait-clock.ts';
import type { KafkaConnection } from './kafka-connection.ts';
import { KAFKA_LIMITS } from './kafka-limits.ts';
import { openTopicAdmin, type TopicAdmin } from './topic-admin.ts';
import { createTopicCommand, type TopicProblem, type TopicSpec, topicProblems, topicSettings } from './topic-spec.ts';

export interface EnsureTopicsOptions extends KafkaConnection {
  readonly desired: readonly TopicSpec[];
  /** Whether topics that are missing are created. */
  readonly mayCreate: boolean;
  /** Nothing is created: the cluster is asked whether it would let it be. */
  readonly dryRun?: boolean;
  /** The mock cluster makes topics by itself and describes none, so nothing is done. */
  readonly embedded?: boolean;
}

export interface EnsuredTopics {
  /** In a dry run those that would be. */
  readonly created: readonly string[];
  /** What is not as it must be, in the order of `desired`; nothing that exists is ever changed. */
  readonly problems: readonly TopicProblem[];
}

/**
 * Creates what is missing, when allowed to, and compares all topics with their specs. Rejects with DiodeError
 * (`kafka-*`) when the cluster cannot be asked, and with `config-invalid` where kafkajs lacks the way to log in.
 */
export async function ensureTopics(options: EnsureTopicsOptions): Promise<EnsuredTopics> {
  if (options.embedded === true) return { created: [], problems: [] };
  const admin = await openTopicAdmin(options);
  try {
    return await ensureBy(admin, options, waitClock());
  } finally {
    await admin.close();
  }
}

export async function ensureBy(
  admin: TopicAdmin,
  { desired, mayCreate, dryRun = false }: Pick<EnsureTopicsOptions, 'desired' | 'mayCreate' | 'dryRun'>,
  clock: WaitClock,
): Promise<EnsuredTopics> {
  const existing = new Set(await admin.listTopics());
  const created: string[] = [];
  const problems: TopicProblem[] = [];
  for (const spec of desired) {
    if (!existing.has(spec.name)) {
      const made = mayCreate ? await create(admin, spec, dryRun) : missing(spec, 'missing, or hidden');
      if (typeof made === 'object') {
        problems.push(made);
        continue;
      }
      if (made === 'created') created.push(spec.name);
      if (made === 'created' && dryRun) continue;
    }
    problems.push(...(await check(admin, spec, clock)));
  }
  return { created, problems };
}

/** `there`: it exists, and who may not describe it does not see it in the list. */
async function create(
  admin: TopicAdmin,
  spec: TopicSpec,
  dryRun: boolean,
): Promise<TopicProblem | 'created' | 'there'> {
  try {
    return (await admin.createTopic(spec, { dryRun })) ? 'created' : 'there';
  } catch (error) {
    if (!(error instanceof DiodeError)) throw error;
    const problem = missing(spec, `missing, and ${dryRun ? 'run cannot create it' : 'not created'}: ${clause(error)}`);
    if (!/replication.?factor/i.test(error.seen)) return problem;
    const cure = `Lower kafka.replicationFactor (${spec.replicationFactor}) to the number of brokers, and kafka.minInsyncReplicas with it.`;
    return { ...problem, cure };
  }
}

/** It exists, so a broker that does not know it will in a moment. */
async function check(admin: TopicAdmin, spec: TopicSpec, { nowMs, wait }: WaitClock): Promise<TopicProblem[]> {
  const untilMs = nowMs() + KAFKA_LIMITS.newTopicMs;
  try {
    for (;;) {
      const state = await admin.describeTopic(spec.name, [...topicSettings(spec).keys()]);
      if (state !== undefined) return topicProblems(spec, state);
      if (nowMs() >= untilMs) return [unknown(spec)];
      await wait(KAFKA_LIMITS.newTopicPauseMs);
    }
  } catch (error) {
    if (!(error instanceof DiodeError)) throw error;
    const seen = `there, and not described: ${clause(error)}`;
    return [{ topic: spec.name, setting: 'topic', seen, wanted: 'described', cure: error.cure }];
  }
}

/** To stand inside another sentence. */
function clause({ seen }: DiodeError): string {
  return seen.replace(/\.+$/, '');
}

function unknown({ name }: TopicSpec): TopicProblem {
  const seen = `there, and not known to the broker that was asked within ${KAFKA_LIMITS.newTopicMs / 1_000} s`;
  const cure = 'Look whether all brokers run and the controller has its quorum, then try again.';
  return { topic: name, setting: 'topic', seen, wanted: 'described', cure };
}

function missing(spec: TopicSpec, seen: string): TopicProblem {
  return { topic: spec.name, setting: 'topic', seen, wanted: 'present', cure: createTopicCommand(spec) };
}
