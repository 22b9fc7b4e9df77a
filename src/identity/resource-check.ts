/**
 * A SCIM resource against the rules of its type: the one grammar of both sides. The sender applies it to what a source
 * says, the receiver to what a signed record says. A tree that comes here was made by `parseStrictJson` or
 * `parseCanonicalJson`, so its depth, names, strings and numbers are within bounds.
 */
import { WIRE_LIMITS } from '../limits.ts';
import { checkAttribute, refuseName } from './attribute-check.ts';
import type { TypeRules } from './identity-rules.ts';
import { checkOwner } from './identity-rules.ts';
import { isJsonArray, isJsonObject, isWellFormed, type JsonObject, type JsonValue } from './json-value.ts';
import { type Refusal, refuse, within } from './refusal.ts';

/** Undefined where the resource passes; it then has an `id` that this stream owns. Without `members`, which are apart. */
export function checkResource(rules: TypeRules, resource: JsonObject): Refusal | undefined {
  return checkId(resource.id) ?? checkOwner(rules, resource.id as string) ?? checkAttributes(rules, resource);
}

/** As `checkResource`, of a resource whose id has passed. */
export function checkAttributes(rules: TypeRules, resource: JsonObject): Refusal | undefined {
  const refusal = checkSchemas(rules, resource);
  if (refusal !== undefined) return refusal;
  for (const name in resource) {
    if (name === 'id' || name === 'schemas') continue;
    const attribute = rules.attributes.get(name);
    if (attribute === undefined) return refuseTopName(rules, name);
    const refused = checkAttribute(attribute, resource[name] as JsonValue);
    if (refused !== undefined) return within(name, refused);
  }
  for (const name of rules.required) {
    const value = resource[name];
    if (value === undefined || value === '') return refuse('attribute-missing', name, 'This attribute is required.');
  }
  return checkMeta(rules, resource.meta);
}

// C0, DEL, C1: they have no place in a key, a header or a log line.
const CONTROL = /\p{Cc}/u;

/**
 * Undefined for a subject's id: a string of 1 to 256 bytes of UTF-8 without control characters. `isUnreserved`: it is known to
 * have no character that a key would encode.
 */
export function checkId(id: JsonValue | undefined, isUnreserved = false): Refusal | undefined {
  if (id === undefined) return refuse('id-missing', 'id', 'A subject needs an id.');
  if (typeof id !== 'string' || id === '') return refuse('id-invalid', 'id', 'An id is a string that is not empty.');
  // A UTF-16 unit is at most 3 bytes of UTF-8: most ids need no count.
  if (id.length * 3 > WIRE_LIMITS.maxIdBytes && Buffer.byteLength(id, 'utf8') > WIRE_LIMITS.maxIdBytes) {
    return refuse('id-invalid', 'id', `An id has at most ${WIRE_LIMITS.maxIdBytes} bytes of UTF-8.`);
  }
  if (!isUnreserved && (CONTROL.test(id) || !isWellFormed(id)))
    return refuse('id-invalid', 'id', 'An id holds no control characters.');
  return undefined;
}

/** RFC 7643 §3: the core schema, and each extension that the resource carries, once each. */
function checkSchemas(rules: TypeRules, resource: JsonObject): Refusal | undefined {
  const { schemas } = resource;
  if (!isJsonArray(schemas) || !schemas.includes(rules.schema)) {
    return refuse('schemas-invalid', 'schemas', `Name the schemas in an array: ["${rules.schema}"].`);
  }
  for (let index = 0; index < schemas.length; index++) {
    const schema = schemas[index];
    if (typeof schema !== 'string' || schemas.indexOf(schema) < index) {
      return refuse('schemas-invalid', `schemas[${index}]`, 'Each schema is a string and stands once.');
    }
    if (schema !== rules.schema && !rules.extensions.includes(schema)) {
      return refuse('schemas-unknown', `schemas[${index}]`, 'The config declares no such extension for the type.');
    }
  }
  for (const extension of rules.extensions) {
    if (Object.hasOwn(resource, extension) && !schemas.includes(extension)) {
      return refuse('schemas-unlisted', extension, 'The resource carries this extension, so schemas must name it.');
    }
  }
  return undefined;
}

function refuseTopName(rules: TypeRules, name: string): Refusal {
  if (rules.type === 'Group' && name === 'members') {
    return refuse('members-not-apart', name, 'Memberships are records of their own; this stream carries none here.');
  }
  if (rules.leftOut.has(name)) {
    return refuse('attribute-not-allowed', name, 'The config does not list this attribute for the type.');
  }
  return refuseName(name, ['id', 'schemas', ...rules.attributes.keys()]);
}

function checkMeta(rules: TypeRules, meta: JsonValue | undefined): Refusal | undefined {
  if (!isJsonObject(meta)) return undefined;
  const resourceType = meta.resourceType;
  if (resourceType === undefined || resourceType === rules.type) return undefined;
  return refuse('meta-type', 'meta.resourceType', `This is a ${rules.type}, and meta must say so.`);
}
