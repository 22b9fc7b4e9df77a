/**
 * JOSE as this product needs it: key sets in, signatures and registered claims checked, tokens sealed. The one file that imports jose.
 * jose's defaults are not a policy, so every option that decides is set here or by the caller. Signatures are checked by
 * `signature-check.ts`, on the thread that calls: jose goes through WebCrypto, at 50 µs of CPU a token beside the signature.
 */
import type { JsonWebKey } from 'node:crypto';
import { CompactEncrypt, type CryptoKey, errors, importJWK, type JWK, type JWTPayload, UnsecuredJWT } from 'jose';
import { jwkKind, jwkThumbprint } from '../crypto/thumbprint.ts';
import { rsaWeakness } from './rsa-weakness.ts';
import { type SignatureCheck, signatureCheck } from './signature-check.ts';

/** A public key of an issuer, bound to the algorithms of its type that the issuer's policy allows. */
export interface IssuerKey {
  readonly keyId: string;
  /** One for each allowed algorithm that fits its type. */
  readonly byAlgorithm: ReadonlyMap<string, SignatureCheck>;
  /** What whoever verifies needs: kid, type and numbers, `use` sig, and `alg` where one algorithm alone fits. */
  readonly publicJwk: Readonly<Record<string, string>>;
}

export interface KeySetProblem {
  readonly keyId: string;
  readonly seen: string;
}

/** The public key of an audience. */
export interface SealKey {
  /** Its RFC 7638 thumbprint. */
  readonly keyId: string;
  readonly key: CryptoKey;
}

interface Verified {
  readonly claims: JWTPayload;
}

interface Failed {
  readonly failure: JwtFailure;
  readonly claim?: string;
  /** Of a token that expired: as signed. */
  readonly expiredClaims?: JWTPayload;
}

export type JwtFailure =
  | 'signature'
  | 'token-form'
  | 'type'
  | 'issuer'
  | 'audience'
  | 'claim-missing'
  | 'claim-form'
  | 'expired'
  | 'not-yet-valid'
  | 'issued-in-future';

/** jose's answer on one claim, by its name; a claim that is absent is `claim-missing` whatever its name. */
const CLAIM_FAILURES: Readonly<Record<string, JwtFailure>> = {
  typ: 'type',
  iss: 'issuer',
  aud: 'audience',
  nbf: 'not-yet-valid',
  iat: 'issued-in-future',
};

/**
 * The usable keys of a JWK set (RFC 7517 §5) and what is wrong with the others: no `kid`, a `kid` twice, private
 * members, `use` other than sig, `key_ops` without verify, weak RSA, no allowed algorithm for its type.
 */
export function readKeySet(
  jwks: unknown,
  algorithms: readonly string[],
): { readonly keys: ReadonlyMap<string, IssuerKey>; readonly problems: readonly KeySetProblem[] } {
  const keys = new Map<string, IssuerKey>();
  const problems: KeySetProblem[] = [];
  const listed = (jwks as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(listed)) return { keys, problems: [{ keyId: '', seen: 'it has no "keys" array' }] };
  for (const jwk of listed as JWK[]) {
    const keyId = typeof jwk?.kid === 'string' ? jwk.kid : '';
    const imported = keys.has(keyId) ? 'its kid stands twice' : importKey(jwk, keyId, algorithms);
    if (typeof imported === 'string') problems.push({ keyId, seen: imported });
    else keys.set(keyId, imported);
  }
  return { keys, problems };
}

/**
 * Claims of a JWT whose signature, times, issuer and audience hold at `nowMs`, or the first thing that does not. The caller has
 * looked at its form and its header.
 */
export function verifyJwt(
  jws: string,
  check: SignatureCheck,
  rules: {
    readonly issuer: string;
    readonly audience: readonly string[];
    readonly clockSkewSeconds: number;
    readonly maxAgeSeconds: number;
    readonly nowMs: number;
  },
): Verified | Failed {
  const claims = jws.indexOf('.') + 1;
  const end = jws.lastIndexOf('.');
  const signature = Buffer.from(jws.slice(end + 1), 'base64url');
  if (!check(Buffer.from(jws.slice(0, end), 'latin1'), signature)) return { failure: 'signature' };
  try {
    // The one way to have jose judge claims behind a signature that was checked elsewhere.
    const { payload } = UnsecuredJWT.decode(`${UNSECURED}.${jws.slice(claims, end)}.`, {
      issuer: rules.issuer,
      audience: [...rules.audience],
      clockTolerance: rules.clockSkewSeconds,
      maxTokenAge: rules.maxAgeSeconds,
      currentDate: new Date(rules.nowMs),
      requiredClaims: ['exp', 'iat', 'jti', 'sub'],
    });
    return { claims: payload };
  } catch (error) {
    return failureOf(error);
  }
}

/** RFC 7519 §6. */
const UNSECURED = Buffer.from('{"alg":"none"}').toString('base64url');

function failureOf(error: unknown): Failed {
  // Judged behind signature, issuer and audience.
  if (error instanceof errors.JWTExpired)
    return { failure: 'expired', claim: error.claim, expiredClaims: error.payload };
  if (error instanceof errors.JWTClaimValidationFailed) {
    const failure =
      error.reason === 'missing' ? 'claim-missing' : error.reason === 'invalid' ? 'claim-form' : undefined;
    return { failure: failure ?? CLAIM_FAILURES[error.claim] ?? 'claim-form', claim: error.claim };
  }
  if (error instanceof errors.JWTInvalid) return { failure: 'claim-form' };
  return { failure: 'token-form' };
}

/** Ephemeral-static by one of these curves (RFC 7518 §4.6, RFC 8037 §3.2): no secret that is shared with the other side. */
const SEAL_CURVES = ['EC P-256', 'OKP X25519'];
const SEAL = { alg: 'ECDH-ES', enc: 'A256GCM', typ: 'JWT', cty: 'JWT' } as const;

/** The key, or why nothing can be sealed to it. */
export async function importSealKey(jwk: unknown): Promise<SealKey | string> {
  const { kty, crv, x, y, use, alg, ...others } = (jwk ?? {}) as JWK;
  if (PRIVATE_MEMBERS.some((member) => member in others))
    return 'it holds the private key, which is the audience’s alone';
  if (!SEAL_CURVES.includes(jwkKind({ kty, crv }))) return 'it is no JWK of the curve P-256 or X25519';
  if (use !== undefined && use !== 'enc') return `its use is "${use}", not "enc"`;
  if (alg !== undefined && alg !== SEAL.alg) return `its alg is "${alg}", not "${SEAL.alg}"`;
  const required = { kty, crv, x, ...(kty === 'EC' && { y }) } as JWK;
  try {
    const key = { keyId: jwkThumbprint({ ...required }), key: (await importJWK(required, SEAL.alg)) as CryptoKey };
    // A point that gives everybody the same secret is found by using it alone.
    await sealJws('', key);
    return key;
  } catch {
    return INVALID;
  }
}

/** A compact JWE (RFC 7516 §7.1) of a compact JWS, nested as RFC 7519 §5.2 has it; another one each time. */
export async function sealJws(jws: string, { keyId, key }: SealKey): Promise<string> {
  return new CompactEncrypt(Buffer.from(jws, 'latin1')).setProtectedHeader({ ...SEAL, kid: keyId }).encrypt(key);
}

/** Why no token can be verified with a public JWK; undefined: it is fit. */
export function publicKeyProblem(jwk: JWK, algorithms: readonly string[]): string | undefined {
  const imported = importKey(jwk, typeof jwk.kid === 'string' ? jwk.kid : '', algorithms);
  return typeof imported === 'string' ? imported : undefined;
}

function unfitness(jwk: JWK, keyId: string): string | undefined {
  if (keyId === '') return 'it has no kid';
  if (PRIVATE_MEMBERS.some((member) => member in jwk)) {
    return 'it holds private or symmetric key material, which must never cross';
  }
  if (jwk.use !== undefined && jwk.use !== 'sig') return `its use is "${jwk.use}", not "sig"`;
  if (jwk.key_ops !== undefined && !(Array.isArray(jwk.key_ops) && jwk.key_ops.includes('verify'))) {
    return 'its key_ops do not name "verify"';
  }
  return jwk.kty === 'RSA' ? rsaWeakness(base64url(jwk.n), base64url(jwk.e)) : undefined;
}

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth'];
const INVALID = 'it is no valid JWK';

function importKey(jwk: JWK, keyId: string, algorithms: readonly string[]): IssuerKey | string {
  const unfit = unfitness(jwk, keyId);
  if (unfit !== undefined) return unfit;
  const byAlgorithm = new Map<string, SignatureCheck>();
  for (const algorithm of algorithms) {
    if (!fits(jwk, algorithm)) continue;
    try {
      byAlgorithm.set(algorithm, signatureCheck(jwk as JsonWebKey, algorithm));
    } catch {
      return INVALID;
    }
  }
  if (byAlgorithm.size === 0) return 'none of the allowed algorithms fits its type';
  return { keyId, byAlgorithm, publicJwk: publicJwk(jwk, keyId, [...byAlgorithm.keys()]) };
}

/** RFC 7518 §6.2.1 and §6.3.1, RFC 8037 §2: by name, so that nothing else ever leaves. */
const PUBLIC_NUMBERS = ['crv', 'x', 'y', 'n', 'e'] as const;

function publicJwk(jwk: JWK, keyId: string, algorithms: readonly string[]): Readonly<Record<string, string>> {
  const numbers = PUBLIC_NUMBERS.flatMap((name) => {
    const value = jwk[name];
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  const [algorithm, another] = algorithms;
  const alg = algorithm !== undefined && another === undefined ? { alg: algorithm } : {};
  return { kty: jwk.kty as string, kid: keyId, use: 'sig', ...alg, ...Object.fromEntries(numbers) };
}

/** Whether a key may verify an algorithm: its own `alg` if it names one, else by type and curve (RFC 7518 §3.1, RFC 8037). */
function fits(jwk: JWK, algorithm: string): boolean {
  if (jwk.alg !== undefined && jwk.alg !== algorithm) return jwk.alg === 'Ed25519' && algorithm === 'EdDSA';
  switch (algorithm) {
    case 'EdDSA':
    case 'Ed25519':
      return jwk.kty === 'OKP' && jwk.crv === 'Ed25519';
    case 'ES256':
      return jwk.kty === 'EC' && jwk.crv === 'P-256';
    case 'ES384':
      return jwk.kty === 'EC' && jwk.crv === 'P-384';
    case 'ES512':
      return jwk.kty === 'EC' && jwk.crv === 'P-521';
    default:
      return jwk.kty === 'RSA' && /^[RP]S(256|384|512)$/.test(algorithm);
  }
}

function base64url(value: unknown): Uint8Array {
  return Buffer.from(typeof value === 'string' ? value : '', 'base64url');
}
