/** `identity` of a config, compiled: what both sides look a type, an attribute and an owner up in. */
import type { IdentityConfig, ResourceTypeConfig } from '../config/identity-config.ts';
import { IDENTITY_LIMITS } from '../limits.ts';
import { DiodeError } from '../ops/diode-error.ts';
import { identityProblems } from './identity-problems.ts';
import { isRefusal, type Refusal, refuse } from './refusal.ts';
import {
  ANY,
  type Attribute,
  complexOf,
  ENTERPRISE_ATTRIBUTES,
  ENTERPRISE_SCHEMA,
  GROUP_ATTRIBUTES,
  GROUP_SCHEMA,
  META,
  requiredNames,
  USER_ATTRIBUTES,
  USER_SCHEMA,
} from './scim-schema.ts';

export interface IdentityRules {
  readonly types: ReadonlyMap<string, TypeRules>;
  /** Of what kind a member may be: User, Group and the declared types. */
  readonly memberTypes: ReadonlySet<string>;
  readonly issuers: ReadonlySet<string>;
  /** Of any issuer's tokens; the policy of one may ask for less. */
  readonly maxTokenLifetimeSeconds: number;
}

export interface TypeRules {
  readonly type: string;
  readonly schema: string;
  /** Undefined: all ids of the type. */
  readonly idPrefixes: readonly string[] | undefined;
  /** Allowed top-level names but `id` and `schemas`, extensions' URNs included. */
  readonly attributes: ReadonlyMap<string, Attribute>;
  /** What the RFC defines and this config leaves out: another sentence in the refusal. */
  readonly leftOut: ReadonlySet<string>;
  readonly extensions: readonly string[];
  readonly required: readonly string[];
  /** A Group whose memberships this stream carries. */
  readonly members: boolean;
}

/** Throws DiodeError `config-invalid` where `identityProblems` finds any; a config parser reports them all before. */
export function compileIdentityRules(config: IdentityConfig): IdentityRules {
  const [problem] = identityProblems(config);
  if (problem !== undefined) {
    throw new DiodeError('config-invalid', `identity.${problem.path}: ${problem.seen}`, problem.cure);
  }
  const types = new Map(config.resourceTypes.map((type) => [type.type, compileType(type)]));
  return {
    types,
    memberTypes: new Set(['User', 'Group', ...types.keys()]),
    issuers: new Set(config.tokenIssuers),
    maxTokenLifetimeSeconds: config.maxTokenLifetimeSeconds ?? IDENTITY_LIMITS.maxTokenLifetimeSeconds,
  };
}

/** Whether the stream carries tokens, revocations and key sets of this issuer. */
export function isIssuerCarried(rules: IdentityRules, issuer: string): boolean {
  return rules.issuers.has('*') || rules.issuers.has(issuer);
}

/** The rules of a declared type, or why there are none. */
export function findType(rules: IdentityRules, type: string): TypeRules | Refusal {
  const found = rules.types.get(type);
  if (found !== undefined) return found;
  const declared = [...rules.types.keys()].join(', ') || 'none';
  return refuse(
    'type-unknown',
    'type',
    `This type is not declared under identity.resourceTypes (declared: ${declared}).`,
  );
}

/** Rules of Group where the stream carries memberships. */
export function findGroup(rules: IdentityRules): TypeRules | Refusal {
  const group = findType(rules, 'Group');
  if (isRefusal(group) || group.members) return group;
  return refuse('attribute-not-allowed', 'type', 'The config does not list "members" for Group: none are carried.');
}

/** Undefined where this stream owns the id. */
export function checkOwner(rules: TypeRules, id: string): Refusal | undefined {
  if (rules.idPrefixes === undefined || rules.idPrefixes.some((prefix) => id.startsWith(prefix))) return undefined;
  return refuse('subject-not-owned', 'id', `This stream owns no such ${rules.type}; see its idPrefixes in the config.`);
}

function compileType(config: ResourceTypeConfig): TypeRules {
  const { known, schema, byDefault } = standard(config);
  const allowed = config.attributes ?? byDefault;
  const attributes = new Map<string, Attribute>([['meta', META]]);
  for (const name of allowed) {
    if (name !== 'id' && name !== 'schemas' && name !== 'members') attributes.set(name, known?.get(name) ?? ANY);
  }
  const extensions = compileExtensions(config);
  for (const [urn, attribute] of extensions) attributes.set(urn, attribute);
  return {
    type: config.type,
    schema,
    idPrefixes: config.idPrefixes,
    attributes,
    leftOut: new Set([...(known?.keys() ?? [])].filter((name) => !attributes.has(name))),
    extensions: [...extensions.keys()],
    required: requiredNames(attributes),
    members: config.type === 'Group' && (config.attributes === undefined || config.attributes.includes('members')),
  };
}

function standard(config: ResourceTypeConfig): {
  readonly known: ReadonlyMap<string, Attribute> | undefined;
  readonly schema: string;
  readonly byDefault: readonly string[];
} {
  if (config.type === 'User') {
    const byDefault = [...USER_ATTRIBUTES.keys()].filter((name) => name !== 'groups');
    return { known: USER_ATTRIBUTES, schema: USER_SCHEMA, byDefault };
  }
  if (config.type === 'Group') {
    return { known: GROUP_ATTRIBUTES, schema: GROUP_SCHEMA, byDefault: [...GROUP_ATTRIBUTES.keys()] };
  }
  return { known: undefined, schema: config.schema ?? '', byDefault: [] };
}

/** A User without `extensions` has the enterprise extension; with them it has those that are named. */
function compileExtensions(config: ResourceTypeConfig): Map<string, Attribute> {
  const byDefault = config.type === 'User' ? [{ schema: ENTERPRISE_SCHEMA, attributes: ['*'] }] : [];
  return new Map(
    (config.extensions ?? byDefault).map(({ schema, attributes }) => {
      const known = schema === ENTERPRISE_SCHEMA ? ENTERPRISE_ATTRIBUTES : undefined;
      const names = known !== undefined && attributes.includes('*') ? [...known.keys()] : attributes;
      return [schema, complexOf(new Map(names.map((name) => [name, known?.get(name) ?? ANY])))];
    }),
  );
}
