import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { kafkaJars } from '../../bench/support/kafka-jars.ts';

const run = promisify(execFile);

export interface KcatRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: string | null;
  /** Null for a tombstone. */
  readonly value: string | null;
  readonly headers: readonly (readonly [string, string])[];
}

export interface KcatRead {
  readonly brokers: string;
  readonly topic: string;
  /** True reads up to the last stable offset and sees committed records only; false sees all. */
  readonly committed: boolean;
  /** Runs kcat inside this network namespace. */
  readonly namespace?: string;
  /** 30 s by default. */
  readonly timeoutMs?: number;
}

/** Everything in the topic now, as kcat sees it: a reader that is not ours. */
export async function kcatRead(read: KcatRead): Promise<KcatRecord[]> {
  const records: KcatRecord[] = [];
  await kcatEach(read, (record) => records.push(record));
  return records;
}

/** The same, one record at a time: for topics that are larger than memory should be. */
export async function kcatEach(
  { brokers, topic, committed, namespace, timeoutMs = 30_000 }: KcatRead,
  onRecord: (record: KcatRecord) => void,
): Promise<void> {
  const isolation = `isolation.level=${committed ? 'read_committed' : 'read_uncommitted'}`;
  // -e ends at the end of all partitions, -q leaves out the report of it on stderr; each end takes one fetch's wait.
  const settings = ['-X', isolation, '-X', 'fetch.wait.max.ms=50'];
  const args = ['-C', '-b', brokers, '-t', topic, '-o', 'beginning', '-e', '-q', '-J', ...settings];
  const command = namespace === undefined ? ['kcat', ...args] : ['ip', 'netns', 'exec', namespace, 'kcat', ...args];
  const [program, ...rest] = command;
  const child = spawn(program as string, rest, { stdio: ['ignore', 'pipe', 'inherit'], timeout: timeoutMs });
  const ended = once(child, 'close');
  for await (const line of createInterface({ input: child.stdout })) onRecord(parseEnvelope(line));
  const [code, signal] = (await ended) as [number | null, string | null];
  if (code !== 0) throw new Error(`kcat could not read ${topic} from ${brokers}: ${code ?? signal}`);
}

interface KcatEnvelope {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly ts: number;
  readonly key: string | null;
  readonly payload: string | null;
  /** Name, value, name, value. */
  readonly headers?: readonly string[];
}

export function parseEnvelope(line: string): KcatRecord {
  const envelope = JSON.parse(line) as KcatEnvelope;
  const flat = envelope.headers ?? [];
  const headers = flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1] ?? ''] as const] : []));
  const { topic, partition, offset, ts: timestampMs, key, payload: value } = envelope;
  return { topic, partition, offset, timestampMs, key, value, headers };
}

/**
 * Runs one of Kafka's own command-line tools by its class, such as `org.apache.kafka.tools.TopicCommand`
 * (kafka-topics.sh), `org.apache.kafka.tools.AclCommand` (kafka-acls.sh), `kafka.admin.ConfigCommand`
 * (kafka-configs.sh), giving it `input`. Answers what it printed; rejects when it fails. About 1 s each.
 */
export async function runKafkaTool(className: string, args: readonly string[], input = ''): Promise<string> {
  const java = ['-XX:TieredStopAtLevel=1', '-Dorg.slf4j.simpleLogger.defaultLogLevel=error'];
  const running = run('java', [...java, '-cp', `${await kafkaJars()}/*`, className, ...args]);
  running.child.stdin?.end(input);
  const { stdout } = await running;
  return stdout;
}
