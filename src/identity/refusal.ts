/**
 * Why a line or a record is refused. Codes are API (reject file, quarantine, metrics): never renamed, never reused; ASCII
 * and at most 64 bytes.
 */
export type IdentityCode =
  | 'line-too-long'
  | 'utf8'
  | 'json-syntax'
  | 'json-depth'
  | 'json-duplicate-key'
  | 'json-forbidden-key'
  | 'json-surrogate'
  | 'json-number'
  | 'json-not-canonical'
  | 'line-form'
  | 'key-unknown'
  | 'key-missing'
  | 'value-invalid'
  | 'type-unknown'
  | 'id-missing'
  | 'id-invalid'
  | 'id-mismatch'
  | 'subject-not-owned'
  | 'issuer-not-carried'
  | 'attribute-unknown'
  | 'attribute-not-allowed'
  | 'attribute-secret'
  | 'attribute-missing'
  | 'attribute-type'
  | 'primary-repeated'
  | 'schemas-invalid'
  | 'schemas-unknown'
  | 'schemas-unlisted'
  | 'meta-type'
  | 'members-not-apart'
  | 'member-conflict'
  | 'members-too-many'
  | 'token-shape'
  | 'token-too-large'
  | 'token-lifetime'
  | 'key-set-invalid'
  | 'key-set-private'
  | 'record-too-large'
  | 'record-field';

/** Neither path nor detail ever holds a value of the input; names of members do appear, cut and made printable. */
export interface Refusal {
  readonly refused: IdentityCode;
  /** Such as `resource.emails[1].value`; empty for the whole line. */
  readonly path: string;
  /** One sentence: what is wrong and what would pass. */
  readonly detail: string;
}

export function isRefusal(value: object | undefined): value is Refusal {
  return value !== undefined && 'refused' in value;
}

export function refuse(refused: IdentityCode, path: string, detail: string): Refusal {
  return { refused, path, detail };
}

/** The same refusal seen from one level further out. */
export function within(segment: string, refusal: Refusal): Refusal {
  const joint = refusal.path === '' || refusal.path.startsWith('[') ? '' : '.';
  return { ...refusal, path: `${segment}${joint}${refusal.path}` };
}

const MAX_SHOWN_NAME = 80;

/** A member's name as it may stand in a path: what is not printable ASCII as "?", cut at 80 characters. */
export function pathName(name: string): string {
  const cut = name.length > MAX_SHOWN_NAME ? `${name.slice(0, MAX_SHOWN_NAME)}…` : name;
  return cut.replace(/[^!-~…]/g, '?');
}
