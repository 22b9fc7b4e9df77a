/** The grammar of a sender's config.yaml, with every default and bound. */
import { resolve } from 'node:path';
import { FOREIGN_LIMITS, IDENTITY_LIMITS, SENDER_LIMITS, WIRE_LIMITS } from '../limits.ts';
import { parseConfig } from './config-parser.ts';
import type { IdentityConfig } from './identity-config.ts';
import { mediaSendSchema, serialSendSchema, udpSendSchema } from './link-schema.ts';
import { integer, list, matching, name, oneOf, section, text, z } from './schema.ts';
import type { PackerConfig, SenderConfig } from './sender-config.ts';
import { serialDefaults } from './serial-defaults.ts';
import { identitySchema, opsSchema, storeBytes } from './shared-schema.ts';
import { SIGNING_ALGORITHMS, type SignerConfig } from './signer-config.ts';

const source = section({
  kind: oneOf(['jsonl']).default('jsonl'),
  path: text('the path of a file of JSON lines, or "-" for standard input'),
});

const packer = section({
  // Its default depends on the link.
  batchBodyBytes: integer({ min: 1_024, max: WIRE_LIMITS.maxBodyBytes }).exactOptional(),
  batchRecords: integer({ min: 1, max: WIRE_LIMITS.maxRecordsPerFrame }).default(SENDER_LIMITS.batchRecords),
  lingerMs: integer({ min: 0, max: 60_000 }).default(SENDER_LIMITS.lingerMs),
}).prefault({});

const snapshot = section({
  intervalHours: integer({ min: 0, max: 8_760 }).default(24),
  ratePercent: integer({ min: 1, max: 100 }).default(5),
}).prefault({});

const scimPath = () =>
  matching(
    'a SCIM path: an attribute, `attribute.part`, or `URN:attribute`, at most 256 bytes',
    (value) =>
      /^(urn:[A-Za-z0-9:._-]+:)?[A-Za-z$][A-Za-z0-9$_-]*(\.[A-Za-z$][A-Za-z0-9$_-]*)?$/.test(value) &&
      value.length <= 256,
  );

/** Claims that the issuer itself sets. */
const OWN_CLAIMS = ['iss', 'sub', 'aud', 'exp', 'iat', 'nbf', 'jti', 'client_id', 'cnf'];

/** Of each kind, those that it needs first. */
const KEY_SETTINGS: Readonly<Record<SignerConfig['kind'], readonly string[]>> = {
  file: ['path'],
  pkcs11: ['module', 'token', 'label', 'pinFile', 'pinVariable'],
};

const key = section({
  kind: oneOf(['file', 'pkcs11']).default('file'),
  path: text('the path of a private key file').exactOptional(),
  module: text("the path of the token's PKCS#11 library").exactOptional(),
  token: text('the label of the token', 64).exactOptional(),
  label: text('the label of the key pair on it', 256).exactOptional(),
  pinFile: text('the path of a file of 0600 that holds the PIN').exactOptional(),
  pinVariable: matching('the name of an environment variable', (value) =>
    /^[A-Za-z_]\w{0,63}$/.test(value),
  ).exactOptional(),
})
  .superRefine((value, context) => {
    const refuse = (path: readonly string[], seen: string, cure: string) =>
      context.addIssue({ code: 'custom', path: [...path], message: cure, params: { seen, cure } });
    const wanted = KEY_SETTINGS[value.kind];
    const others = Object.keys(value).filter((setting) => setting !== 'kind' && !wanted.includes(setting));
    for (const setting of others) refuse([setting], `no setting of a key of kind ${value.kind}`, 'Remove it.');
    for (const setting of wanted.slice(0, value.kind === 'file' ? 1 : 3)) {
      if (setting in value) continue;
      refuse([setting], 'missing', `A key of kind ${value.kind} needs it.`);
    }
    if (value.kind === 'file' || (value.pinFile === undefined) !== (value.pinVariable === undefined)) return;
    refuse([], 'the PIN is named twice or not at all', 'Give one of `pinFile` and `pinVariable`.');
  })
  // What it lacks was refused above.
  .transform((value) => value as SignerConfig);

const issuer = section({
  issuer: text('what its tokens say in iss, such as https://issuer.site-a.example', WIRE_LIMITS.maxIssuerBytes),
  algorithm: oneOf(SIGNING_ALGORITHMS).default('EdDSA'),
  key,
  audiences: list(text('an audience, as tokens name it in aud', WIRE_LIMITS.maxIssuerBytes), { min: 1, max: 16 }),
  lifetimeSeconds: integer({ min: 60, max: 86_400 }).default(900),
  marginSeconds: integer({ min: 0, max: 3_600 }).default(30),
  maxTokensPerSecond: integer({ min: 1, max: 10_000 }).default(500),
  statusSeconds: integer({ min: 10, max: 86_400 }).exactOptional(),
  subjectType: name().default('User'),
  subject: scimPath().default('id'),
  clientId: text('what its tokens say in client_id', WIRE_LIMITS.maxIdBytes).default('identity-diode'),
  claims: z
    .record(
      matching(
        'the name of a claim that the issuer does not set itself',
        (value) => /^[\x21-\x7e]{1,128}$/.test(value) && !OWN_CLAIMS.includes(value),
      ),
      scimPath(),
      { error: 'claims and where they come from, one a line' },
    )
    .default({ roles: 'roles', groups: 'groups', entitlements: 'entitlements' }),
  confirmation: section({ from: scimPath(), as: oneOf(['jkt', 'jwk', 'x5t#S256']).default('jkt') }).exactOptional(),
  logDays: integer({ min: 1, max: 3_650 }).default(7),
});

const foreignIssuer = section({
  issuer: text('the issuer as its tokens name it, at most 512 bytes', WIRE_LIMITS.maxIssuerBytes),
  jwks: matching('an https URL without user and fragment; http on a loopback address alone', isFetched).exactOptional(),
  jwksHost: matching(
    'a host as it stands in a URL, such as keys.idp.example or keys.idp.example:8443',
    isHost,
  ).exactOptional(),
  approve: oneOf(['manual', 'automatic']).default('manual'),
  pollSeconds: integer({ min: FOREIGN_LIMITS.minPollMs / 1_000, max: FOREIGN_LIMITS.maxPollMs / 1_000 }).default(900),
});

function isFetched(value: string): boolean {
  if (!URL.canParse(value) || value.length > 2_048) return false;
  const { protocol, hostname, username, password, hash } = new URL(value);
  if (username !== '' || password !== '' || hash !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && (/^127(\.\d+){3}$/.test(hostname) || hostname === '[::1]'));
}

function isHost(value: string): boolean {
  const url = `https://${value}`;
  return value.length <= 255 && URL.canParse(url) && new URL(url).host === value.toLowerCase();
}

const rest = {
  boundary: name(),
  stream: name(),
  source,
  identity: identitySchema,
  packer,
  journal: section({ maxBytes: storeBytes(SENDER_LIMITS.maxJournalBytes) }).prefault({}),
  snapshot,
  issuer: issuer.exactOptional(),
  foreignIssuers: list(foreignIssuer, { max: FOREIGN_LIMITS.maxIssuers }).default([]),
  ops: opsSchema(9464),
};

interface Issuing {
  readonly identity: IdentityConfig;
  readonly issuer?: { readonly issuer: string; readonly subjectType: string; readonly lifetimeSeconds: number };
  readonly foreignIssuers: readonly { readonly issuer: string; readonly jwks?: string; readonly jwksHost?: string }[];
}

function checkIssuers(config: Issuing, context: z.RefinementCtx): void {
  checkIssuer(config, context);
  checkForeign(config, context);
}

/** Keys that the stream would not carry, or that two would say. */
function checkForeign({ identity, issuer, foreignIssuers }: Issuing, context: z.RefinementCtx): void {
  for (const [at, { issuer: name, jwks, jwksHost }] of foreignIssuers.entries()) {
    const refuse = (seen: string, cure: string) =>
      context.addIssue({
        code: 'custom',
        path: ['foreignIssuers', at, 'issuer'],
        message: cure,
        params: { seen, cure },
      });
    if (!identity.tokenIssuers.some((known) => known === '*' || known === name)) {
      refuse('identity.tokenIssuers does not let it pass', 'Add it there, on both sides.');
    }
    if (name === issuer?.issuer) refuse('the issuer of this sender', 'Remove it: `issuer` says its own keys.');
    if (foreignIssuers.slice(0, at).some((before) => before.issuer === name)) {
      refuse('an issuer that stands above', 'Name each issuer once.');
    }
    if (jwks === undefined && !(isFetched(name) && new URL(name).search === '')) {
      refuse(
        'not a URL whose metadata could be asked',
        'Name its key set as jwks, or write the issuer as an https URL.',
      );
    }
    if (jwks !== undefined && jwksHost !== undefined) {
      refuse(
        'an issuer with both jwks and jwksHost',
        'Remove one: jwks says where its keys are, jwksHost where they may be.',
      );
    }
  }
}

/** Tokens that the stream would not carry, of subjects that it does not. */
function checkIssuer({ identity, issuer }: Issuing, context: z.RefinementCtx): void {
  if (issuer === undefined) return;
  const refuse = (setting: string, seen: string, cure: string) =>
    context.addIssue({ code: 'custom', path: ['issuer', setting], message: cure, params: { seen, cure } });
  if (!identity.tokenIssuers.some((known) => known === '*' || known === issuer.issuer)) {
    refuse('issuer', 'identity.tokenIssuers does not let it pass', 'Add it there, on both sides.');
  }
  const { maxTokenLifetimeSeconds = IDENTITY_LIMITS.maxTokenLifetimeSeconds } = identity;
  if (issuer.lifetimeSeconds > maxTokenLifetimeSeconds) {
    const seen = `longer than identity.maxTokenLifetimeSeconds, ${maxTokenLifetimeSeconds}`;
    refuse('lifetimeSeconds', seen, 'Lower it, or raise that on both sides.');
  }
  if (!identity.resourceTypes.some(({ type }) => type === issuer.subjectType)) {
    refuse('subjectType', 'identity.resourceTypes has no such type', 'Name a type that the stream carries.');
  }
}

/** One for each kind of link. */
export const senderSchemas = {
  udp: section({ ...rest, link: udpSendSchema })
    .superRefine(checkIssuers)
    .transform((config) => withBatch(config, SENDER_LIMITS.batchBodyBytes)),
  media: section({ ...rest, link: mediaSendSchema })
    .superRefine(checkIssuers)
    .transform((config) => withBatch(config, SENDER_LIMITS.batchBodyBytes)),
  serial: section({ ...rest, link: serialSendSchema })
    .superRefine(checkIssuers)
    .transform((config) => withBatch(config, serialDefaults(config.link.baud).batchBodyBytes)),
};

function withBatch<Config extends { readonly packer: Partial<PackerConfig> }>(config: Config, batchBodyBytes: number) {
  return { ...config, packer: { batchBodyBytes, ...config.packer } };
}

/** The config in `text`; paths in it are relative to `directory`. Throws ConfigError with every problem. */
export function parseSenderConfig(text: string, { directory, file }: ConfigPlace): SenderConfig {
  const config: SenderConfig = parseConfig<z.ZodType<SenderConfig>>(senderSchemas, text, file);
  const { path } = config.source;
  const source = { ...config.source, path: path === '-' ? path : resolve(directory, path) };
  if (config.issuer === undefined) return { ...config, source };
  return { ...config, source, issuer: { ...config.issuer, key: absolute(config.issuer.key, directory) } };
}

function absolute(key: SignerConfig, directory: string): SignerConfig {
  if (key.kind === 'file') return { ...key, path: resolve(directory, key.path) };
  const pin = key.pinFile === undefined ? {} : { pinFile: resolve(directory, key.pinFile) };
  return { ...key, module: resolve(directory, key.module), ...pin };
}

/** Where a config was read from. */
export interface ConfigPlace {
  readonly directory: string;
  /** As messages name it. */
  readonly file: string;
}
