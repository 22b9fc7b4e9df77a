/**
 * The one file that imports kafkajs, and for one reason: node-rdkafka cannot describe a topic's settings. It creates
 * and describes topics when a program starts or is checked, never while it runs.
 */
import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import kafkajs, { type Admin, type SASLOptions } from 'kafkajs';
import { DiodeError } from '../ops/diode-error.ts';
import type { ClientConfig, KafkaConnection } from './kafka-connection.ts';
import { explainKafkaFailure, type KafkaFailure } from './kafka-failure.ts';
import { KAFKA_LIMITS } from './kafka-limits.ts';
import { type TopicSpec, type TopicState, topicSettings } from './topic-spec.ts';

/** What is needed of an admin client. Every call rejects with DiodeError `kafka-*`, within 10 s or so. */
export interface TopicAdmin {
  listTopics(): Promise<readonly string[]>;
  /** False when it was there already. In a dry run the broker says whether it would create it, and does not. */
  createTopic(spec: TopicSpec, options: { readonly dryRun: boolean }): Promise<boolean>;
  /** Undefined where the broker that was asked does not know it, as for a while after its creation. */
  describeTopic(name: string, settings: readonly string[]): Promise<TopicState | undefined>;
  /** Whom ACLs let read a topic. */
  describeReaders(name: string): Promise<TopicReaders>;
  close(): Promise<void>;
}

/** `open`: no authorizer stands before it. `unknown`: this principal may not see ACLs. Else principals, `User:*` for everybody. */
export type TopicReaders = 'open' | 'unknown' | readonly string[];

/**
 * A connected admin client. kafkajs knows TLS with PEM files and SASL PLAIN and SCRAM; for other ways to log in it
 * rejects with DiodeError `config-invalid`, whose cure is to check the topics by hand.
 */
export async function openTopicAdmin(connection: KafkaConnection): Promise<TopicAdmin> {
  const timeoutMs = connection.connectTimeoutMs ?? KAFKA_LIMITS.connectTimeoutMs;
  const kafka = new kafkajs.Kafka({
    clientId: 'identity-diode',
    brokers: connection.brokers.split(',').map((broker) => broker.trim()),
    ...securityOptions(connection.clientConfig ?? {}),
    connectionTimeout: timeoutMs,
    authenticationTimeout: timeoutMs,
    requestTimeout: KAFKA_LIMITS.adminTimeoutMs,
    retry: { retries: 1 },
    logLevel: kafkajs.logLevel.NOTHING,
  });
  return connected(kafka.admin(), connection.brokers);
}

/** `brokers`: for the sentences. */
export async function connected(admin: Admin, brokers: string): Promise<TopicAdmin> {
  const asked = <T>(during: string, call: () => Promise<T>, topic?: string): Promise<T> =>
    call().catch((error: unknown) => {
      throw explainKafkaFailure(asFailure(error), { brokers, topic, during });
    });
  await asked('while connecting', () => admin.connect());
  return {
    listTopics: () => asked('while listing topics', () => admin.listTopics()),
    createTopic: (spec, { dryRun }) => asked('while creating it', () => createTopic(admin, spec, dryRun), spec.name),
    describeTopic: (name, settings) => asked('while describing it', () => describeTopic(admin, name, settings), name),
    describeReaders: (name) => asked('while describing its ACLs', () => describeReaders(admin, name), name),
    close: () => admin.disconnect().catch(() => undefined),
  };
}

function createTopic(admin: Admin, spec: TopicSpec, dryRun: boolean): Promise<boolean> {
  return admin.createTopics({
    validateOnly: dryRun,
    timeout: KAFKA_LIMITS.adminTimeoutMs,
    // A broker that has not heard of the new topic yet answers that it has none, and kafkajs takes that for a failed creation.
    waitForLeaders: false,
    topics: [
      {
        topic: spec.name,
        numPartitions: spec.partitionCount,
        replicationFactor: spec.replicationFactor,
        configEntries: [...topicSettings(spec)].map(([name, value]) => ({ name, value })),
      },
    ],
  });
}

async function describeTopic(admin: Admin, name: string, settings: readonly string[]): Promise<TopicState | undefined> {
  try {
    const metadata = await admin.fetchTopicMetadata({ topics: [name] });
    const partitions = metadata.topics[0]?.partitions ?? [];
    const described = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name, configNames: [...settings] }],
    });
    const entries = described.resources[0]?.configEntries ?? [];
    return {
      name,
      partitionCount: partitions.length,
      replicationFactor: Math.min(...partitions.map(({ replicas }) => replicas.length)),
      settings: new Map(entries.map(({ configName, configValue }) => [configName, configValue])),
    };
  } catch (error) {
    if (NOT_KNOWN.includes(asFailure(error).code)) return undefined;
    throw error;
  }
}

/** Kafka's error codes: UNKNOWN_TOPIC_OR_PARTITION, and LEADER_NOT_AVAILABLE. */
const NOT_KNOWN: readonly (number | undefined)[] = [3, 5];

/** Kafka's error codes: SECURITY_DISABLED, and CLUSTER_AUTHORIZATION_FAILED. */
const NO_AUTHORIZER = 54;
const MAY_NOT_DESCRIBE = 31;

async function describeReaders(admin: Admin, name: string): Promise<TopicReaders> {
  const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;
  try {
    const { resources } = await admin.describeAcls({
      resourceType: AclResourceTypes.TOPIC,
      resourceName: name,
      // Literal, by prefix, and `*`.
      resourcePatternType: ResourcePatternTypes.MATCH,
      operation: AclOperationTypes.ANY,
      permissionType: AclPermissionTypes.ALLOW,
    });
    const reading: readonly number[] = [AclOperationTypes.READ, AclOperationTypes.ALL];
    const acls = resources.flatMap((resource) => resource.acls).filter(({ operation }) => reading.includes(operation));
    return [...new Set(acls.map(({ principal }) => principal))].sort();
  } catch (error) {
    const { code } = asFailure(error);
    if (code === NO_AUTHORIZER) return 'open';
    if (code === MAY_NOT_DESCRIBE) return 'unknown';
    throw error;
  }
}

/** librdkafka's settings in kafkajs's words. */
function securityOptions(config: ClientConfig): { ssl?: ConnectionOptions; sasl?: SASLOptions } {
  const protocol = text(config, 'security.protocol')?.toLowerCase() ?? 'plaintext';
  return {
    ...(protocol.endsWith('ssl') ? { ssl: tlsOptions(config) } : {}),
    ...(protocol.startsWith('sasl') ? { sasl: saslOptions(config) } : {}),
  };
}

function tlsOptions(config: ClientConfig): ConnectionOptions {
  const ca = pem(config, 'ssl.ca');
  const cert = pem(config, 'ssl.certificate');
  const key = pem(config, 'ssl.key');
  const passphrase = text(config, 'ssl.key.password');
  const unverified = text(config, 'enable.ssl.certificate.verification') === 'false';
  const anyName = text(config, 'ssl.endpoint.identification.algorithm') === 'none';
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(unverified ? { rejectUnauthorized: false } : {}),
    ...(anyName ? { checkServerIdentity: () => undefined } : {}),
  };
}

function saslOptions(config: ClientConfig): SASLOptions {
  const wanted = text(config, 'sasl.mechanism') ?? text(config, 'sasl.mechanisms') ?? 'GSSAPI';
  const mechanism = wanted.toLowerCase();
  const username = text(config, 'sasl.username') ?? '';
  const password = text(config, 'sasl.password') ?? '';
  if (mechanism === 'plain') return { mechanism, username, password };
  if (mechanism === 'scram-sha-256' || mechanism === 'scram-sha-512') return { mechanism, username, password };
  const seen = `The topics cannot be checked: their settings are read with kafkajs, which lacks SASL ${wanted}.`;
  throw new DiodeError('config-invalid', seen, 'Compare the topics with docs/operations.md by kafka-configs.sh.');
}

/** Inline (`….pem`) or from a file (`….location`). */
function pem(config: ClientConfig, prefix: string): string | undefined {
  const file = text(config, `${prefix}.location`);
  const inline = text(config, `${prefix}.pem`);
  if (file === undefined) return inline;
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const seen = `${prefix}.location cannot be read: ${(error as Error).message}.`;
    throw new DiodeError('kafka-tls', seen, 'Name a PEM file that this user may read.');
  }
}

function text(config: ClientConfig, name: string): string | undefined {
  const value = config[name];
  return value === undefined ? undefined : String(value);
}

interface KafkajsError extends Error {
  readonly code?: number | string;
  /** Of a retry that gave up, and of an aggregate: what it gave up over. */
  readonly cause?: unknown;
  readonly errors?: readonly Error[];
}

function asFailure(error: unknown): KafkaFailure {
  const { code, message, cause, errors } = error as KafkajsError;
  if (errors?.[0] !== undefined) return asFailure(errors[0]);
  if (typeof code === 'number') return { code, message };
  if (cause instanceof Error) return asFailure(cause);
  return { message };
}
