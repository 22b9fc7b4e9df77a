import { DiodeError, type DiodeErrorCode } from '../ops/diode-error.ts';

/** A failure as librdkafka or kafkajs reports it. */
export interface KafkaFailure {
  /** librdkafka's or the protocol's number; absent where node-rdkafka drops it (events, delivery reports). */
  readonly code?: number | undefined;
  readonly message: string;
  /** The last connection failures from the client's log: they alone carry the reason. */
  readonly log?: readonly string[];
}

/** What was attempted, for the sentence. */
export interface KafkaAttempt {
  readonly brokers: string;
  readonly topic?: string | undefined;
  readonly transactionalId?: string | undefined;
  /** Completes "while …", such as "while committing". */
  readonly during: string;
}

/** One sentence of what was seen and one of the cure, under a stable code, for what Kafka clients report. */
export function explainKafkaFailure(failure: KafkaFailure, attempt: KafkaAttempt): DiodeError {
  const direct =
    rules.find(({ codes }) => failure.code !== undefined && codes?.includes(failure.code)) ??
    rules.find(({ text }) => text.test(failure.message));
  // Newest first: an old failure may have been cured since.
  const reasons = (failure.log ?? []).map(withoutPrefix).toReversed();
  const logged = reasons.flatMap((reason) => rules.filter(({ text }) => text.test(reason)).slice(0, 1))[0];
  const rule = direct !== undefined && direct.vague !== true ? direct : (logged ?? direct ?? unknown);
  const reason = reasons.find((line) => rule.text.test(line)) ?? failure.message;
  const { seen, cure } = rule.explain({ ...attempt, topic: attempt.topic ?? 'the topic' });
  return new DiodeError(rule.code, `${seen}, ${attempt.during}: ${reason.replace(/[.\s]+$/, '')}.`, cure, {
    cause: failure,
  });
}

interface Explained extends KafkaAttempt {
  readonly topic: string;
}

interface Rule {
  readonly code: DiodeErrorCode;
  readonly codes?: readonly number[];
  /** Also looked for in the log, in lower or mixed case: node-rdkafka lowers the text of some errors. */
  readonly text: RegExp;
  /** Says nothing of the reason (librdkafka answers a wrong password so, too): the log decides, where it can. */
  readonly vague?: boolean;
  readonly explain: (about: Explained) => { readonly seen: string; readonly cure: string };
}

/** librdkafka's own, RD_KAFKA_RESP_ERR__… in rdkafka.h. */
const LOCAL = {
  FENCED: -144,
  AUTHENTICATION: -169,
  SSL: -181,
  TIMED_OUT: -185,
  ALL_BROKERS_DOWN: -187,
  UNKNOWN_TOPIC: -188,
  UNKNOWN_PARTITION: -190,
  MSG_TIMED_OUT: -192,
  RESOLVE: -193,
  TRANSPORT: -195,
} as const;

/** The Kafka protocol's, https://kafka.apache.org/protocol#protocol_error_codes. */
const PROTOCOL = {
  UNKNOWN_TOPIC_OR_PARTITION: 3,
  REQUEST_TIMED_OUT: 7,
  MESSAGE_TOO_LARGE: 10,
  RECORD_LIST_TOO_LARGE: 18,
  NOT_ENOUGH_REPLICAS: 19,
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: 20,
  TOPIC_AUTHORIZATION_FAILED: 29,
  GROUP_AUTHORIZATION_FAILED: 30,
  CLUSTER_AUTHORIZATION_FAILED: 31,
  UNSUPPORTED_SASL_MECHANISM: 33,
  ILLEGAL_SASL_STATE: 34,
  UNSUPPORTED_VERSION: 35,
  INVALID_PRODUCER_EPOCH: 47,
  INVALID_TRANSACTION_TIMEOUT: 50,
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 53,
  SASL_AUTHENTICATION_FAILED: 58,
  PRODUCER_FENCED: 90,
} as const;

const unknown: Rule = {
  code: 'kafka-failed',
  text: /^/,
  explain: ({ brokers }) => ({
    seen: `Kafka at ${brokers} failed`,
    cure: 'Look into the log of the broker, and that of this program at debug level.',
  }),
};

/** Tried in this order, by code, then by text, then by the log. */
const rules: readonly Rule[] = [
  {
    code: 'kafka-tls',
    text: /certificate verify failed|certificate could not be verified|unable to (verify the first|get local issuer) certificate|self[- ]signed certificate/i,
    explain: ({ brokers }) => ({
      seen: `The certificate of the Kafka broker at ${brokers} could not be verified`,
      cure: 'Set ssl.ca.location to the CA that signed it, and connect by a name that the certificate carries.',
    }),
  },
  {
    code: 'kafka-tls',
    text: /connecting to a plaintext broker listener|wrong version number|disconnected before secure tls/i,
    explain: ({ brokers }) => ({
      seen: `The Kafka listener at ${brokers} does not speak TLS`,
      cure: "Name the broker's TLS port, or set security.protocol to what this listener expects.",
    }),
  },
  {
    code: 'kafka-tls',
    codes: [LOCAL.SSL],
    text: /ssl handshake failed|ssl error|ssl\.[a-z.]+ failed|tlsv1 alert|sslv3 alert/i,
    explain: ({ brokers }) => ({
      seen: `The TLS handshake with Kafka at ${brokers} failed`,
      cure: "Compare ssl.ca.location, ssl.certificate.location and ssl.key.location with the broker's listener.",
    }),
  },
  {
    code: 'kafka-sasl',
    codes: [
      LOCAL.AUTHENTICATION,
      PROTOCOL.SASL_AUTHENTICATION_FAILED,
      PROTOCOL.UNSUPPORTED_SASL_MECHANISM,
      PROTOCOL.ILLEGAL_SASL_STATE,
    ],
    text: /sasl authentication|authentication fail|sasl mechanism|unsupported mechanism/i,
    explain: ({ brokers }) => ({
      seen: `Kafka at ${brokers} refused the login`,
      cure: 'Check sasl.username, sasl.password and sasl.mechanism against the users of the broker.',
    }),
  },
  {
    code: 'kafka-acl',
    codes: [PROTOCOL.TRANSACTIONAL_ID_AUTHORIZATION_FAILED],
    text: /transactional ?id authorization failed/i,
    explain: ({ transactionalId }) => ({
      seen: `Kafka does not allow this user the transactional id ${transactionalId ?? ''}`,
      cure: 'Grant Write and Describe on it: `diode-receiver check DIR --acls` prints the kafka-acls.sh lines.',
    }),
  },
  {
    code: 'kafka-acl',
    codes: [PROTOCOL.TOPIC_AUTHORIZATION_FAILED],
    text: /topic authorization failed/i,
    explain: ({ topic }) => ({
      seen: `Kafka does not allow this user what it needs on ${topic}`,
      cure: 'Grant it: `diode-receiver check DIR --acls` prints the kafka-acls.sh lines.',
    }),
  },
  {
    code: 'kafka-acl',
    codes: [PROTOCOL.GROUP_AUTHORIZATION_FAILED, PROTOCOL.CLUSTER_AUTHORIZATION_FAILED],
    text: /(group|cluster) authorization failed/i,
    explain: ({ brokers }) => ({
      seen: `Kafka at ${brokers} does not allow this user the operation`,
      cure: 'Grant it: `diode-receiver check DIR --acls` prints the kafka-acls.sh lines.',
    }),
  },
  {
    code: 'kafka-message-too-large',
    codes: [PROTOCOL.MESSAGE_TOO_LARGE, PROTOCOL.RECORD_LIST_TOO_LARGE],
    text: /message (size|batch|was)? ?(too|larger)|record list too large/i,
    explain: ({ topic }) => ({
      seen: `A record is larger than Kafka accepts for ${topic}`,
      cure: "Raise max.message.bytes of the topic (and the broker's message.max.bytes) above the record limit.",
    }),
  },
  {
    code: 'kafka-topic',
    codes: [PROTOCOL.UNKNOWN_TOPIC_OR_PARTITION, LOCAL.UNKNOWN_TOPIC, LOCAL.UNKNOWN_PARTITION],
    text: /unknown (topic|partition)|does not host this topic/i,
    explain: ({ topic }) => ({
      seen: `Kafka has no topic ${topic}`,
      cure: 'Create it, or allow the program to: `diode-receiver check` names the settings that each topic needs.',
    }),
  },
  {
    code: 'kafka-topic',
    codes: [PROTOCOL.NOT_ENOUGH_REPLICAS, PROTOCOL.NOT_ENOUGH_REPLICAS_AFTER_APPEND],
    text: /not enough in-sync replicas|insufficient in-sync|lower than the configured minimum/i,
    explain: ({ topic }) => ({
      seen: `Fewer replicas of ${topic} are in sync than its min.insync.replicas`,
      cure: 'Bring the missing brokers back; the spool keeps what has not been published.',
    }),
  },
  {
    code: 'kafka-fenced',
    codes: [LOCAL.FENCED, PROTOCOL.PRODUCER_FENCED, PROTOCOL.INVALID_PRODUCER_EPOCH],
    text: /fenced|newer instance|producer.*epoch/i,
    explain: ({ transactionalId }) => ({
      seen: `Another producer took over the transactional id ${transactionalId ?? ''}, or this one's transaction timed out`,
      cure: 'If a standby took over, leave this receiver stopped; otherwise nothing is to be done.',
    }),
  },
  {
    code: 'kafka-timeout',
    codes: [PROTOCOL.INVALID_TRANSACTION_TIMEOUT],
    text: /transaction timeout is larger/i,
    explain: ({ brokers }) => ({
      seen: `The transaction time-out is longer than Kafka at ${brokers} allows`,
      cure: "Shorten it, or raise the broker's transaction.max.timeout.ms.",
    }),
  },
  {
    code: 'kafka-unreachable',
    codes: [LOCAL.RESOLVE],
    text: /failed to resolve|host resolution failure|enotfound|eai_again/i,
    explain: ({ brokers }) => ({
      seen: `A broker name in ${brokers} could not be resolved`,
      cure: "Correct the name, or the machine's name service.",
    }),
  },
  {
    code: 'kafka-unreachable',
    text: /receive 0 after pollin|connection closed by peer|closed connection|disconnected while requesting apiversion/i,
    explain: ({ brokers }) => ({
      seen: `Kafka at ${brokers} closed the connection`,
      cure: 'Set security.protocol to what this listener expects (plaintext, ssl, sasl_plaintext, sasl_ssl).',
    }),
  },
  {
    code: 'kafka-unreachable',
    text: /connection refused|econnrefused|network is unreachable|no route to host|e(host|net)unreach/i,
    explain: ({ brokers }) => ({
      seen: `No Kafka broker answers at ${brokers}`,
      cure: 'Start the broker or correct its address; a firewall may be in between.',
    }),
  },
  {
    code: 'kafka-unreachable',
    codes: [PROTOCOL.UNSUPPORTED_VERSION],
    text: /not support the requested api/i,
    explain: ({ brokers }) => ({
      seen: `What answers at ${brokers} does not do what a broker does`,
      cure: "Name the port of a broker: this may be a controller's.",
    }),
  },
  {
    code: 'kafka-unreachable',
    codes: [LOCAL.TRANSPORT, LOCAL.ALL_BROKERS_DOWN],
    vague: true,
    text: /transport failure|all broker connections are down|connection setup timed out/i,
    explain: ({ brokers }) => ({
      seen: `Kafka cannot be reached at ${brokers}`,
      cure: 'Start the broker or correct its address; a firewall may be in between.',
    }),
  },
  {
    code: 'kafka-timeout',
    codes: [LOCAL.TIMED_OUT, LOCAL.MSG_TIMED_OUT, PROTOCOL.REQUEST_TIMED_OUT],
    vague: true,
    text: /timed? ?out/i,
    explain: ({ brokers }) => ({
      seen: `Kafka at ${brokers} did not answer in time`,
      cure: 'Look whether its brokers are up and its __transaction_state topic has its replicas.',
    }),
  },
];

/** Without librdkafka's thread and state, which tell an operator nothing: `[thrd:x]: x/bootstrap: reason (after …)`. */
function withoutPrefix(line: string): string {
  return line.replace(/^\[thrd:[^\]]*\]: (?:\S+: )?/, '').replace(/ \(after \d+ms in state .*\)$/, '');
}
