/** What DIR/config.yaml of a receiver says, after parsing. Units last; paths absolute. */
import type { IdentityConfig } from './identity-config.ts';
import type { OpsConfig } from './sender-config.ts';

export interface ReceiverConfig {
  readonly boundary: string;
  readonly link: UdpReceiveConfig;
  readonly identity: IdentityConfig;
  readonly issuers: readonly IssuerConfig[];
  readonly kafka: KafkaConfig;
  readonly gate: { readonly holdMs: number };
  readonly spool: { readonly maxBytes: number };
  readonly clock: { readonly maxSkewMs: number };
  readonly ops: OpsConfig;
}

export interface UdpReceiveConfig {
  readonly kind: 'udp';
  readonly address: string;
  readonly port: number;
  /** Wanted SO_RCVBUF; the kernel caps it at net.core.rmem_max. */
  readonly receiveBufferBytes: number;
}

/** One trusted token issuer; its keys are a file until the trust bundle brings them. */
export interface IssuerConfig {
  readonly issuer: string;
  readonly audience: readonly string[];
  /** Path of a JWKS file. */
  readonly jwks: string;
  /** JWS algorithms, such as EdDSA, ES256, PS256, RS256. `none` and HMAC are refused by the config. */
  readonly algorithms: readonly string[];
  /** Values of the `typ` header that pass, such as at+jwt and JWT; absent `typ` is refused unless "" is listed. */
  readonly types: readonly string[];
  readonly maxLifetimeSeconds: number;
  readonly clockSkewSeconds: number;
  /** The claim whose value is the last part of the Kafka key, such as client_id; absent: slot is empty. */
  readonly slotClaim?: string;
}

export interface KafkaConfig {
  readonly brokers: readonly string[];
  /** librdkafka settings passed through: security.protocol, sasl.*, ssl.* … */
  readonly client: Readonly<Record<string, string | number | boolean>>;
  /** Before each topic's name; default "<boundary>.". */
  readonly topicPrefix: string;
  readonly createTopics: boolean;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly minInsyncReplicas: number;
  readonly transactionTimeoutMs: number;
  /** An uncompacted copy of `identity`. */
  readonly history: boolean;
  /** librdkafka's mock cluster: topics appear by themselves and cannot be checked. The demo sets it. */
  readonly embedded: boolean;
}
