/**
 * A process of its own that leaves a transaction open until it is killed: the crash that exactly-once must survive.
 * Arguments: brokers, topic, transactional id, number of records. Its parent sees the records uncommitted.
 */
import { RdkafkaProducer } from '../../src/kafka/rdkafka.ts';

const [brokers = '', topic = '', transactionalId = '', count = '1'] = process.argv.slice(2);
const producer = new RdkafkaProducer(
  { brokers },
  { 'transactional.id': transactionalId, 'transaction.timeout.ms': 60_000 },
);
await producer.connect();
await producer.initTransactions(20_000);
await producer.beginTransaction();
for (let index = 0; index < Number(count); index += 1) {
  producer.produce({ topic, key: `crash-${index}`, value: 'never committed', headers: [] });
}
// Keeps the process until its parent kills it.
setInterval(() => producer.poll(), 100);
