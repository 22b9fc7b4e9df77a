import type { KafkaConnection } from './kafka-connection.ts';
import { openTopicAdmin, type TopicReaders } from './topic-admin.ts';

/** Whom ACLs let read a topic. Rejects with DiodeError `kafka-*` where the cluster cannot be asked. */
export async function readersOf(connection: KafkaConnection, topic: string): Promise<TopicReaders> {
  const admin = await openTopicAdmin(connection);
  try {
    return await admin.describeReaders(topic);
  } finally {
    await admin.close();
  }
}
