/**
 * The root of trust of one boundary: n keys, of which m must sign whatever is believed here. The first is pinned by people;
 * each further one comes by signatures, of m of the keys before it and m of its own (TUF 1.0.35 §5.3). docs/wire-format.md,
 * "Trust". Pure.
 */
import { ed25519Thumbprint } from '../crypto/thumbprint.ts';
import { canonicalJson } from '../identity/canonical-json.ts';
import { isRefusal } from '../identity/refusal.ts';
import { parseStrictJson } from '../identity/strict-json.ts';
import { DAY_MS, TRUST_LIMITS } from '../limits.ts';
import { isName } from '../wire/frame.ts';
import { Field, UnfitField } from './field-reader.ts';
import { type GeneralJws, readGeneralJws, verifiedSigners } from './general-jws.ts';
import { isProblem, problem, type TrustProblem } from './trust-problem.ts';

export const ROOT_TYPE = 'identity-diode-root+jws';

export interface RootKey {
  /** Whose it is. */
  readonly holder: string;
  /** Raw Ed25519. */
  readonly publicKey: Uint8Array;
}

export interface RootContent {
  readonly boundary: string;
  /** From 1, each by 1 more than the one before. */
  readonly version: number;
  /** How many keys must sign: m of n. */
  readonly threshold: number;
  readonly keys: readonly RootKey[];
  readonly issuedMs: number;
  readonly expiresMs: number;
}

/** With the signed text as it came. Made by the two judges below alone. */
export interface RootStatement extends RootContent {
  readonly text: string;
}

/** A root that people are about to pin: signed by as many of its own keys as it asks for. */
export function judgeFirstRoot(text: string): RootStatement | TrustProblem {
  const read = readRoot(text);
  if (isProblem(read)) return read;
  const { jws, content } = read;
  return lackOfSigners(jws, [content], content.keys) ?? { ...content, text };
}

/** The root that follows `current`, or `known` where it is that very one. */
export function judgeNextRoot(text: string, current: RootStatement): RootStatement | TrustProblem | 'known' {
  const read = readRoot(text);
  if (isProblem(read)) return read;
  const { jws, content } = read;
  const { boundary, version } = content;
  if (boundary !== current.boundary)
    return problem('other-boundary', `it is of boundary ${boundary}, not ${current.boundary}`);
  if (version < current.version) {
    return problem('root-rollback', `it is root ${version}, and root ${current.version} is pinned already`);
  }
  if (version > current.version + 1) {
    return problem(
      'root-gap',
      `it is root ${version}, and root ${current.version} is pinned, so what lies between is missing`,
    );
  }
  if (version > current.version) {
    return lackOfSigners(jws, [current, content], [...current.keys, ...content.keys]) ?? { ...content, text };
  }
  if (isSamePayload(text, current.text)) return 'known';
  return (
    lackOfSigners(jws, [current], current.keys) ??
    problem('root-conflict', `it is another root ${version} than the one that is pinned`)
  );
}

/** The payload of a draft or a signed statement, checked; signatures are not looked at. */
export function readRootContent(payload: Uint8Array): RootContent | TrustProblem {
  const parsed = parseStrictJson(Buffer.from(payload).toString('utf8'));
  if (isRefusal(parsed)) return problem('trust-field', `its payload is refused (${parsed.detail})`);
  try {
    return rootContent(new Field(parsed.value));
  } catch (error) {
    if (error instanceof UnfitField) return problem(error.reason, error.message);
    throw error;
  }
}

/** The bytes that are signed. */
export function rootPayload(content: RootContent): Buffer {
  const { boundary, version, threshold, keys } = content;
  const fields = {
    'identity-diode': 'root',
    format: 1,
    boundary,
    version,
    threshold,
    keys: keys.map(({ holder, publicKey }) => ({ holder, key: Buffer.from(publicKey).toString('base64url') })),
    issued: new Date(content.issuedMs).toISOString(),
    expires: new Date(content.expiresMs).toISOString(),
  };
  return Buffer.from(canonicalJson(fields), 'utf8');
}

export function readRootJws(text: string): GeneralJws | TrustProblem {
  return readGeneralJws(text, { type: ROOT_TYPE, maxBytes: TRUST_LIMITS.maxRootBytes });
}

/** As holders have it in hand: perhaps none of them has signed yet, and then its payload alone says what it is. */
export function readUnjudgedRoot(text: string): GeneralJws | TrustProblem {
  return readGeneralJws(text, { type: ROOT_TYPE, maxBytes: TRUST_LIMITS.maxRootBytes, minSignatures: 0 });
}

/** Thumbprint to raw key. */
export function keysByThumbprint(keys: readonly RootKey[]): ReadonlyMap<string, Uint8Array> {
  return new Map(keys.map(({ publicKey }) => [ed25519Thumbprint(publicKey), publicKey]));
}

/** Whose signature each of the roots lacks; undefined where each has as many as it asks for, and none is of another's key. */
export function lackOfSigners(
  jws: GeneralJws,
  roots: readonly Pick<RootContent, 'keys' | 'threshold' | 'version'>[],
  allowed: readonly RootKey[],
): TrustProblem | undefined {
  const signers = verifiedSigners(jws, keysByThumbprint(allowed));
  if (isProblem(signers)) return signers;
  for (const { keys, threshold, version } of roots) {
    const signed = keys.filter(({ publicKey }) => signers.has(ed25519Thumbprint(publicKey)));
    if (signed.length >= threshold) continue;
    const missing = keys.filter((key) => !signed.includes(key)).map(({ holder }) => holder);
    return problem(
      'signatures-missing',
      `it has ${signed.length} of the ${threshold} signatures that root ${version} asks for (not yet: ${missing.join(', ')})`,
    );
  }
  return undefined;
}

export function isSamePayload(a: string, b: string): boolean {
  const payloadOf = (text: string) => (JSON.parse(text) as { readonly payload: unknown }).payload;
  return payloadOf(a) === payloadOf(b);
}

function readRoot(text: string): { readonly jws: GeneralJws; readonly content: RootContent } | TrustProblem {
  const jws = readRootJws(text);
  if (isProblem(jws)) return jws;
  const content = readRootContent(jws.payload);
  return isProblem(content) ? content : { jws, content };
}

function rootContent(field: Field): RootContent {
  requireFormat(field, 'root', ['boundary', 'version', 'threshold', 'keys', 'issued', 'expires']);
  const keys = field
    .member('keys')
    .list({ min: 1, max: TRUST_LIMITS.maxRootKeys })
    .map((entry): RootKey => {
      entry.object(['holder', 'key']);
      return { holder: entry.member('holder').text(isName, 'a name'), publicKey: entry.member('key').key() };
    });
  const isApart = (texts: readonly string[]) => new Set(texts).size === texts.length;
  if (!isApart(keys.map(({ holder }) => holder)))
    throw field.member('keys').unfit('a list of holders of different names');
  if (!isApart(keys.map(({ publicKey }) => ed25519Thumbprint(publicKey)))) {
    throw field.member('keys').unfit('a list of different keys');
  }
  const issuedMs = field.member('issued').timeMs();
  return {
    boundary: field.member('boundary').text(isName, 'a name'),
    version: field.member('version').integer({ min: 1, max: TRUST_LIMITS.maxVersion }),
    threshold: field.member('threshold').integer({ min: 1, max: keys.length }),
    keys,
    issuedMs,
    expiresMs: expiryMs(field, issuedMs, TRUST_LIMITS.maxRootLifetimeMs),
  };
}

/** Which kind and format of payload it is comes before all else, so that a newer one is told from a wrong one. */
export function requireFormat(field: Field, kind: string, names: readonly string[]): void {
  const { value } = field;
  const { format } = (value ?? {}) as { readonly format?: unknown };
  if (typeof format === 'number' && format > 1)
    throw new UnfitField('format', '1, and it is of a newer release', 'trust-newer');
  field.object(['identity-diode', 'format', ...names]);
  field.member('identity-diode').text((text) => text === kind, `"${kind}"`);
  field.member('format').integer({ min: 1, max: 1 });
}

export function expiryMs(field: Field, issuedMs: number, maxLifetimeMs: number): number {
  const expires = field.member('expires');
  const atMs = expires.timeMs();
  if (atMs > issuedMs && atMs <= issuedMs + maxLifetimeMs) return atMs;
  throw expires.unfit(`behind "issued", by at most ${maxLifetimeMs / DAY_MS} days`);
}
