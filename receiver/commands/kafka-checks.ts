/** What `check` asks of Kafka, and the ACLs that it prints. Creates nothing. */
import { type CheckItem, ok, warn } from '../../src/cli/check-report.ts';
import type { KafkaConfig, ReceiverConfig } from '../../src/config/receiver-config.ts';
import { ensureTopics } from '../../src/kafka/ensure-topics.ts';
import { leastAcls } from '../../src/kafka/least-acls.ts';
import { refuseSettings } from '../../src/kafka/rdkafka.ts';
import type { TopicReaders } from '../../src/kafka/topic-admin.ts';
import { readersOf } from '../../src/kafka/topic-readers.ts';
import { type TopicNeeds, topicSpecs, topicUses, transactionalId } from '../publish/topics.ts';

const EVERYBODY = 'User:*';

/**
 * Throws DiodeError `config-invalid` for settings that librdkafka does not know, or that are not the operator's to set. The
 * admin client passes over what it does not know, so a mistyped `security.protocol` would look right.
 */
export function refuseClientSettings({ brokers, client }: KafkaConfig): void {
  refuseSettings({ brokers: brokers.join(','), clientConfig: client });
}

/** Throws DiodeError `kafka-*` where the cluster cannot be asked. */
export async function checkKafka(needs: TopicNeeds): Promise<readonly CheckItem[]> {
  const { kafka } = needs;
  const brokers = kafka.brokers.join(',');
  if (kafka.embedded)
    return [warn('kafka', 'kafka.embedded is on: nothing is kept.', 'Set it to false and name your brokers.')];
  refuseClientSettings(kafka);
  const desired = topicSpecs(needs);
  const topics = { desired, mayCreate: kafka.createTopics, dryRun: true };
  const { created, problems } = await ensureTopics({ brokers, clientConfig: kafka.client, ...topics });
  const items: CheckItem[] = [ok('kafka', `${brokers} answers`)];
  const others = new Set([...created, ...problems.map(({ topic }) => topic)]);
  const right = desired.filter(({ name }) => !others.has(name)).map(({ name }) => name);
  if (right.length > 0)
    items.push(ok('topics', `${right.join(', ')} ${right.length === 1 ? 'is' : 'are'} as they must be`));
  for (const topic of created) items.push(ok('topics', `${topic} is not there yet; run creates it`));
  for (const { topic, setting, seen, wanted, cure } of problems) {
    const what = setting === 'topic' ? `${topic} is ${seen}.` : `${topic}: ${setting} is ${seen}, wanted ${wanted}.`;
    items.push({ level: 'fail', item: 'topics', seen: what, cure });
  }
  const tokens = `${kafka.topicPrefix}tokens`;
  items.push(judgeReaders(tokens, await readersOf({ brokers, clientConfig: kafka.client }, tokens)));
  return items;
}

/** A token is a bearer secret: whoever reads it can use it. */
export function judgeReaders(topic: string, readers: TopicReaders): CheckItem {
  if (readers === 'unknown') {
    return ok('readers', `who may read ${topic} cannot be seen: this user may not describe ACLs`);
  }
  if (readers === 'open') {
    const seen = `The brokers have no authorizer: everybody who reaches them reads ${topic}, and can use the tokens there.`;
    return warn('readers', seen, 'Set authorizer.class.name on the brokers, then grant what --acls prints.');
  }
  if (!readers.includes(EVERYBODY)) {
    return ok('readers', `${topic} is read by ${readers.length === 0 ? 'nobody but super users' : readers.join(', ')}`);
  }
  const seen = `An ACL lets everybody (${EVERYBODY}) read ${topic}, and use the tokens there.`;
  const cure = `Run: kafka-acls.sh --bootstrap-server BROKER --list --topic ${topic}   and remove what grants it.`;
  return warn('readers', seen, cure);
}

export function receiverAcls(
  { boundary, kafka }: ReceiverConfig,
  stream: string | undefined,
  principal?: string,
): readonly string[] {
  const login = kafka.client['sasl.username'];
  return leastAcls({
    program: 'diode-receiver',
    boundaryTopics: topicUses(kafka),
    transactionalId: transactionalId(boundary, stream ?? 'STREAM'),
    principal: principal ?? `User:${login ?? 'diode-receiver'}`,
    mayCreate: kafka.createTopics,
  });
}
