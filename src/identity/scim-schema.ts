/**
 * The attributes of RFC 7643: core User (§4.1), Group (§4.2), enterprise User (§4.3), common attributes (§3.1), with
 * their types (§2.3). Names are case-exact here, though RFC 7643 §2.1 lets a service provider ignore case: one spelling,
 * the RFC's, keeps one meaning on both sides and in every consumer. `password` is nowhere.
 */

export type AttributeType = 'string' | 'boolean' | 'dateTime' | 'reference' | 'binary' | 'complex' | 'any';

export interface Attribute {
  readonly type: AttributeType;
  readonly multiValued: boolean;
  readonly required: boolean;
  /** Sub-attributes of a complex one. */
  readonly attributes?: ReadonlyMap<string, Attribute>;
  /** Names of the sub-attributes that are required. */
  readonly requires: readonly string[];
}

export const USER_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const GROUP_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:Group';
export const ENTERPRISE_SCHEMA = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
export const MEMBER_SCHEMA = 'urn:identity-diode:scim:schemas:Member';

/** Of a declared type: any JSON within the bounds, secrets apart. */
export const ANY = single('any');

const STRING = single('string');
const REFERENCE = single('reference');
const DATE_TIME = single('dateTime');

/** What every resource may carry whatever an allow-list says; `meta` describes the representation, RFC 7643 §3.1. */
export const META = complex({
  resourceType: STRING,
  created: DATE_TIME,
  lastModified: DATE_TIME,
  location: REFERENCE,
  version: STRING,
});

/**
 * `groups` is read-only and follows from the memberships, which are records of their own: it passes only where the
 * config names it (the sender drops it otherwise, RFC 7644 §3.5.1).
 */
export const USER_ATTRIBUTES: ReadonlyMap<string, Attribute> = table({
  externalId: STRING,
  userName: { ...STRING, required: true },
  name: complex({
    formatted: STRING,
    familyName: STRING,
    givenName: STRING,
    middleName: STRING,
    honorificPrefix: STRING,
    honorificSuffix: STRING,
  }),
  displayName: STRING,
  nickName: STRING,
  profileUrl: REFERENCE,
  title: STRING,
  userType: STRING,
  preferredLanguage: STRING,
  locale: STRING,
  timezone: STRING,
  active: single('boolean'),
  emails: plural('string'),
  phoneNumbers: plural('string'),
  ims: plural('string'),
  photos: plural('reference'),
  addresses: plural('string', {
    formatted: STRING,
    streetAddress: STRING,
    locality: STRING,
    region: STRING,
    postalCode: STRING,
    country: STRING,
  }),
  groups: plural('string'),
  entitlements: plural('string'),
  roles: plural('string'),
  x509Certificates: plural('binary'),
});

/**
 * RFC 7643 §4.2 calls displayName required and §8.7.1 does not: it is not required here. `members` never stands in a
 * record: memberships are records of their own.
 */
export const GROUP_ATTRIBUTES: ReadonlyMap<string, Attribute> = table({ externalId: STRING, displayName: STRING });

export const MEMBER_ATTRIBUTES: ReadonlyMap<string, Attribute> = table({
  value: { ...STRING, required: true },
  $ref: REFERENCE,
  type: STRING,
  display: STRING,
});

export const ENTERPRISE_ATTRIBUTES: ReadonlyMap<string, Attribute> = table({
  employeeNumber: STRING,
  costCenter: STRING,
  organization: STRING,
  division: STRING,
  department: STRING,
  manager: complex({ value: STRING, $ref: REFERENCE, displayName: STRING }),
});

/** A complex attribute with these sub-attributes. */
export function complexOf(attributes: ReadonlyMap<string, Attribute>): Attribute {
  return { type: 'complex', multiValued: false, required: false, attributes, requires: requiredNames(attributes) };
}

/** Names of what a table requires. */
export function requiredNames(attributes: ReadonlyMap<string, Attribute>): readonly string[] {
  return [...attributes].filter(([, attribute]) => attribute.required).map(([name]) => name);
}

function single(type: AttributeType): Attribute {
  return { type, multiValued: false, required: false, requires: [] };
}

function complex(attributes: Readonly<Record<string, Attribute>>): Attribute {
  return complexOf(table(attributes));
}

/** Multi-valued, with the default sub-attributes of RFC 7643 §2.4. */
function plural(valueType: AttributeType, own: Readonly<Record<string, Attribute>> = {}): Attribute {
  const defaults = {
    value: single(valueType),
    display: single('string'),
    type: single('string'),
    primary: single('boolean'),
    $ref: single('reference'),
  };
  return { ...complex({ ...own, ...defaults }), multiValued: true };
}

function table(attributes: Readonly<Record<string, Attribute>>): ReadonlyMap<string, Attribute> {
  return new Map(Object.entries(attributes));
}
