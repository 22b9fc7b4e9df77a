/** The ways a test client may connect; PLAINTEXT is always there, for readiness and for kcat. */
export type KafkaListener = 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL';

export interface KafkaServerSettings {
  /** The address that is listened on and advertised. */
  readonly host: string;
  readonly ports: Readonly<Partial<Record<KafkaListener, number>>> & { readonly PLAINTEXT: number };
  readonly controllerPort: number;
  readonly dataFolder: string;
  /** For SSL and SASL_SSL: PEM files; the key file holds the private key (PKCS#8) and the certificate. */
  readonly tls?: { readonly caFile: string; readonly keyAndCertificateFile: string };
  /** For SASL listeners: user → password, mechanism PLAIN. */
  readonly users?: Readonly<Record<string, string>>;
  /** Appended last, so that a test may override anything. */
  readonly extra?: Readonly<Record<string, string>>;
}

/** The text of server.properties for one broker that is its own controller (KRaft). */
export function kafkaServerProperties(settings: KafkaServerSettings): string {
  const listeners = Object.entries(settings.ports) as [KafkaListener, number][];
  const address = ([name, port]: readonly [string, number]) => `${name}://${bracketed(settings.host)}:${port}`;
  const properties: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    listeners: [...listeners.map(address), `CONTROLLER://127.0.0.1:${settings.controllerPort}`].join(','),
    'advertised.listeners': listeners.map(address).join(','),
    'listener.security.protocol.map': [...listeners.map(([name]) => `${name}:${name}`), 'CONTROLLER:PLAINTEXT'].join(),
    'controller.listener.names': 'CONTROLLER',
    // A static quorum, so that the formatted folder names no port and survives a change of it.
    'controller.quorum.voters': `1@127.0.0.1:${settings.controllerPort}`,
    'log.dirs': settings.dataFolder,
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    // 50 each by default: most of the time a first transaction takes.
    'offsets.topic.num.partitions': '2',
    'transaction.state.log.num.partitions': '2',
    // A killed broker may register again once its session has ended: 9 s by default.
    'broker.session.timeout.ms': '2000',
    'broker.heartbeat.interval.ms': '500',
    'group.initial.rebalance.delay.ms': '0',
    // A topic nobody made is an operator's mistake, and tests must see it as one.
    'auto.create.topics.enable': 'false',
    ...tlsProperties(settings),
    ...saslProperties(settings),
    ...settings.extra,
  };
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

function tlsProperties({ tls }: KafkaServerSettings): Record<string, string> {
  if (tls === undefined) return {};
  return {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': tls.keyAndCertificateFile,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': tls.caFile,
  };
}

function saslProperties({ users, ports }: KafkaServerSettings): Record<string, string> {
  if (users === undefined) return {};
  const entries = Object.entries(users).map(([user, password]) => `user_${user}="${password}"`);
  const jaas = `org.apache.kafka.common.security.plain.PlainLoginModule required ${entries.join(' ')};`;
  const listeners = Object.keys(ports).filter((name) => name.startsWith('SASL_'));
  return {
    'sasl.enabled.mechanisms': 'PLAIN',
    ...Object.fromEntries(
      listeners.map((name) => [`listener.name.${name.toLowerCase()}.plain.sasl.jaas.config`, jaas]),
    ),
  };
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
