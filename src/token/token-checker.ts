/**
 * Whether a token may reach the trusted topic: the issuer's policy applied to one compact JWS (RFC 7515, 7519, 8725),
 * offline. Replay and revocation need memory and are judged after this, by the receiver's token desk.
 */
import { readTextFile } from '../config/durable-file.ts';
import type { IssuerConfig, IssuerPolicy } from '../config/receiver-config.ts';
import { isBase64url } from '../crypto/base64url.ts';
import { sha256Hex } from '../crypto/digest.ts';
import { judgeKeyUse, type KeyTimes, keyState } from '../crypto/key-state.ts';
import type { JsonValue } from '../identity/json-value.ts';
import { isRefusal } from '../identity/refusal.ts';
import { parseStrictJson } from '../identity/strict-json.ts';
import { DAY_MS, OPS_LIMITS, RECEIVER_LIMITS, WIRE_LIMITS } from '../limits.ts';
import { DiodeError } from '../ops/diode-error.ts';
import { type IssuerKey, type JwtFailure, readKeySet, verifyJwt } from './jose-keys.ts';
import type { SignatureCheck } from './signature-check.ts';

export type TokenRefusal =
  | JwtFailure
  | 'too-long'
  | 'header-form'
  | 'algorithm'
  | 'critical'
  | 'key-reference'
  | 'key-unknown'
  | 'key-algorithm'
  | 'key-state'
  | 'lifetime'
  | 'jti-form'
  /** By the seals of audiences, behind the check. */
  | 'audience-shared';

/** What is known of an accepted token; the token itself stays with the caller. */
export interface TokenFacts {
  readonly jti: string;
  /** Lower-case hex of the SHA-256 of the compact JWS. */
  readonly sha256: string;
  readonly issuer: string;
  readonly subject: string;
  readonly audience: readonly string[];
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  /** Last part of the Kafka key; empty where the issuer has no slot claim. */
  readonly slot: string;
  readonly keyId: string;
}

export type TokenVerdict =
  | {
      readonly accepted: true;
      readonly facts: TokenFacts;
      /** Judged again under the same policy, later and before this, it is accepted with the same facts. */
      readonly holdsUntilMs?: number;
      /** To publish instead of the token: a compact JWE that its audience alone opens. */
      readonly sealed?: string;
    }
  | {
      readonly accepted: false;
      readonly code: TokenRefusal;
      /** One sentence for a person; names claims, never their values. */
      readonly detail: string;
      readonly sha256: string;
      /** As claimed, unverified; absent where there is none that can be shown. */
      readonly jti?: string;
      /** Of one that was good until it expired, or but for its audiences: verified. */
      readonly facts?: TokenFacts;
    };

/** An issuer with its keys, as a trust bundle names it. Plain data. */
export interface IssuerTrust extends IssuerPolicy {
  readonly keys: readonly TimedIssuerKey[];
}

export interface TimedIssuerKey extends KeyTimes {
  /** Public members alone; with a `kid` that no other key of the issuer has. */
  readonly jwk: Readonly<Record<string, JsonValue>>;
}

interface Issuer {
  readonly config: IssuerPolicy;
  readonly keys: ReadonlyMap<string, IssuerKey>;
  /** By `kid`. */
  readonly times: ReadonlyMap<string, KeyTimes>;
}

type Json = Readonly<Record<string, unknown>>;

/** Printable ASCII: a jti becomes a header and a log field. */
const JTI = /^[\x21-\x7e]{1,256}$/;
/** Header members that let a token bring or name its own key: never followed (RFC 8725 §3.10). */
const KEY_REFERENCES = ['jku', 'jwk', 'x5u', 'x5c', 'x5t', 'x5t#S256'];
/** A hundred years: times become dates and SQLite's integers, whatever lifetime the caller of the policy allows. */
const MAX_AHEAD_MS = 36_525 * DAY_MS;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class TokenChecker {
  /** What it was made of: `ofIssuers` makes its like of it, in another thread too. */
  readonly trust: readonly IssuerTrust[];
  readonly #issuers: ReadonlyMap<string, Issuer>;
  /** Parsed, by their text. */
  readonly #headers = new Map<string, Json>();

  private constructor(trust: readonly IssuerTrust[]) {
    this.trust = trust;
    this.#issuers = new Map(trust.map((issuer) => [issuer.issuer, withKeys(issuer)]));
  }

  /**
   * Reads each issuer's JWKS file. Throws DiodeError `key-missing` or `key-invalid` that names the file and the key;
   * a set in which any key is unfit is refused whole, since a silent omission would refuse good tokens later.
   */
  static open(issuers: readonly IssuerConfig[]): TokenChecker {
    return new TokenChecker(
      issuers.map(({ jwks, ...policy }) => ({
        ...policy,
        keys: readJwksFile(jwks, policy).map((jwk) => ({ jwk, activeFromMs: 0 })),
      })),
    );
  }

  /** By the issuers of a trust bundle, whose keys were looked at when it was parsed. */
  static ofIssuers(issuers: readonly IssuerTrust[]): TokenChecker {
    return new TokenChecker(issuers);
  }

  /** Public keys of each issuer that may verify at `nowMs`, active or passive, in the order of its set. */
  publicKeys(nowMs: number): ReadonlyMap<string, readonly Readonly<Record<string, string>>[]> {
    return new Map(
      [...this.#issuers].map(([name, { keys, times }]) => {
        const usable = [...keys.values()].filter(({ keyId }) => mayVerify(times.get(keyId), nowMs));
        return [name, usable.map(({ publicJwk }) => publicJwk)];
      }),
    );
  }

  /** The verdict at `nowMs`. Never throws, whatever the text. */
  check(jws: string, nowMs: number): TokenVerdict {
    const sha256 = sha256Hex(jws);
    if (jws.length > WIRE_LIMITS.maxTokenBytes) return refuse('too-long', 'The token is too long.', sha256);
    const parts = jws.split('.', 4);
    const [headerPart, claimsPart] = parts as [string, string];
    // One token, one text: what the log and the replay store name by its SHA-256 has no second form.
    if (parts.length !== 3 || parts.some((part) => part === '' || !isBase64url(part))) {
      return refuse('token-form', 'It is no JWS in compact serialisation.', sha256);
    }
    const header = this.#header(headerPart);
    const claims = decodeJson(claimsPart);
    const jti = typeof claims?.jti === 'string' && JTI.test(claims.jti) ? claims.jti : undefined;
    if (!header) return refuse('header-form', 'Its header is no JSON object without duplicate members.', sha256, jti);
    if (!claims) return refuse('claim-form', 'Its claims are no JSON object without duplicate members.', sha256, jti);
    const admitted = this.#admit(header, claims);
    if ('code' in admitted) return refuse(admitted.code, admitted.detail, sha256, jti);
    const { config, times, keyId, signature } = admitted;
    // By name: a spread that is added to takes 4 µs.
    return this.#verify(jws, { config, times, keyId, signature, sha256, nowMs, jti });
  }

  /** All tokens of an issuer have the same few. */
  #header(part: string): Json | undefined {
    const known = this.#headers.get(part);
    if (known !== undefined) return known;
    const header = decodeJson(part);
    if (header === undefined || part.length > RECEIVER_LIMITS.maxKeptTokenHeaderBytes) return header;
    if (this.#headers.size >= RECEIVER_LIMITS.maxKeptTokenHeaders) this.#headers.clear();
    // A text of its own: a piece of the token's would keep all of it.
    this.#headers.set(Buffer.from(part, 'latin1').toString('latin1'), header);
    return header;
  }

  /** What can be judged before any signature is: issuer, algorithm, type, key. */
  #admit(header: Json, claims: Json): Admitted | { readonly code: TokenRefusal; readonly detail: string } {
    const issuer = typeof claims.iss === 'string' ? this.#issuers.get(claims.iss) : undefined;
    if (!issuer) return { code: 'issuer', detail: 'Its issuer is none of the configured ones.' };
    const { config, keys, times } = issuer;
    const algorithm = header.alg;
    if (typeof algorithm !== 'string' || !config.algorithms.includes(algorithm)) {
      return { code: 'algorithm', detail: 'Its algorithm is none that the issuer may use.' };
    }
    if ('crit' in header || 'b64' in header) return { code: 'critical', detail: 'It has critical header parameters.' };
    const reference = KEY_REFERENCES.find((name) => name in header);
    if (reference) return { code: 'key-reference', detail: `It names or brings a key in "${reference}".` };
    if (!isAllowedType(header.typ, config.types))
      return { code: 'type', detail: 'Its typ is none of the allowed ones.' };
    const key = typeof header.kid === 'string' ? keys.get(header.kid) : undefined;
    if (!key) return { code: 'key-unknown', detail: 'Its kid is none of the keys of the issuer.' };
    const signature = key.byAlgorithm.get(algorithm);
    if (!signature) return { code: 'key-algorithm', detail: 'Its algorithm does not fit the key that its kid names.' };
    return { config, keyId: key.keyId, signature, times: times.get(key.keyId) };
  }

  #verify(jws: string, at: Judged): TokenVerdict {
    const { config, sha256, jti } = at;
    const verified = verifyJwt(jws, at.signature, {
      issuer: config.issuer,
      audience: config.audience,
      clockSkewSeconds: config.clockSkewSeconds,
      maxAgeSeconds: config.maxLifetimeSeconds,
      nowMs: at.nowMs,
    });
    if (!('failure' in verified)) return judgeClaims(verified.claims, at);
    const { failure, claim, expiredClaims } = verified;
    const refused = refuse(failure, explain(failure, claim), sha256, jti);
    const held = expiredClaims && judgeClaims(expiredClaims, at);
    return held?.accepted ? { ...refused, facts: held.facts } : refused;
  }
}

/** What the signature, issuer, audience and times leave to be judged. */
function judgeClaims(claims: Json, { config, keyId, times, sha256, nowMs, jti }: Judged): TokenVerdict {
  const { exp, iat, sub, aud } = claims as { exp: number; iat: number; sub: unknown; aud: string | string[] };
  const use = times === undefined ? 'holds' : judgeKeyUse(times, { signedAtMs: iat * 1000, nowMs });
  if (use !== 'holds') return refuse('key-state', KEY_STATES[use], sha256, jti);
  const unfit = lifetimeProblem({ exp, iat }, config.maxLifetimeSeconds, nowMs);
  if (unfit !== undefined) return refuse('lifetime', unfit, sha256, jti);
  if (jti === undefined) return refuse('jti-form', 'Its jti is not 1 to 256 printable ASCII characters.', sha256);
  const slotClaim = config.slotClaim === undefined ? undefined : claims[config.slotClaim];
  if (!isShortText(sub) || (slotClaim !== undefined && !isShortText(slotClaim))) {
    return refuse('claim-form', 'Its sub or slot claim is no text of 1 to 256 bytes.', sha256, jti);
  }
  const facts: TokenFacts = {
    jti,
    sha256,
    issuer: config.issuer,
    subject: sub,
    audience: (typeof aud === 'string' ? [aud] : [...new Set(aud)]).sort(),
    issuedAtMs: Math.floor(iat * 1000),
    expiresAtMs: Math.floor(exp * 1000),
    slot: slotClaim ?? '',
    keyId,
  };
  return { accepted: true, facts, holdsUntilMs: holdsUntil({ exp, iat }, config, times) };
}

function lifetimeProblem(
  { exp, iat }: { readonly exp: number; readonly iat: number },
  maxLifetimeSeconds: number,
  nowMs: number,
): string | undefined {
  if (exp <= iat) return 'It ends before it begins.';
  if (exp - iat > maxLifetimeSeconds) return `It lives longer than ${maxLifetimeSeconds} s.`;
  return exp * 1000 > nowMs + MAX_AHEAD_MS ? 'It ends more than a hundred years from now.' : undefined;
}

/** What time alone can still take from a token that holds; to the whole second before, since times are judged by seconds. */
function holdsUntil(
  { exp, iat }: { readonly exp: number; readonly iat: number },
  { clockSkewSeconds, maxLifetimeSeconds }: IssuerPolicy,
  times: KeyTimes | undefined,
): number {
  const endSeconds = Math.floor(Math.min(exp, iat + maxLifetimeSeconds)) + clockSkewSeconds;
  return Math.min(endSeconds * 1_000, times?.revokedFromMs ?? Number.POSITIVE_INFINITY);
}

function withKeys(config: IssuerTrust): Issuer {
  const { keys } = readKeySet({ keys: config.keys.map(({ jwk }) => jwk) }, config.algorithms);
  return { config, keys, times: new Map(config.keys.map((key) => [String(key.jwk.kid), key])) };
}

const KEY_STATES = {
  pending: 'The key that its kid names is not active yet.',
  passive: 'It was issued when the key that its kid names had ended.',
  revoked: 'The key that its kid names was revoked.',
} as const;

/** A key without times is active. */
function mayVerify(times: KeyTimes | undefined, nowMs: number): boolean {
  return times === undefined || ['active', 'passive'].includes(keyState(times, nowMs));
}

interface Admitted {
  readonly config: IssuerPolicy;
  readonly times: KeyTimes | undefined;
  readonly keyId: string;
  readonly signature: SignatureCheck;
}

interface Judged extends Admitted {
  readonly sha256: string;
  readonly nowMs: number;
  readonly jti: string | undefined;
}

function readJwksFile(path: string, { issuer, algorithms }: IssuerPolicy): readonly IssuerKey['publicJwk'][] {
  const cure = `Put the public JWK set of ${issuer} there ({"keys":[…]}).`;
  const text = readTextFile(path, OPS_LIMITS.maxKeySetFileBytes);
  if (text === undefined) throw new DiodeError('key-missing', `The JWKS file ${path} does not exist.`, cure);
  // Of two members of one name another reader may take the other.
  const parsed = parseStrictJson(text);
  if (isRefusal(parsed)) throw new DiodeError('key-invalid', `${path} is no JWK set: ${parsed.detail}`, cure);
  const { keys, problems } = readKeySet(parsed.value, algorithms);
  const problem = problems[0];
  if (problem) {
    const named = problem.keyId ? `key "${problem.keyId}"` : 'a key';
    throw new DiodeError(
      'key-invalid',
      `In ${path}, ${named} cannot be used: ${problem.seen}.`,
      'Remove or replace that key.',
    );
  }
  if (keys.size === 0) throw new DiodeError('key-invalid', `${path} holds no key.`, cure);
  return [...keys.values()].map(({ publicJwk }) => publicJwk);
}

function decodeJson(part: string): Json | undefined {
  let text: string;
  try {
    text = utf8.decode(Buffer.from(part, 'base64url'));
  } catch {
    return undefined;
  }
  const parsed = parseStrictJson(text);
  if (isRefusal(parsed)) return undefined;
  const { value } = parsed;
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}

/** RFC 8725 §3.11; "application/" is left out of media types in `typ` (RFC 7515 §4.1.9), case does not count. */
function isAllowedType(typ: unknown, allowed: readonly string[]): boolean {
  if (typ === undefined) return allowed.includes('');
  if (typeof typ !== 'string') return false;
  const plain = (text: string) => text.toLowerCase().replace(/^application\//, '');
  return allowed.some((type) => type !== '' && plain(type) === plain(typ));
}

function isShortText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && Buffer.byteLength(value) <= WIRE_LIMITS.maxIdBytes;
}

function explain(failure: JwtFailure, claim?: string): string {
  const sentences: Record<JwtFailure, string> = {
    signature: 'Its signature does not hold under the key that its kid names.',
    'token-form': 'It is no JWS in compact serialisation.',
    type: 'Its typ is none of the allowed ones.',
    issuer: 'Its issuer is none of the configured ones.',
    audience: 'Its audience is none of the configured ones.',
    'claim-missing': `It has no "${claim}" claim.`,
    'claim-form': claim ? `Its "${claim}" claim has a wrong form.` : 'Its claims are no JSON object.',
    expired: claim === 'iat' ? 'It was issued longer ago than tokens of this issuer live.' : 'It has expired.',
    'not-yet-valid': 'Its nbf lies in the future.',
    'issued-in-future': 'Its iat lies in the future.',
  };
  return sentences[failure];
}

function refuse(code: TokenRefusal, detail: string, sha256: string, jti?: string) {
  return { accepted: false as const, code, detail, sha256, ...(jti !== undefined && { jti }) };
}
