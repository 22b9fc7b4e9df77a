/**
 * Where an issuer's keys are, by its metadata: RFC 8414, and OpenID Connect Discovery 1.0. Metadata that names another issuer
 * is nobody's (RFC 8414 §3.3): else whoever may write a file on the host speaks for all of its issuers. Pure.
 */
import { isJsonObject } from '../../src/identity/json-value.ts';
import { isRefusal } from '../../src/identity/refusal.ts';
import { parseStrictJson } from '../../src/identity/strict-json.ts';
import { FOREIGN_LIMITS } from '../../src/limits.ts';
import type { FailedAnswer, WholeAnswer } from './foreign-answer.ts';

export interface DiscoveredIssuer {
  /** A URL without query and fragment. */
  readonly issuer: string;
  /** Where its keys may lie, beside its own host. */
  readonly jwksHost?: string;
}

/** RFC 8414 §3.1 inserts before the path, OpenID Connect Discovery §4 appends; asked for in this order. */
export function metadataUrls(issuer: string): readonly string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  return [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
  ];
}

export interface FailedMetadata extends FailedAnswer {
  /** It names another issuer, or none: it is nothing of this one's. */
  readonly isOthers?: boolean;
}

/** The URL of its key set. */
export function readMetadata(
  { body }: WholeAnswer,
  about: DiscoveredIssuer,
): { readonly jwks: string } | FailedMetadata {
  const text = new TextDecoder('utf-8').decode(body);
  const parsed = parseStrictJson(text);
  if (isRefusal(parsed)) return { failure: 'json', seen: `Its metadata is no strict JSON: ${parsed.detail}` };
  const { issuer, jwks_uri: jwks } = isJsonObject(parsed.value) ? parsed.value : {};
  if (issuer !== about.issuer) {
    return { ...refused(`Its metadata is of another issuer, ${shown(issuer)}.`), isOthers: true };
  }
  if (typeof jwks !== 'string' || !URL.canParse(jwks) || jwks.length > FOREIGN_LIMITS.maxUrlCharacters) {
    return refused('Its metadata names no key set (jwks_uri).');
  }
  return placeProblem(new URL(jwks), about) ?? { jwks };
}

const MAX_SHOWN_CHARACTERS = 100;

function placeProblem(jwks: URL, { issuer, jwksHost }: DiscoveredIssuer): FailedAnswer | undefined {
  const own = new URL(issuer);
  const hasMore = jwks.username !== '' || jwks.password !== '' || jwks.hash !== '';
  // http is an issuer's on a loopback address alone, as the config has it.
  if (hasMore || (jwks.protocol !== 'https:' && jwks.origin !== own.origin)) {
    return refused('Its metadata names a key set that is not at an https URL without user and fragment.');
  }
  const host = jwks.host.slice(0, MAX_SHOWN_CHARACTERS);
  if (jwks.host === own.host || jwks.host === jwksHost?.toLowerCase()) return undefined;
  return refused(`Its metadata names a key set on ${host}: if that is right, name it as jwksHost in config.yaml.`);
}

function shown(issuer: unknown): string {
  return typeof issuer === 'string' ? JSON.stringify(issuer.slice(0, MAX_SHOWN_CHARACTERS)) : 'or of none';
}

function refused(seen: string): FailedAnswer {
  return { failure: 'metadata', seen };
}
