/** One Kafka record to publish. */
export interface KafkaRecord {
  readonly topic: string;
  /** UTF-8; never empty, since every topic of ours is keyed. */
  readonly key: string;
  /** Sent as UTF-8. Null is a tombstone. An empty value is refused: node-rdkafka would make a tombstone of it. */
  readonly value: string | null;
  /** Printable ASCII: node-rdkafka cuts values at a NUL, and the CloudEvents binding is ASCII. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** When the client hands it over, by default. */
  readonly timestampMs?: number;
}

/** A record as it lies in a topic. */
export interface ReadRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  /** Null is a tombstone. */
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly timestampMs: number;
}

const printableAscii = /^[\x20-\x7e]*$/;

/**
 * Why this record cannot be published as it is, or undefined when it can. Headers that it shares with `passed`, which can be,
 * are not looked at again: most are those of the record before.
 */
export function recordFault(record: KafkaRecord, passed?: KafkaRecord): string | undefined {
  if (record.topic === '') return 'the topic is empty';
  if (record.key === '') return 'the key is empty';
  if (record.value === '') return 'the value has no bytes; a tombstone is null';
  for (let at = 0; at < record.headers.length; at++) {
    const header = record.headers[at] as KafkaRecord['headers'][number];
    if (header === passed?.headers[at]) continue;
    const [name, value] = header;
    if (name === '' || !printableAscii.test(name)) return `the header name ${JSON.stringify(name)} is not ASCII`;
    if (!printableAscii.test(value)) return `the header ${name} is not printable ASCII`;
  }
  const { timestampMs } = record;
  // librdkafka takes 0 as "now".
  if (timestampMs !== undefined && !(Number.isSafeInteger(timestampMs) && timestampMs > 0)) {
    return `the timestamp ${timestampMs} is not a positive whole number of milliseconds`;
  }
  return undefined;
}
