import { DiodeError } from '../ops/diode-error.ts';

/** librdkafka settings as an operator writes them: TLS, SASL, sockets, client.id. */
export type ClientConfig = Readonly<Record<string, string | number | boolean>>;

/** Down: librdkafka reported that no broker can be reached; it keeps trying by itself. */
export type KafkaState = 'connecting' | 'up' | 'down' | 'closed';

/** What metrics and logs want to know. Called on the main thread, never after the client closed. */
export interface KafkaObserver {
  onState?(state: KafkaState): void;
  /** A broker error in librdkafka's words; the same text at most every 10 s. */
  onBrokerError?(text: string): void;
  /** librdkafka's log at warning or worse. Severity as in syslog: 4 warning, 3 error. */
  onLog?(line: { readonly severity: number; readonly facility: string; readonly text: string }): void;
}

/** How to reach a cluster. */
export interface KafkaConnection {
  /** host:port, several separated by commas. */
  readonly brokers: string;
  readonly clientConfig?: ClientConfig;
  readonly observer?: KafkaObserver;
  /** 10 s by default. */
  readonly connectTimeoutMs?: number;
}

/** Settings that exactly-once rests on, or that the code decides: an operator's value would break a promise. */
const ownedSettings: ReadonlySet<string> = new Set([
  'metadata.broker.list',
  'bootstrap.servers',
  'transactional.id',
  'transaction.timeout.ms',
  'enable.idempotence',
  'acks',
  'request.required.acks',
  'max.in.flight',
  'max.in.flight.requests.per.connection',
  'enable.gapless.guarantee',
  'delivery.report.only.error',
  'partitioner',
  'isolation.level',
  'group.id',
  'enable.auto.commit',
  'enable.auto.offset.store',
  'enable.partition.eof',
  'auto.offset.reset',
  'allow.auto.create.topics',
  'test.mock.num.brokers',
]);

/**
 * The global librdkafka settings of one client: `defaults`, which the operator's settings override, and `fixed`.
 * Throws DiodeError `config-invalid` naming every setting that is not the operator's to set.
 */
export function clientSettings(
  connection: KafkaConnection,
  { defaults = {}, fixed }: { readonly defaults?: ClientConfig; readonly fixed: ClientConfig },
): Record<string, unknown> {
  const config = connection.clientConfig ?? {};
  const refused = Object.keys(config).filter((name) => ownedSettings.has(name));
  if (refused.length > 0) {
    const seen = `The Kafka client settings name ${refused.join(', ')}, which identity-diode sets itself.`;
    throw new DiodeError('config-invalid', seen, 'Remove them from the configuration.');
  }
  return {
    'client.id': 'identity-diode',
    // Why a connection failed comes at 3 and 4, but at 6 when a broker hangs up on the first request, as a TLS
    // listener does to a plain client. Only 4 and worse reach the observer.
    log_level: 6,
    'socket.keepalive.enable': true,
    'reconnect.backoff.max.ms': 2_000,
    ...defaults,
    ...config,
    'metadata.broker.list': connection.brokers,
    ...fixed,
  };
}
