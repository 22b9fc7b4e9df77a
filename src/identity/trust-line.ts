/**
 * Lines about tokens and keys:
 *
 *     {"token":JWS[,"at":TIME]}
 *     {"revoke":{"iss":ISS,"jti":JTI}[,"at":TIME]}    {"revoke":{"iss":ISS,"sub":SUB}[,"at":TIME]}
 *     {"revoke":{"iss":ISS,"kid":KID}[,"at":TIME]}    {"revoke":{"iss":ISS,"all":true}[,"at":TIME]}
 *     {"status":{"iss":ISS,"asOf":TIME,"nextBy":TIME}[,"at":TIME]}
 *     {"jwks":{"iss":ISS,"keys":[…]}[,"at":TIME]}
 */
import { WIRE_LIMITS } from '../limits.ts';
import { type IdentityRules, isIssuerCarried } from './identity-rules.ts';
import { isJsonObject, type JsonObject, type JsonValue } from './json-value.ts';
import { publicKeySet } from './key-set.ts';
import { checkKeys, checkText, readTime } from './line-fields.ts';
import { isRefusal, type Refusal, refuse, within } from './refusal.ts';
import type { SourceItem } from './source-item.ts';

// RFC 7515 §7.1. An empty signature is that of alg none: the receiver refuses it with a better reason.
const COMPACT_JWS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/;

/** Shape, size and, where it can be read, whose token it is; whether it holds is decided by the receiver. */
export function parseTokenLine(rules: IdentityRules, line: JsonObject): SourceItem | Refusal {
  const refusal = checkKeys(line, { required: ['token'], optional: ['at'] });
  if (refusal !== undefined) return refusal;
  const jws = line.token;
  if (typeof jws !== 'string') return refuse('token-shape', 'token', 'A token is a string.');
  if (jws.length > WIRE_LIMITS.maxTokenBytes) {
    return refuse('token-too-large', 'token', `A token has at most ${WIRE_LIMITS.maxTokenBytes} bytes.`);
  }
  if (!COMPACT_JWS.test(jws)) return refuse('token-shape', 'token', 'This is no compact JWS (RFC 7515 §7.1).');
  const claims = unverifiedClaims(jws);
  if (!isTokenCarried(rules, claims)) return refuseIssuer('token');
  const { exp, iat } = claims ?? {};
  if (typeof exp === 'number' && typeof iat === 'number' && exp - iat > rules.maxTokenLifetimeSeconds) {
    const most = `It lives longer than the ${rules.maxTokenLifetimeSeconds} s of identity.maxTokenLifetimeSeconds.`;
    return refuse('token-lifetime', 'token', most);
  }
  return { kind: 'token', jws };
}

const REVOCATION_FORMS = ['jti', 'sub', 'kid', 'all'] as const;

/** `nowMs` is when the line was read: tokens of a subject or issuer are taken back up to `at`, or up to then. */
export function parseRevocationLine(rules: IdentityRules, line: JsonObject, nowMs: number): SourceItem | Refusal {
  const wrong = checkKeys(line, { required: ['revoke'], optional: ['at'] });
  if (wrong !== undefined) return wrong;
  const revoke = line.revoke;
  if (!isJsonObject(revoke)) return refuse('value-invalid', 'revoke', 'This must be an object.');
  const form = REVOCATION_FORMS.find((name) => Object.hasOwn(revoke, name)) ?? 'sub';
  const refusal =
    checkKeys(revoke, { required: ['iss', form], optional: [] }) ??
    checkIssuer(rules, revoke.iss) ??
    (form === 'all' ? checkTrue(revoke.all) : checkText(revoke[form], form, WIRE_LIMITS.maxIdBytes));
  if (refusal !== undefined) return within('revoke', refusal);
  const named = revoke[form] as string;
  const targets = {
    jti: { jti: named },
    sub: { subject: named, issuedBeforeMs: nowMs },
    kid: { key: named },
    all: { everyone: true, issuedBeforeMs: nowMs },
  } as const;
  return { kind: 'revocation', issuer: revoke.iss as string, target: targets[form] };
}

/** Said on purpose: a line that lost its jti must not take back everything. */
function checkTrue(value: JsonValue | undefined): Refusal | undefined {
  return value === true ? undefined : refuse('value-invalid', 'all', 'This must be true: it takes back every token.');
}

/** How fresh an issuer's revocations are: all up to `asOf` stand in the lines before this one. */
export function parseStatusLine(rules: IdentityRules, line: JsonObject): SourceItem | Refusal {
  const wrong = checkKeys(line, { required: ['status'], optional: ['at'] });
  if (wrong !== undefined) return wrong;
  const status = line.status;
  if (!isJsonObject(status)) return refuse('value-invalid', 'status', 'This must be an object.');
  const refusal =
    checkKeys(status, { required: ['iss', 'asOf', 'nextBy'], optional: [] }) ?? checkIssuer(rules, status.iss);
  if (refusal !== undefined) return within('status', refusal);
  const asOfMs = readTime(status.asOf, 'asOf');
  if (typeof asOfMs !== 'number') return within('status', asOfMs);
  const nextByMs = readTime(status.nextBy, 'nextBy');
  if (typeof nextByMs !== 'number') return within('status', nextByMs);
  if (nextByMs <= asOfMs) return within('status', refuse('value-invalid', 'nextBy', 'The next one comes after asOf.'));
  return { kind: 'status', issuer: status.iss as string, asOfMs, nextByMs };
}

export function parseKeySetLine(rules: IdentityRules, line: JsonObject): SourceItem | Refusal {
  const wrong = checkKeys(line, { required: ['jwks'], optional: ['at'] });
  if (wrong !== undefined) return wrong;
  const jwks = line.jwks;
  if (!isJsonObject(jwks)) return refuse('value-invalid', 'jwks', 'This must be an object.');
  const refusal = checkKeys(jwks, { required: ['iss', 'keys'], optional: [] }) ?? checkIssuer(rules, jwks.iss);
  if (refusal !== undefined) return within('jwks', refusal);
  const keys = publicKeySet(jwks.keys);
  if (typeof keys !== 'string') return within('jwks', keys);
  return { kind: 'key-set', issuer: jwks.iss as string, jwks: keys };
}

function checkIssuer(rules: IdentityRules, issuer: JsonValue | undefined): Refusal | undefined {
  const refusal = checkText(issuer, 'iss', WIRE_LIMITS.maxIssuerBytes);
  if (isRefusal(refusal)) return refusal;
  return isIssuerCarried(rules, issuer as string) ? undefined : refuseIssuer('iss');
}

function refuseIssuer(path: string): Refusal {
  return refuse('issuer-not-carried', path, 'This stream does not carry the issuer; see identity.tokenIssuers.');
}

/** A payload that cannot be read goes to the receiver, which says what is wrong with it, unless no token may pass. */
function isTokenCarried(rules: IdentityRules, claims: JsonObject | undefined): boolean {
  if (rules.issuers.has('*')) return true;
  if (rules.issuers.size === 0) return false;
  return typeof claims?.iss !== 'string' || isIssuerCarried(rules, claims.iss);
}

/** Believed only to refuse early. */
function unverifiedClaims(jws: string): JsonObject | undefined {
  const payload = jws.slice(jws.indexOf('.') + 1, jws.lastIndexOf('.'));
  try {
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as JsonValue;
    return isJsonObject(claims) ? claims : undefined;
  } catch {
    return undefined;
  }
}
