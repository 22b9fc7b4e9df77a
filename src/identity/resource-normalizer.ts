/**
 * What a source's resource loses before the grammar sees it, on the sender alone:
 * - an attribute that is null, since null and absent are one (RFC 7643 §2.5);
 * - a User's `groups` where the config does not name it: it is read-only (RFC 7644 §3.5.1: ignored), memberships tell it;
 * - a Group's `members`, which become records of their own.
 */
import type { TypeRules } from './identity-rules.ts';
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from './json-value.ts';
import { type Attribute, complexOf, MEMBER_ATTRIBUTES } from './scim-schema.ts';

export interface NormalResource {
  readonly resource: JsonObject;
  /** As the source wrote them, unchecked; null counts as an empty list, RFC 7643 §2.5. Undefined: none were given. */
  readonly members: JsonValue | undefined;
}

export const MEMBERS: Attribute = { ...complexOf(MEMBER_ATTRIBUTES), multiValued: true };

export function normaliseResource(rules: TypeRules, resource: JsonObject): NormalResource {
  const members = rules.members ? resource.members : undefined;
  const dropsGroups = rules.type === 'User' && rules.leftOut.has('groups') && Object.hasOwn(resource, 'groups');
  if (members === undefined && !dropsGroups && !holdsNull(resource)) return { resource, members };
  const kept: Record<string, JsonValue> = {};
  for (const name in resource) {
    if ((name === 'members' && members !== undefined) || (name === 'groups' && dropsGroups)) continue;
    keepMember(rules.attributes, resource, name, kept);
  }
  return { resource: kept, members: members === null ? [] : withoutNulls(MEMBERS, members) };
}

function holdsNull(value: JsonValue): boolean {
  if (value === null) return true;
  if (typeof value !== 'object') return false;
  if (isJsonArray(value)) return value.some(holdsNull);
  for (const name in value) if (holdsNull((value as JsonObject)[name] as JsonValue)) return true;
  return false;
}

function keepMember(
  attributes: ReadonlyMap<string, Attribute>,
  object: JsonObject,
  name: string,
  kept: Record<string, JsonValue>,
): void {
  const attribute = attributes.get(name);
  const value = object[name] as JsonValue;
  if (value === null && attribute !== undefined && attribute.type !== 'any') return;
  kept[name] = attribute === undefined ? value : withoutNulls(attribute, value);
}

function withoutNulls<Value extends JsonValue | undefined>(attribute: Attribute, value: Value): Value | JsonValue {
  const { attributes } = attribute;
  if (attributes === undefined) return value;
  if (isJsonArray(value)) return value.map((element) => withoutNulls(attribute, element));
  if (!isJsonObject(value)) return value;
  const kept: Record<string, JsonValue> = {};
  for (const name in value) keepMember(attributes, value, name, kept);
  return kept;
}
