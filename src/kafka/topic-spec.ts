/** What a topic must be for the program to keep its promises. Each line says whether it is exact or a bound. */
export interface TopicSpec {
  readonly name: string;
  /** Exact: another count would put keys elsewhere than a new topic of this spec. */
  readonly partitionCount: number;
  /** At least. */
  readonly replicationFactor: number;
  /** At least; with fewer in-sync replicas an acknowledged record may be lost. */
  readonly minInsyncReplicas: number;
  /** Exact. */
  readonly cleanupPolicy: 'compact' | 'delete';
  /** At least, for compacted topics: how long a consumer that was away still sees a tombstone. */
  readonly deleteRetentionMs?: number;
  /** At least, for topics that are not compacted; -1 in the topic is for ever. */
  readonly retentionMs?: number;
  /** At least; the largest record with its headers must fit. */
  readonly maxMessageBytes?: number;
  /** At most: compaction leaves the open segment alone, and a topic that is read at each start should be short. */
  readonly segmentBytes?: number;
}

/** The settings of a topic as the cluster has them, by Kafka's names; those that this user may not see are absent. */
export interface TopicState {
  readonly name: string;
  readonly partitionCount: number;
  readonly replicationFactor: number;
  readonly settings: ReadonlyMap<string, string>;
}

/** One thing that an operator should change. */
export interface TopicProblem {
  readonly topic: string;
  /** Kafka's name for it, or `topic` where the topic itself is missing or hidden. */
  readonly setting: string;
  readonly seen: string;
  readonly wanted: string;
  /** A command line, BROKER standing for the bootstrap server, or a sentence. */
  readonly cure: string;
}

/** The settings with which a topic is created, by Kafka's names. */
export function topicSettings(spec: TopicSpec): ReadonlyMap<string, string> {
  const settings = new Map([
    ['cleanup.policy', spec.cleanupPolicy],
    ['min.insync.replicas', String(spec.minInsyncReplicas)],
  ]);
  if (spec.deleteRetentionMs !== undefined) settings.set('delete.retention.ms', String(spec.deleteRetentionMs));
  if (spec.retentionMs !== undefined) settings.set('retention.ms', String(spec.retentionMs));
  if (spec.maxMessageBytes !== undefined) settings.set('max.message.bytes', String(spec.maxMessageBytes));
  if (spec.segmentBytes !== undefined) settings.set('segment.bytes', String(spec.segmentBytes));
  return settings;
}

/** The command that makes the topic, for an operator to run. */
export function createTopicCommand(spec: TopicSpec): string {
  const { name, partitionCount, replicationFactor } = spec;
  const settings = [...topicSettings(spec)].map(([setting, value]) => ` --config ${setting}=${value}`).join('');
  const shape = `--partitions ${partitionCount} --replication-factor ${replicationFactor}`;
  return `kafka-topics.sh --bootstrap-server BROKER --create --topic ${name} ${shape}${settings}`;
}

/** Everything in which the topic falls short of its spec; empty when it is as it must be. */
export function topicProblems(spec: TopicSpec, state: TopicState): TopicProblem[] {
  return [...shapeProblems(spec, state), ...settingProblems(spec, state)];
}

function shapeProblems(spec: TopicSpec, state: TopicState): TopicProblem[] {
  const problems: TopicProblem[] = [];
  if (state.partitionCount !== spec.partitionCount) {
    problems.push({
      topic: spec.name,
      setting: 'partitions',
      seen: String(state.partitionCount),
      wanted: String(spec.partitionCount),
      cure: `Set ${state.partitionCount} in the configuration, or make the topic again: the count moves keys.`,
    });
  }
  if (state.replicationFactor < spec.replicationFactor) {
    problems.push({
      topic: spec.name,
      setting: 'replication factor',
      seen: String(state.replicationFactor),
      wanted: `${spec.replicationFactor} or more`,
      cure: 'Add replicas with kafka-reassign-partitions.sh, or lower the wanted number in the configuration.',
    });
  }
  return problems;
}

function settingProblems(spec: TopicSpec, { replicationFactor, settings }: TopicState): TopicProblem[] {
  return [...topicSettings(spec)].flatMap(([setting, wanted]) => {
    const seen = settings.get(setting);
    const cure = `kafka-configs.sh --bootstrap-server BROKER --alter --entity-type topics --entity-name ${spec.name} --add-config ${setting}=${wanted}`;
    const problem = { topic: spec.name, setting, seen: seen ?? 'not shown', wanted, cure };
    if (seen === undefined) return [{ ...problem, cure: 'Allow this user DescribeConfigs on the topic.' }];
    if (setting === 'cleanup.policy') return seen === wanted ? [] : [problem];
    if (setting === 'min.insync.replicas' && Number(seen) > replicationFactor) {
      // Every write would be refused.
      return [{ ...problem, wanted: `${wanted}, and at most the ${replicationFactor} replicas` }];
    }
    if (setting === 'segment.bytes') {
      return Number(seen) <= Number(wanted) ? [] : [{ ...problem, wanted: `${wanted} or less` }];
    }
    return isAtLeast(seen, wanted) ? [] : [{ ...problem, wanted: `${wanted} or more` }];
  });
}

/** Kafka writes "for ever" as -1. */
function isAtLeast(seen: string, wanted: string): boolean {
  if (seen === '-1') return true;
  return wanted !== '-1' && Number(seen) >= Number(wanted);
}
