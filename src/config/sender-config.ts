/** What DIR/config.yaml of a sender says, after parsing. Units last; paths absolute. */
import type { IdentityConfig } from './identity-config.ts';
import type { SignerConfig, SigningAlgorithm } from './signer-config.ts';

export interface SenderConfig {
  readonly boundary: string;
  readonly stream: string;
  readonly source: JsonlSourceConfig;
  readonly link: UdpSendConfig | SerialSendConfig | MediaSendConfig;
  readonly identity: IdentityConfig;
  readonly packer: PackerConfig;
  readonly journal: { readonly maxBytes: number };
  readonly snapshot: SnapshotConfig;
  /** Without it the sender issues no tokens. */
  readonly issuer?: TokenIssuerConfig;
  /** Whose key sets it asks for. */
  readonly foreignIssuers: readonly ForeignIssuerConfig[];
  readonly ops: OpsConfig;
}

export interface JsonlSourceConfig {
  readonly kind: 'jsonl';
  /** A file that is followed as it grows, or "-": standard input, which has no position. */
  readonly path: string;
}

/**
 * How UDP datagrams pass the kernel: by many of one size, which it cuts apart and joins (UDP_SEGMENT, UDP_GRO), by many in
 * one call (sendmmsg, recvmmsg), or one by one through node:dgram.
 */
export type Batching = 'segments' | 'datagrams' | 'none';

export interface UdpSendConfig {
  readonly kind: 'udp';
  /** An IPv4 or IPv6 address; never a name, since nothing may depend on an answer. */
  readonly address: string;
  readonly port: number;
  /** On the wire: IP and UDP headers and Ethernet's own bytes included. */
  readonly rateBitsPerSecond: number;
  /** The most that leaves ahead of the rate, counted likewise; by default 5 ms of it. At least the longest datagram. */
  readonly burstBytes?: number;
  /** Whether padding fills what frames leave of the rate. */
  readonly constantRate?: boolean;
  /** Largest symbol, a multiple of 64. */
  readonly symbolBytes: number;
  /** Repair symbols for each hundred source symbols; at least two a block whatever it says. */
  readonly repairPercent: number;
  /** When a frame is sent again, counted from its first pass; empty: never. */
  readonly repeatAfterMs: readonly number[];
  readonly helloIntervalMs: number;
  /** Wanted SO_SNDBUF; the kernel caps it at net.core.wmem_max. */
  readonly sendBufferBytes: number;
  /** At most; by default `segments`. */
  readonly batching?: Batching;
}

export interface SerialSendConfig extends SerialPortConfig {
  /** From the speed: eight bits for each byte, which takes ten on the line. */
  readonly rateBitsPerSecond: number;
  readonly symbolBytes: number;
  readonly repairPercent: number;
  readonly repeatAfterMs: readonly number[];
  readonly helloIntervalMs: number;
}

/** No live link: frames leave on media. The rest is what stages ask for, and nothing is sent by it. */
export interface MediaSendConfig {
  readonly kind: 'media';
  readonly rateBitsPerSecond: number;
  readonly symbolBytes: number;
  readonly repairPercent: number;
  readonly repeatAfterMs: readonly number[];
  readonly helloIntervalMs: number;
}

/** Of either side. */
export interface SerialPortConfig {
  readonly kind: 'serial';
  /** Such as /dev/ttyUSB0, or better its name in /dev/serial/by-id. */
  readonly device: string;
  /** Bits a second; always 8N1. */
  readonly baud: number;
  readonly dtr: LineState;
  readonly rts: LineState;
}

/** Of a modem control line; `leave`: as the kernel has it, raised at open by most drivers. Nothing depends on it. */
export type LineState = 'leave' | 'raise' | 'drop';

export interface PackerConfig {
  /** A frame closes at this size of protobuf, this count of records, or this age of its first record. */
  readonly batchBodyBytes: number;
  readonly batchRecords: number;
  readonly lingerMs: number;
}

export interface SnapshotConfig {
  /** From the beginning of one cycle to the next; 0: on command only. */
  readonly intervalHours: number;
  /** Of the link's rate, repeats included. */
  readonly ratePercent: number;
}

/** Tokens that the sender issues itself for its subjects: JWTs in the profile of RFC 9068. */
export interface TokenIssuerConfig {
  /** `iss`. */
  readonly issuer: string;
  readonly algorithm: SigningAlgorithm;
  readonly key: SignerConfig;
  /** A token for each subject and each of these, which is its `aud`. */
  readonly audiences: readonly string[];
  readonly lifetimeSeconds: number;
  /** Between the renewed token's arrival and the end of the one before: clocks that differ, publishing. */
  readonly marginSeconds: number;
  readonly maxTokensPerSecond: number;
  /** How often it is said that its revocations are complete; by default with each sixth hello. */
  readonly statusSeconds?: number;
  /** Whose tokens: a resource type. */
  readonly subjectType: string;
  /** What `sub` is: a SCIM path. */
  readonly subject: string;
  readonly clientId: string;
  /** Claim → SCIM path; `groups` is the subject's groups. */
  readonly claims: Readonly<Record<string, string>>;
  /** Binds the token to a key of the subject: RFC 7800 `cnf`. */
  readonly confirmation?: ConfirmationConfig;
  /** How long the issued-token log keeps a token after it expired. */
  readonly logDays: number;
}

export interface ConfirmationConfig {
  /** A SCIM path to a JWK, an object or its text, or to a certificate in base64. */
  readonly from: string;
  readonly as: ConfirmationMethod;
}

export type ConfirmationMethod = 'jkt' | 'jwk' | 'x5t#S256';

/** An issuer of others, whose keys are published over HTTPS. */
export interface ForeignIssuerConfig {
  /** `iss` of its tokens. */
  readonly issuer: string;
  /** Of its JWK set: https, or http on a loopback address. Without it, `issuer` is such a URL, and its metadata is asked. */
  readonly jwks?: string;
  /** Where its metadata may say that the set is, beside the issuer's own host. */
  readonly jwksHost?: string;
  /** `manual`: a changed set crosses once an operator approved it. */
  readonly approve: 'manual' | 'automatic';
  /** How often it is asked where its answers do not say how long they are fresh. */
  readonly pollSeconds: number;
}

export interface OpsConfig {
  /** Where /metrics, /healthz, /readyz and /status listen. */
  readonly address: string;
  readonly port: number;
  readonly logLevel: LogLevel;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
