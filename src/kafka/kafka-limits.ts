const KIB = 1024;
const MIB = 1024 * KIB;

/** Every bound of the connection to Kafka, with its arithmetic. */
export const KAFKA_LIMITS = {
  /** A first answer from a cluster that lives takes well below a second; a name server that is down takes 5 s. */
  connectTimeoutMs: 10_000,
  /** initTransactions waits until the coordinator ended what a predecessor left open: one transaction time-out, twice. */
  initTransactionsTimeoutMs: 30_000,
  /** Short, so that a crashed predecessor's open transaction hides records from readers for no longer. */
  transactionTimeoutMs: 15_000,
  /** An abort is a courtesy to readers: the next initTransactions ends the transaction too. */
  abortTimeoutMs: 5_000,
  /** What a native call may take beyond the time-out given to it before it counts as stuck. */
  nativeSlackMs: 5_000,
  /** A producer that is destroyed has nothing worth waiting for: what is not committed is published again. */
  flushTimeoutMs: 1_000,
  /** librdkafka's own disconnect can hang; after this the client is abandoned. */
  destroyTimeoutMs: 10_000,
  /** Events are fetched this often; a poll of an empty queue takes microseconds. */
  pollIntervalMs: 50,
  /** Waiting for room in librdkafka's queue: 2 ms empty about 200 records at 100k/s. */
  queueFullPauseMs: 2,
  /** Between looks whether a transaction's records are acknowledged: the shortest pause that Node knows. */
  flushPauseMs: 1,
  /** A new topic is known everywhere well within a second; below transactionTimeoutMs, so that the reason is told. */
  unknownTopicMs: 5_000,
  /** Records handed over before the event loop gets a turn: at about 5 µs each, 2.5 ms. */
  recordsPerTurn: 500,
  /** librdkafka's queue: one transaction (RECEIVER_LIMITS.maxTransactionRecords and Bytes) and as much again. */
  queueRecords: 20_000,
  queueKib: (64 * MIB) / KIB,
  /**
   * One record as librdkafka counts it (key, value, headers). The broker's max.message.bytes, 1,048,588 by default,
   * bounds a batch: 588 less leave room for the batch header (61) and the framing of one record with its headers.
   */
  messageBytes: 1_048_000,
  /** Values are made bytes here, record by record; larger ones, which are rare, get memory of their own. */
  encodedBytes: 64 * KIB,
  /** A value of up to so many bytes finds its Buffer made: one a length, of some 150 bytes each, 0.6 MB at most. */
  keptViewBytes: 4 * KIB,
  /** The last lines of librdkafka's log, which alone say why a connection failed: 8 × about 300 bytes. */
  failureLines: 8,
  /** librdkafka repeats "all brokers down" with every poll; the same text is passed on once in this time. */
  repeatedErrorMs: 10_000,
  /** Records asked for at once when a topic is read. */
  readRecords: 1_000,
  /** How long one read waits for the first record: bounds how late a time-out is noticed. */
  readPauseMs: 200,
  /** One read ends sooner, unless each of its records just misses the pause; then it counts as stuck. */
  readTimeoutMs: 60_000,
  /** Fetched ahead of the reader. */
  readAheadKib: (16 * MIB) / KIB,
  /** A new topic is known to each broker within a second, and within some where other work has the cores; looked for so often. */
  newTopicMs: 15_000,
  newTopicPauseMs: 100,
  /** Topics are created and described within this. */
  adminTimeoutMs: 10_000,
} as const;
