/** From a subject's SCIM resource and its groups to what a token says of it. Pure. */
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '../../src/identity/json-value.ts';

/** A subject as the issuer sees it. */
export interface IssuableSubject {
  readonly resource: JsonObject;
  /** The ids of its groups, in order, and their names where a claim asks for them. */
  readonly groups: readonly { readonly value: string; readonly display?: string }[];
}

/** Part that a complex attribute stands for, where the path names none: RFC 7643 §2.4. */
const DEFAULT_PART = 'value';

/** Whether what stands at a path changes when a subject joins a group or leaves it. */
export function asksForGroups(path: string): boolean {
  return path === 'groups' || path.startsWith('groups.');
}

/** Whether a path asks for names of groups, which lie in other resources. */
export function asksForGroupNames(path: string): boolean {
  return path === 'groups.display';
}

/** Each claim that has a value: texts, numbers and booleans as they are, several values as a list without repetitions. */
export function mapClaims(
  claims: Readonly<Record<string, string>>,
  subject: IssuableSubject,
): Record<string, JsonValue> {
  const mapped: Record<string, JsonValue> = {};
  for (const [claim, path] of Object.entries(claims)) {
    const value = claimValue(subject, path);
    if (value !== undefined) mapped[claim] = value;
  }
  return mapped;
}

/** The one text at a path: `sub`. Undefined where there is none, or it is none of 1 to `maxBytes`. */
export function textAt(subject: IssuableSubject, path: string, maxBytes: number): string | undefined {
  const value = claimValue(subject, path);
  return typeof value === 'string' && value !== '' && Buffer.byteLength(value) <= maxBytes ? value : undefined;
}

/** What stands at a path, whole; of several values the primary or first. */
export function valueAt(subject: IssuableSubject, path: string): JsonValue | undefined {
  const [attribute, part] = resolve(subject, path);
  const one = isJsonArray(attribute) ? (attribute.find(isPrimary) ?? attribute[0]) : attribute;
  return isJsonObject(one) && (part !== undefined || DEFAULT_PART in one) ? one[part ?? DEFAULT_PART] : one;
}

function claimValue(subject: IssuableSubject, path: string): JsonValue | undefined {
  const [attribute, part = DEFAULT_PART] = resolve(subject, path);
  if (!isJsonArray(attribute)) return plain(attribute, part);
  const values = attribute.map((one) => plain(one, part)).filter((one) => one !== undefined);
  return values.length === 0 ? undefined : [...new Set(values)];
}

function resolve({ resource, groups }: IssuableSubject, path: string): [JsonValue | undefined, string | undefined] {
  const colon = path.lastIndexOf(':');
  const place = colon < 0 ? resource : resource[path.slice(0, colon)];
  const [name = '', part] = path.slice(colon + 1).split('.');
  if (colon < 0 && name === 'groups') return [groups.map((group) => ({ ...group })), part];
  return [isJsonObject(place) && Object.hasOwn(place, name) ? place[name] : undefined, part];
}

function plain(value: JsonValue | undefined, part: string): string | number | boolean | undefined {
  const one = isJsonObject(value) ? value[part] : value;
  return typeof one === 'string' || typeof one === 'number' || typeof one === 'boolean' ? one : undefined;
}

function isPrimary(value: JsonValue): boolean {
  return isJsonObject(value) && value.primary === true;
}
