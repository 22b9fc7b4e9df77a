/**
 * Kafka keys: `User|<id>`, `Member|<group>|<member>`, `Token|<iss>|<sub>|<aud>,<aud>|<slot>`, `Jwks|<iss>`, `Status|<iss>`.
 * Each part is percent-encoded, so that `|` and `,` are joints only and keys are ASCII. A key never changes for a subject's life.
 */
import { WIRE_LIMITS } from '../limits.ts';

export interface TokenKeyParts {
  readonly issuer: string;
  readonly subject: string;
  readonly audiences: readonly string[];
  /** Value of the issuer's slot claim; empty without one. */
  readonly slot: string;
}

/** Key of a subject. The type is a declared name and stands as it is. */
export function subjectKey(type: string, id: string): string {
  return `${type}|${encodePart(id)}`;
}

export function memberKey(group: string, member: string): string {
  return `Member|${encodePart(group)}|${encodePart(member)}`;
}

/** Key of a token, audiences sorted by their encoded form; undefined where it would exceed `maxKeyBytes`. */
export function tokenKey(parts: TokenKeyParts): string | undefined {
  const audiences = parts.audiences.map(encodePart).sort().join(',');
  const key = `Token|${encodePart(parts.issuer)}|${encodePart(parts.subject)}|${audiences}|${encodePart(parts.slot)}`;
  return key.length <= WIRE_LIMITS.maxKeyBytes ? key : undefined;
}

/** Where the keys of all tokens of a subject lie: behind the first and before the last, since parts hold neither `|` nor `}`. */
export function tokenKeysOf(issuer: string, subject: string): { readonly first: string; readonly last: string } {
  const start = `Token|${encodePart(issuer)}|${encodePart(subject)}`;
  return { first: `${start}|`, last: `${start}}` };
}

export function jwksKey(issuer: string): string {
  return `Jwks|${encodePart(issuer)}`;
}

/** How fresh an issuer's revocations are. */
export function statusKey(issuer: string): string {
  return `Status|${encodePart(issuer)}`;
}

const UNRESERVED = /^[A-Za-z0-9._~-]*$/;
const LEFT_BY_ENCODE_URI = /[!'()*]/g;

/** RFC 3986 §2.1: unreserved characters stay, every other byte of the UTF-8 is %XX. Half a surrogate pair is U+FFFD. */
export function encodePart(text: string): string {
  if (UNRESERVED.test(text)) return text;
  const wellFormed = (text as unknown as { toWellFormed(): string }).toWellFormed();
  return encodeURIComponent(wellFormed).replace(LEFT_BY_ENCODE_URI, percent);
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
