/** One attribute's value against its type: RFC 7643 §2.3 and §2.4. */
import { attributeHint } from './attribute-hint.ts';
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from './json-value.ts';
import { pathName, type Refusal, refuse, within } from './refusal.ts';
import { isDateTime } from './rfc3339.ts';
import type { Attribute, AttributeType } from './scim-schema.ts';
import { isSecretName } from './secret-names.ts';

/** Undefined where `value` is what the attribute's type allows. */
export function checkAttribute(attribute: Attribute, value: JsonValue): Refusal | undefined {
  if (attribute.type === 'any') return findSecret(value);
  if (!attribute.multiValued) return checkSingle(attribute, value);
  if (!isJsonArray(value)) return refuse('attribute-type', '', 'This attribute is multi-valued: it must be an array.');
  let primaries = 0;
  for (let index = 0; index < value.length; index++) {
    const element = value[index] as JsonValue;
    const refusal = checkSingle(attribute, element);
    if (refusal !== undefined) return within(`[${index}]`, refusal);
    if ((element as JsonObject).primary === true) primaries++;
  }
  return primaries > 1 ? refuse('primary-repeated', '', 'Only one value may be primary (RFC 7643 §2.4).') : undefined;
}

/** Why a name is not among the known ones; secrets are told apart from mistakes. */
export function refuseName(name: string, known: Iterable<string>): Refusal {
  if (isSecretName(name)) return refuse('attribute-secret', pathName(name), 'Secrets never cross; remove it.');
  const hint = attributeHint(name, known);
  return refuse('attribute-unknown', pathName(name), `This attribute is not known here (names are case-exact).${hint}`);
}

function checkSingle(attribute: Attribute, value: JsonValue): Refusal | undefined {
  if (attribute.attributes !== undefined) return checkComplex(attribute.attributes, attribute.requires, value);
  return hasType(attribute.type, value) ? undefined : refuse('attribute-type', '', expected(attribute.type));
}

function checkComplex(
  attributes: ReadonlyMap<string, Attribute>,
  requires: readonly string[],
  value: JsonValue,
): Refusal | undefined {
  if (!isJsonObject(value)) return refuse('attribute-type', '', 'This attribute is complex: it must be an object.');
  for (const name in value) {
    const attribute = attributes.get(name);
    if (attribute === undefined) return refuseName(name, attributes.keys());
    const refusal = checkAttribute(attribute, value[name] as JsonValue);
    if (refusal !== undefined) return within(name, refusal);
  }
  for (const name of requires) {
    if (!Object.hasOwn(value, name)) return refuse('attribute-missing', name, 'This attribute is required.');
  }
  return undefined;
}

// Base64, RFC 4648 §4; padding may be absent (RFC 7643 §2.3.6).
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
// A URI is printable ASCII without space (RFC 3986 §2); servers write relative ones, and IRIs, too: only those are barred
// that no URI can hold.
const NO_URI = /[\s\p{Cc}<>"]/u;

function hasType(type: AttributeType, value: JsonValue): boolean {
  if (type === 'boolean') return typeof value === 'boolean';
  if (typeof value !== 'string') return false;
  if (type === 'string') return true;
  if (type === 'dateTime') return isDateTime(value);
  if (type === 'reference') return value !== '' && !NO_URI.test(value);
  return BASE64.test(value) && value.replaceAll('=', '').length % 4 !== 1;
}

function expected(type: AttributeType): string {
  switch (type) {
    case 'boolean':
      return 'This must be true or false.';
    case 'dateTime':
      return 'This must be a date and time such as 2026-11-22T10:00:00Z.';
    case 'reference':
      return 'This must be a URI.';
    case 'binary':
      return 'This must be base64 (RFC 4648 §4).';
    default:
      return 'This must be a string.';
  }
}

/** A declared attribute is any JSON; what is refused in it is a name that holds secrets, at any depth. */
function findSecret(value: JsonValue): Refusal | undefined {
  if (isJsonArray(value)) {
    for (const [index, element] of value.entries()) {
      const refusal = findSecret(element);
      if (refusal !== undefined) return within(`[${index}]`, refusal);
    }
  } else if (isJsonObject(value)) {
    for (const name in value) {
      if (isSecretName(name)) return refuse('attribute-secret', pathName(name), 'Secrets never cross; remove it.');
      const refusal = findSecret(value[name] as JsonValue);
      if (refusal !== undefined) return within(pathName(name), refusal);
    }
  }
  return undefined;
}
