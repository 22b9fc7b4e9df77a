/** What DIR/config.yaml of a receiver says, after parsing. Units last; paths absolute. */
import type { IdentityConfig } from './identity-config.ts';
import type { Batching, OpsConfig, SerialPortConfig } from './sender-config.ts';

export interface ReceiverConfig {
  readonly boundary: string;
  readonly link: UdpReceiveConfig | SerialPortConfig | MediaReceiveConfig;
  readonly identity: IdentityConfig;
  readonly issuers: readonly IssuerConfig[];
  readonly sealedAudiences: readonly SealedAudienceConfig[];
  readonly kafka: KafkaConfig;
  readonly gate: { readonly holdMs: number };
  /** Absent: as many threads as there are cores. 1: none beside the one that does the rest. */
  readonly tokens: { readonly threads?: number };
  readonly spool: { readonly maxBytes: number };
  readonly clock: { readonly maxSkewMs: number };
  readonly guard: GuardConfig;
  readonly approvers: readonly ApproverConfig[];
  /** How many persons must approve. */
  readonly approvals: number;
  readonly ops: OpsConfig;
  readonly verification: VerificationConfig;
}

/** Where resource servers of the isolated side fetch the keys that verify what is published. */
export interface VerificationConfig {
  readonly address: string;
  /** Absent: nothing is served. */
  readonly port?: number;
  /** How resource servers reach it, without a slash at the end; absent: http, address and port. */
  readonly publicUrl?: string;
  /** How long they may keep what they fetched, and so how long a key that was revoked is believed. */
  readonly maxAgeSeconds: number;
}

/** How much may vanish, or be granted, before somebody has to approve it. */
export interface GuardConfig {
  /** Of the subjects that lived when the sliding hour began, deleted or deactivated in it; likewise of memberships. 100: all. */
  readonly maxLossPercent: number;
  /** So many are always let through, whatever the share is. */
  readonly freeLosses: number;
  readonly freeMembershipLosses: number;
  /** Values of `roles` whose grant needs approval. */
  readonly adminRoles: readonly string[];
  /** Ids of groups that nobody joins without approval. */
  readonly adminGroups: readonly string[];
}

export interface ApproverConfig {
  /** Of a person; two keys of one person have one name. */
  readonly name: string;
  /** Raw Ed25519 public key, base64url. */
  readonly key: string;
}

/** No live link: frames come on media. */
export interface MediaReceiveConfig {
  readonly kind: 'media';
}

export interface UdpReceiveConfig {
  readonly kind: 'udp';
  readonly address: string;
  readonly port: number;
  /** Wanted SO_RCVBUF; the kernel caps it at net.core.rmem_max. */
  readonly receiveBufferBytes: number;
  /** At most; by default `segments`. */
  readonly batching?: Batching;
  /** Whether a thread of its own reads it; absent: where there is more than one core. */
  readonly ownThread?: boolean;
}

/** One trusted token issuer of a receiver without a root; with one, issuers and their keys come in the trust bundle. */
export interface IssuerConfig extends IssuerPolicy {
  /** Path of a JWKS file. */
  readonly jwks: string;
}

/** What tokens of an issuer may be. */
export interface IssuerPolicy {
  readonly issuer: string;
  readonly audience: readonly string[];
  /** JWS algorithms, such as EdDSA, ES256, PS256, RS256. `none` and HMAC are refused by the config. */
  readonly algorithms: readonly string[];
  /** Values of the `typ` header that pass, such as at+jwt and JWT; absent `typ` is refused unless "" is listed. */
  readonly types: readonly string[];
  readonly maxLifetimeSeconds: number;
  readonly clockSkewSeconds: number;
  /** The attribute of a SCIM User that `sub` is: \`id\`, or another whose value is a text, such as userName. */
  readonly subjectAttribute?: string;
  /** The claim whose value is the last part of the Kafka key, such as client_id; absent: slot is empty. */
  readonly slotClaim?: string;
}

/** An audience whose tokens are published as JWE to a key of its own. */
export interface SealedAudienceConfig {
  /** As tokens name it in `aud`. */
  readonly audience: string;
  /** Path of its public key: a JWK. */
  readonly key: string;
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
