/** The grammar of a receiver's config.yaml, with every default and bound. */
import { resolve } from 'node:path';
import { readRawKey } from '../crypto/base64url.ts';
import { APPROVAL_LIMITS, RECEIVER_LIMITS, WIRE_LIMITS } from '../limits.ts';
import { parseConfig } from './config-parser.ts';
import { mediaReceiveSchema, serialReceiveSchema, udpReceiveSchema } from './link-schema.ts';
import type { ReceiverConfig } from './receiver-config.ts';
import { bool, integer, ipAddress, list, matching, name, oneOf, port, section, text, z } from './schema.ts';
import type { ConfigPlace } from './sender-schema.ts';
import { serialDefaults } from './serial-defaults.ts';
import { identitySchema, opsSchema, storeBytes } from './shared-schema.ts';

/** Signatures by a private key that the issuer alone has: `none` and HMAC prove nothing here (RFC 8725 §3.1). */
export const ALGORITHMS = [
  'EdDSA',
  'Ed25519',
  'ES256',
  'ES384',
  'ES512',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
  'RS384',
  'RS512',
] as const;

const issuer = section({
  issuer: text('the issuer as its tokens name it in iss', WIRE_LIMITS.maxIssuerBytes),
  audience: list(text('an audience as tokens name it in aud', WIRE_LIMITS.maxIssuerBytes), { min: 1, max: 100 }),
  jwks: text('the path of a JWKS file'),
  algorithms: list(oneOf(ALGORITHMS), { min: 1, max: ALGORITHMS.length }),
  types: list(z.string({ error: 'a typ header, such as at+jwt, or "" for none' }).max(64), { min: 1, max: 16 }).default(
    ['at+jwt', 'JWT'],
  ),
  maxLifetimeSeconds: integer({ min: 1, max: 31_536_000 }),
  clockSkewSeconds: integer({ min: 0, max: 600 }).default(60),
  slotClaim: text('the name of a claim, such as client_id', 128).exactOptional(),
  subjectAttribute: matching('the name of an attribute of User, such as id, userName or externalId', (value) =>
    /^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(value),
  ).default('id'),
});

const issuers = list(issuer).superRefine(once('issuer', 'each issuer once')).default([]);

const sealedAudiences = list(
  section({
    audience: text('an audience as tokens name it in aud', WIRE_LIMITS.maxIssuerBytes),
    key: text('the path of its public key, a JWK file'),
  }),
)
  .superRefine(once('audience', 'each audience once'))
  .default([]);

const settingValue = z.union([z.string(), z.number(), z.boolean()], { error: 'a text, a number, true or false' });

const kafka = section({
  brokers: list(
    matching('host:port, such as kafka-1.example:9092', (value) =>
      /^(\[[0-9A-Fa-f:.]+\]|[^\s:,]+):\d{1,5}$/.test(value),
    ),
    { min: 1, max: 100 },
  ),
  client: z.record(z.string(), settingValue, { error: 'librdkafka settings, one a line' }).default({}),
  topicPrefix: matching('the beginning of topic names: letters, digits, `.`, `_` and `-`, at most 100', (value) =>
    /^[A-Za-z0-9._-]{0,100}$/.test(value),
  ).exactOptional(),
  createTopics: bool().default(true),
  partitions: integer({ min: 1, max: 1_000 }).default(12),
  replicationFactor: integer({ min: 1, max: 9 }).default(3),
  minInsyncReplicas: integer({ min: 1, max: 9 }).default(2),
  // Kafka's own bound is transaction.max.timeout.ms, 15 minutes by default.
  transactionTimeoutMs: integer({ min: 5_000, max: 900_000 }).default(15_000),
  history: bool().default(false),
  embedded: bool().default(false),
}).refine(({ replicationFactor, minInsyncReplicas }) => minInsyncReplicas <= replicationFactor, {
  error: 'at most replicationFactor, or no record could ever be written',
  path: ['minInsyncReplicas'],
});

const watched = (wanted: string) =>
  list(text(wanted, WIRE_LIMITS.maxIdBytes), { max: APPROVAL_LIMITS.maxWatchedNames }).default([]);

const guard = section({
  maxLossPercent: integer({ min: 0, max: 100 }).default(5),
  freeLosses: integer({ min: 0, max: 1_000_000 }).default(10),
  freeMembershipLosses: integer({ min: 0, max: 1_000_000 }).default(100),
  adminRoles: watched('the value of a role'),
  adminGroups: watched('the id of a group'),
}).prefault({});

const approvers = list(
  section({
    name: name(),
    key: matching('the key that `diode-receiver approver-key` printed: 43 characters', isPublicKey),
  }),
  { max: APPROVAL_LIMITS.maxApprovers },
)
  .superRefine(once('key', 'each key once: a key is one person'))
  .default([]);

const rest = {
  boundary: name(),
  identity: identitySchema,
  issuers,
  sealedAudiences,
  kafka,
  // Its default depends on the link.
  gate: section({ holdMs: integer({ min: 0, max: 600_000 }).exactOptional() }).prefault({}),
  tokens: section({
    threads: integer({ min: 1, max: RECEIVER_LIMITS.maxTokenThreads }).exactOptional(),
  }).prefault({}),
  spool: section({ maxBytes: storeBytes(RECEIVER_LIMITS.maxSpoolBytes) }).prefault({}),
  clock: section({
    maxSkewMs: integer({ min: 1_000, max: 86_400_000 }).default(RECEIVER_LIMITS.maxClockSkewMs),
  }).prefault({}),
  guard,
  approvers,
  approvals: integer({ min: 1, max: 2 }).default(1),
  ops: opsSchema(9465),
  verification: section({
    address: ipAddress().default('127.0.0.1'),
    port: port().exactOptional(),
    publicUrl: matching(
      'the URL by which resource servers reach it, without a slash at the end',
      isBaseUrl,
    ).exactOptional(),
    maxAgeSeconds: integer({ min: 0, max: 3_600 }).default(60),
  }).prefault({}),
};

const tooFewApprovers = {
  error: 'at most as many as there are persons among the approvers',
  path: ['approvals'],
};

const tooLongLived = {
  error:
    'an issuer whose tokens may live longer than identity.maxTokenLifetimeSeconds: raise that, on both sides, or lower this',
  path: ['issuers'],
};

/** One for each kind of link. */
export const receiverSchemas = {
  udp: section({ ...rest, link: udpReceiveSchema })
    .refine(hasEnoughApprovers, tooFewApprovers)
    .refine(keepsCeiling, tooLongLived)
    .transform((config) => complete(config, RECEIVER_LIMITS.holdMs)),
  media: section({ ...rest, link: mediaReceiveSchema })
    .refine(hasEnoughApprovers, tooFewApprovers)
    .refine(keepsCeiling, tooLongLived)
    .transform((config) => complete(config, RECEIVER_LIMITS.holdMs)),
  serial: section({ ...rest, link: serialReceiveSchema })
    .refine(hasEnoughApprovers, tooFewApprovers)
    .refine(keepsCeiling, tooLongLived)
    .transform((config) => complete(config, serialDefaults(config.link.baud).holdMs)),
};

type Parsed = z.output<z.ZodObject<typeof rest>>;

/** The ceiling of both sides holds for every issuer. */
function keepsCeiling({ identity, issuers }: Parsed): boolean {
  return issuers.every(({ maxLifetimeSeconds }) => maxLifetimeSeconds <= identity.maxTokenLifetimeSeconds);
}

/** With the defaults that depend on other settings. */
function complete<Config extends Parsed>(config: Config, holdMs: number) {
  const { boundary, gate, kafka } = config;
  return {
    ...config,
    gate: { holdMs, ...gate },
    kafka: { ...kafka, topicPrefix: kafka.topicPrefix ?? `${boundary}.` },
  };
}

interface Approving {
  readonly approvers: readonly { readonly name: string }[];
  readonly approvals: number;
}

function hasEnoughApprovers({ approvers, approvals }: Approving): boolean {
  return approvers.length === 0 || new Set(approvers.map(person)).size >= approvals;
}

function person({ name }: { readonly name: string }): string {
  return name;
}

/** Every entry's `field` differs from those before it. */
function once<Field extends string>(field: Field, message: string) {
  return (entries: readonly Readonly<Record<Field, string>>[], context: z.RefinementCtx): void => {
    const values = entries.map((entry) => entry[field]);
    for (const [at, input] of values.entries()) {
      if (values.indexOf(input) !== at) context.addIssue({ code: 'custom', path: [at, field], message, input });
    }
  };
}

function isBaseUrl(value: string): boolean {
  return /^https?:\/\/[^\s?#]+[^\s?#/]$/.test(value) && URL.canParse(value);
}

function isPublicKey(value: string): boolean {
  return readRawKey(value) !== undefined;
}

/** The config in `text`; paths in it are relative to `directory`. Throws ConfigError with every problem. */
export function parseReceiverConfig(text: string, { directory, file }: ConfigPlace): ReceiverConfig {
  const config = parseConfig<z.ZodType<ReceiverConfig>>(receiverSchemas, text, file);
  return {
    ...config,
    issuers: config.issuers.map((entry) => ({ ...entry, jwks: resolve(directory, entry.jwks) })),
    sealedAudiences: config.sealedAudiences.map((entry) => ({ ...entry, key: resolve(directory, entry.key) })),
  };
}
