/**
 * What is trusted within one boundary: the senders' keys, and the token issuers with their keys and policies; signed by m root
 * keys, under a version that only rises, until it expires. docs/wire-format.md, "Trust". Pure.
 */

import { ALGORITHMS } from '../config/receiver-schema.ts';
import type { KeyTimes } from '../crypto/key-state.ts';
import type { JsonValue } from '../identity/json-value.ts';
import { publicKeySet } from '../identity/key-set.ts';
import { isRefusal } from '../identity/refusal.ts';
import { parseStrictJson } from '../identity/strict-json.ts';
import { TRUST_LIMITS, WIRE_LIMITS } from '../limits.ts';
import { publicKeyProblem } from '../token/jose-keys.ts';
import type { IssuerTrust, TimedIssuerKey } from '../token/token-checker.ts';
import { isName } from '../wire/frame.ts';
import { Field, UnfitField } from './field-reader.ts';
import { type GeneralJws, readGeneralJws } from './general-jws.ts';
import { isoTime } from './iso-time.ts';
import { expiryMs, isSamePayload, lackOfSigners, type RootStatement, requireFormat } from './root-statement.ts';
import { isProblem, problem, type TrustProblem } from './trust-problem.ts';

export const BUNDLE_TYPE = 'identity-diode-trust+jws';

export interface SenderSigningKey extends KeyTimes {
  /** Raw Ed25519. */
  readonly signingKey: Uint8Array;
}

export interface TrustedStream {
  readonly stream: string;
  /** Raw X25519, of the sender's card. */
  readonly agreementKey: Uint8Array;
  readonly keys: readonly SenderSigningKey[];
}

export interface BundleContent {
  readonly boundary: string;
  /** Version of the root whose holders signed it. */
  readonly root: number;
  readonly version: number;
  readonly issuedMs: number;
  readonly expiresMs: number;
  readonly senders: readonly TrustedStream[];
  readonly issuers: readonly IssuerTrust[];
}

/** With the signed text as it came. Made by `judgeBundle` and `reopenBundle` alone. */
export interface TrustBundle extends BundleContent {
  readonly text: string;
}

export interface BundleContext {
  readonly root: RootStatement;
  /** What is trusted now. */
  readonly current: TrustBundle | undefined;
  /** The one that this receiver serves; undefined: any. */
  readonly stream: string | undefined;
  readonly nowMs: number;
}

/** A bundle that may take the place of `current`, or `known` where it is that very one. Signatures come first. */
export function judgeBundle(text: string, context: BundleContext): TrustBundle | TrustProblem | 'known' {
  const { root, current, stream, nowMs } = context;
  const bundle = reopenBundle(text, root);
  if (isProblem(bundle)) return bundle;
  if (bundle.root !== root.version) {
    const isAhead = bundle.root > root.version;
    const seen = `it was made under root ${bundle.root}, and root ${root.version} is pinned`;
    return problem(isAhead ? 'root-needed' : 'root-superseded', seen);
  }
  const order = current === undefined ? 1 : compareBundles(bundle, current);
  if (current !== undefined && order === 0 && isSamePayload(text, current.text)) return 'known';
  if (order === 0)
    return problem('bundle-conflict', `it is another bundle ${bundle.version} than the one that is trusted`);
  if (order < 0) {
    return problem(
      'bundle-rollback',
      `it is bundle ${bundle.version}, and bundle ${current?.version} is trusted already`,
    );
  }
  if (nowMs >= root.expiresMs)
    return problem('root-expired', `root ${root.version} expired at ${isoTime(root.expiresMs)}`);
  if (nowMs >= bundle.expiresMs) return problem('bundle-expired', `it expired at ${isoTime(bundle.expiresMs)}`);
  if (stream !== undefined && !bundle.senders.some((sender) => sender.stream === stream)) {
    return problem('stream-missing', `it names no sender of stream ${stream}, which this receiver serves`);
  }
  return bundle;
}

/** One that was judged before, read back from disk: form, signatures and boundary hold, whatever time it is. */
export function reopenBundle(text: string, root: RootStatement): TrustBundle | TrustProblem {
  const jws = readBundleJws(text);
  if (isProblem(jws)) return jws;
  const lack = lackOfSigners(jws, [root], root.keys);
  if (lack !== undefined) return lack;
  const content = readBundleContent(jws.payload);
  if (isProblem(content)) return content;
  if (content.boundary === root.boundary) return { ...content, text };
  return problem('other-boundary', `it is of boundary ${content.boundary}, not ${root.boundary}`);
}

/** A new root begins a new count, so that whoever once misused m keys has not used up the versions (TUF 1.0.35 §5.3.11). */
export function compareBundles(
  a: Pick<BundleContent, 'root' | 'version'>,
  b: Pick<BundleContent, 'root' | 'version'>,
): number {
  return a.root - b.root || a.version - b.version;
}

export function readBundleJws(text: string): GeneralJws | TrustProblem {
  return readGeneralJws(text, { type: BUNDLE_TYPE, maxBytes: TRUST_LIMITS.maxBundleBytes });
}

/** The payload of a draft or a signed bundle, checked; signatures are not looked at. */
export function readBundleContent(payload: Uint8Array): BundleContent | TrustProblem {
  const parsed = parseStrictJson(Buffer.from(payload).toString('utf8'));
  if (isRefusal(parsed)) return problem('trust-field', `its payload is refused (${parsed.detail})`);
  try {
    return bundleContent(new Field(parsed.value));
  } catch (error) {
    if (error instanceof UnfitField) return problem(error.reason, error.message);
    throw error;
  }
}

function bundleContent(field: Field): BundleContent {
  requireFormat(field, 'trust-bundle', ['boundary', 'root', 'version', 'issued', 'expires', 'senders', 'issuers']);
  const { maxVersion, maxBundleLifetimeMs, maxSenders, maxIssuers } = TRUST_LIMITS;
  const issuedMs = field.member('issued').timeMs();
  const expiresMs = expiryMs(field, issuedMs, maxBundleLifetimeMs);
  const senders = field
    .member('senders')
    .list({ max: maxSenders })
    .map((entry) => sender(entry, expiresMs));
  const issuers = field
    .member('issuers')
    .list({ max: maxIssuers })
    .map((entry) => issuer(entry, expiresMs));
  requireApart(
    field.member('senders'),
    senders.map(({ stream }) => stream),
    'streams',
  );
  requireApart(
    field.member('senders'),
    senders.flatMap(({ keys }) => keys.map(({ signingKey }) => Buffer.from(signingKey).toString('hex'))),
    'signing keys',
  );
  requireApart(
    field.member('issuers'),
    issuers.map((each) => each.issuer),
    'issuers',
  );
  return {
    boundary: field.member('boundary').text(isName, 'a name'),
    root: field.member('root').integer({ min: 1, max: maxVersion }),
    version: field.member('version').integer({ min: 1, max: maxVersion }),
    issuedMs,
    expiresMs,
    senders,
    issuers,
  };
}

function sender(field: Field, expiresMs: number): TrustedStream {
  field.object(['stream', 'agreementKey', 'keys']);
  return {
    stream: field.member('stream').text(isName, 'a name'),
    agreementKey: field.member('agreementKey').key(),
    keys: field
      .member('keys')
      .list({ min: 1, max: TRUST_LIMITS.maxSenderKeys })
      .map((entry) => {
        entry.object(['signingKey'], TIME_NAMES);
        return { signingKey: entry.member('signingKey').key(), ...keyTimes(entry, expiresMs) };
      }),
  };
}

function issuer(field: Field, expiresMs: number): IssuerTrust {
  const fields = field.object(
    ['issuer', 'audience', 'algorithms', 'types', 'maxLifetimeSeconds', 'clockSkewSeconds', 'keys'],
    ['slotClaim', 'subjectAttribute'],
  );
  const isShort = (text: string) => text !== '' && Buffer.byteLength(text) <= WIRE_LIMITS.maxIssuerBytes;
  const texts = (name: string, fits: (text: string) => boolean, wanted: string) =>
    field
      .member(name)
      .list({ min: 1, max: 100 })
      .map((entry) => entry.text(fits, wanted));
  const isAlgorithm = (text: string) => (ALGORITHMS as readonly string[]).includes(text);
  const algorithms = texts('algorithms', isAlgorithm, `one of ${ALGORITHMS.join(', ')}`);
  return {
    issuer: field.member('issuer').text(isShort, `a text of 1 to ${WIRE_LIMITS.maxIssuerBytes} bytes`),
    audience: texts('audience', isShort, `a text of 1 to ${WIRE_LIMITS.maxIssuerBytes} bytes`),
    algorithms,
    types: texts('types', (text) => text.length <= 64, 'a typ header of at most 64 characters'),
    maxLifetimeSeconds: field
      .member('maxLifetimeSeconds')
      .integer({ min: 1, max: TRUST_LIMITS.maxTokenLifetimeSeconds }),
    clockSkewSeconds: field.member('clockSkewSeconds').integer({ min: 0, max: TRUST_LIMITS.maxTokenSkewSeconds }),
    ...(fields.slotClaim !== undefined && {
      slotClaim: field.member('slotClaim').text(isShort, 'the name of a claim'),
    }),
    ...(fields.subjectAttribute !== undefined && {
      subjectAttribute: field.member('subjectAttribute').text(isAttribute, 'the name of an attribute of User'),
    }),
    keys: issuerKeys(field.member('keys'), algorithms, expiresMs),
  };
}

function issuerKeys(field: Field, algorithms: readonly string[], expiresMs: number): readonly TimedIssuerKey[] {
  const keys = field.list({ min: 1, max: TRUST_LIMITS.maxIssuerKeys }).map((entry): TimedIssuerKey => {
    entry.object(['jwk'], TIME_NAMES);
    const jwk = entry.member('jwk');
    const set = publicKeySet([jwk.value as JsonValue]);
    if (typeof set !== 'string') throw jwk.unfit(`a public JWK (${set.detail})`);
    const [publicKey] = (JSON.parse(set) as { keys: [TimedIssuerKey['jwk']] }).keys;
    const unfit = publicKeyProblem(publicKey, algorithms);
    if (unfit !== undefined) throw jwk.unfit(`a key that tokens can be verified with (${unfit})`);
    return { jwk: publicKey, ...keyTimes(entry, expiresMs) };
  });
  requireApart(
    field,
    keys.map(({ jwk }) => String(jwk.kid)),
    '"kid"s',
  );
  return keys;
}

function isAttribute(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(text);
}

const TIME_NAMES = ['activeFrom', 'passiveFrom', 'revokedFrom'];

/** No key begins behind the expiry: a bundle that nobody renewed must not bring forth new trust. */
function keyTimes(field: Field, expiresMs: number): KeyTimes {
  const timeOf = (name: string) => {
    const member = field.member(name);
    return member.value === undefined ? undefined : member.timeMs();
  };
  const activeFromMs = timeOf('activeFrom') ?? 0;
  const passiveFromMs = timeOf('passiveFrom');
  const revokedFromMs = timeOf('revokedFrom');
  if (activeFromMs >= expiresMs) throw field.member('activeFrom').unfit('before the bundle expires');
  if (passiveFromMs !== undefined && passiveFromMs <= activeFromMs) {
    throw field.member('passiveFrom').unfit('behind "activeFrom"');
  }
  return {
    activeFromMs,
    ...(passiveFromMs !== undefined && { passiveFromMs }),
    ...(revokedFromMs !== undefined && { revokedFromMs }),
  };
}

function requireApart(field: Field, texts: readonly string[], what: string): void {
  if (new Set(texts).size !== texts.length) throw field.unfit(`a list without ${what} that stand twice`);
}
