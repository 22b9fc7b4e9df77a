/** The sections that both sides' config.yaml have. */
import { identityProblems } from '../identity/identity-problems.ts';
import { IDENTITY_LIMITS, SENDER_LIMITS, WIRE_LIMITS } from '../limits.ts';
import type { IdentityConfig } from './identity-config.ts';
import { integer, ipAddress, list, oneOf, port, section, text, type z } from './schema.ts';
import type { OpsConfig } from './sender-config.ts';

const names = (wanted: string) => list(text(wanted, WIRE_LIMITS.maxIssuerBytes));

const extension = section({
  schema: text('the URN of the extension schema'),
  attributes: names('an attribute name, or "*"'),
});

const resourceType = section({
  type: text('the name of a resource type, such as User'),
  idPrefixes: names('the beginning of an id').exactOptional(),
  schema: text('the URN of the core schema').exactOptional(),
  attributes: names('an attribute name').exactOptional(),
  extensions: list(extension).exactOptional(),
});

/** The form is checked here, the meaning by identity-problems.ts, which knows SCIM. */
export const identitySchema = section({
  resourceTypes: list(resourceType, { min: 1 }).prefault([{ type: 'User' }, { type: 'Group' }]),
  tokenIssuers: names('an issuer as its tokens name it in iss, or "*"').default(['*']),
  maxTokenLifetimeSeconds: integer({ min: 1, max: 31_536_000 }).default(IDENTITY_LIMITS.maxTokenLifetimeSeconds),
})
  .superRefine((identity, context) => {
    for (const { path, seen, cure } of identityProblems(identity)) {
      // "resourceTypes[0].type" → ['resourceTypes', 0, 'type']
      const steps = path.split(/[[\].]+/).filter((step) => step !== '');
      const typed = steps.map((step) => (/^\d+$/.test(step) ? Number(step) : step));
      context.addIssue({ code: 'custom', path: typed, message: cure, params: { seen, cure } });
    }
  })
  .prefault({}) satisfies z.ZodType<IdentityConfig>;

/** `defaultPort` 9464 of a sender, 9465 of a receiver: both may run on one machine. */
export const opsSchema = (defaultPort: number) =>
  section({
    address: ipAddress().default('127.0.0.1'),
    port: port().default(defaultPort),
    logLevel: oneOf(['debug', 'info', 'warn', 'error']).default('info'),
  }).prefault({}) satisfies z.ZodType<OpsConfig>;

/** At least one frame of the largest size must fit many times; at most what SQLite holds. */
export const storeBytes = (defaultBytes: number = SENDER_LIMITS.maxJournalBytes) =>
  integer({ min: 64 * 1024 * 1024, max: 2 ** 44 }).default(defaultBytes);
