/** Every problem of `identity` in a config at once, each with its path, what was seen, and what to do. */
import type { ExtensionConfig, IdentityConfig, ResourceTypeConfig } from '../config/identity-config.ts';
import { WIRE_LIMITS } from '../limits.ts';
import { attributeHint } from './attribute-hint.ts';
import { pathName } from './refusal.ts';
import {
  type Attribute,
  ENTERPRISE_ATTRIBUTES,
  ENTERPRISE_SCHEMA,
  GROUP_ATTRIBUTES,
  GROUP_SCHEMA,
  USER_ATTRIBUTES,
  USER_SCHEMA,
} from './scim-schema.ts';
import { isSecretName } from './secret-names.ts';

export interface IdentityProblem {
  /** Below `identity`, such as `resourceTypes[0].attributes[2]`. */
  readonly path: string;
  readonly seen: string;
  readonly cure: string;
}

// First parts of Kafka keys that are not resource types.
const RESERVED_TYPES: readonly string[] = ['Member', 'Token', 'Jwks', 'Status', 'Bundle'];
const TYPE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const URN = /^urn:[A-Za-z0-9][A-Za-z0-9-]{0,31}:[!-~]{1,200}$/;
// RFC 7643 §2.1; "$" only begins $ref.
const ATTRIBUTE_NAME = /^(\$ref|[A-Za-z][A-Za-z0-9_-]{0,127})$/;

export function identityProblems(config: IdentityConfig): readonly IdentityProblem[] {
  const names = config.resourceTypes.map(({ type }) => type);
  return [
    ...config.resourceTypes.flatMap((type, index) => typeProblems(type, `resourceTypes[${index}]`)),
    ...repeated(names).map((index) =>
      problem(`resourceTypes[${index}].type`, 'The type is declared twice.', 'Join the two declarations.'),
    ),
    ...config.tokenIssuers.flatMap((issuer, index) => issuerProblems(issuer, `tokenIssuers[${index}]`)),
  ];
}

function typeProblems(config: ResourceTypeConfig, path: string): IdentityProblem[] {
  const known = config.type === 'User' ? USER_ATTRIBUTES : config.type === 'Group' ? GROUP_WITH_MEMBERS : undefined;
  const problems: IdentityProblem[] = [];
  if (!TYPE_NAME.test(config.type)) {
    problems.push(problem(`${path}.type`, 'This is no type name.', 'Use letters, digits, ".", "_", "-", at most 64.'));
  }
  if (RESERVED_TYPES.includes(config.type)) {
    problems.push(problem(`${path}.type`, `${config.type} is reserved.`, 'Choose another name.'));
  }
  problems.push(...schemaProblems(config, known !== undefined, path));
  if (known === undefined && config.attributes === undefined) {
    problems.push(
      problem(`${path}.attributes`, 'The type names no attributes.', 'List each top-level attribute that may pass.'),
    );
  }
  problems.push(
    ...nameProblems(config.attributes ?? [], known, `${path}.attributes`),
    ...prefixProblems(config.idPrefixes, `${path}.idPrefixes`),
    ...(config.extensions ?? []).flatMap((extension, index) =>
      extensionProblems(config, extension, `${path}.extensions[${index}]`),
    ),
    ...repeated((config.extensions ?? []).map(({ schema }) => schema)).map((index) =>
      problem(`${path}.extensions[${index}].schema`, 'The extension is named twice.', 'Join the two lists.'),
    ),
  );
  return problems;
}

const GROUP_WITH_MEMBERS = new Map<string, Attribute | undefined>([...GROUP_ATTRIBUTES, ['members', undefined]]);

function schemaProblems(config: ResourceTypeConfig, isStandard: boolean, path: string): IdentityProblem[] {
  if (isStandard) {
    const own = config.type === 'User' ? USER_SCHEMA : GROUP_SCHEMA;
    if (config.schema === undefined || config.schema === own) return [];
    return [problem(`${path}.schema`, `${config.type} has the schema of RFC 7643.`, 'Leave this line out.')];
  }
  if (config.schema === undefined) {
    return [problem(`${path}.schema`, 'The type has no schema.', 'Name its core schema URN.')];
  }
  return URN.test(config.schema) ? [] : [problem(`${path}.schema`, 'This is no URN.', 'Write it as urn:…:…')];
}

function extensionProblems(config: ResourceTypeConfig, extension: ExtensionConfig, path: string): IdentityProblem[] {
  const isEnterprise = extension.schema === ENTERPRISE_SCHEMA;
  const problems: IdentityProblem[] = [];
  if (!URN.test(extension.schema)) {
    problems.push(problem(`${path}.schema`, 'This is no URN.', 'Write it as urn:…:…'));
  }
  if ([config.schema, USER_SCHEMA, GROUP_SCHEMA].includes(extension.schema)) {
    problems.push(problem(`${path}.schema`, 'This is a core schema.', 'Name the extension’s own URN.'));
  }
  if (extension.attributes.includes('*') && !isEnterprise) {
    problems.push(problem(`${path}.attributes`, '"*" stands for the enterprise User alone.', 'List each attribute.'));
  }
  const names = extension.attributes.map((name) => (name === '*' && extension.attributes.length === 1 ? 'any' : name));
  const known = isEnterprise && !extension.attributes.includes('*') ? ENTERPRISE_ATTRIBUTES : undefined;
  return [...problems, ...nameProblems(names, known, `${path}.attributes`)];
}

function nameProblems(
  names: readonly string[],
  known: ReadonlyMap<string, unknown> | undefined,
  path: string,
): IdentityProblem[] {
  return names.flatMap((name, index) => {
    const at = `${path}[${index}]`;
    if (isSecretName(name)) {
      return [problem(at, `${pathName(name)} names a secret.`, 'Secrets never cross; leave it out.')];
    }
    if (name === 'id' || name === 'schemas' || name === 'meta') return [];
    if (!ATTRIBUTE_NAME.test(name)) return [problem(at, 'This is no attribute name.', 'See RFC 7643 §2.1.')];
    if (known === undefined || known.has(name)) return [];
    const hint = attributeHint(name, known.keys());
    return [problem(at, `${pathName(name)} is no attribute of RFC 7643 here.`, `Correct or remove it.${hint}`)];
  });
}

function prefixProblems(prefixes: readonly string[] | undefined, path: string): IdentityProblem[] {
  if (prefixes?.length === 0) {
    return [problem(path, 'The list is empty: the stream would own no id.', 'Name prefixes, or remove the line.')];
  }
  return (prefixes ?? []).flatMap((prefix, index) =>
    prefix !== '' && Buffer.byteLength(prefix, 'utf8') <= WIRE_LIMITS.maxIdBytes
      ? []
      : [problem(`${path}[${index}]`, 'The prefix is empty or too long.', 'Remove the line to own all ids.')],
  );
}

function issuerProblems(issuer: string, path: string): IdentityProblem[] {
  return issuer !== '' && Buffer.byteLength(issuer, 'utf8') <= WIRE_LIMITS.maxIssuerBytes
    ? []
    : [
        problem(
          path,
          'The issuer is empty or too long.',
          `Write its iss, at most ${WIRE_LIMITS.maxIssuerBytes} bytes.`,
        ),
      ];
}

/** Indexes of what stood in the list before. */
function repeated(names: readonly string[]): readonly number[] {
  return names.flatMap((name, index) => (names.indexOf(name) < index ? [index] : []));
}

function problem(path: string, seen: string, cure: string): IdentityProblem {
  return { path, seen, cure };
}
