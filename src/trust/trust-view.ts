/** Roots and bundles as people read them before they sign or pin, and as JSON. Nothing in them is secret. */

import { sha256Hex, signingKeyId } from '../crypto/digest.ts';
import { type KeyTimes, keyState } from '../crypto/key-state.ts';
import { ed25519Thumbprint, jwkKind, jwkThumbprint } from '../crypto/thumbprint.ts';
import type { IssuerTrust } from '../token/token-checker.ts';
import { bundlePayload } from './bundle-form.ts';
import { isoTime } from './iso-time.ts';
import { type RootContent, rootPayload } from './root-statement.ts';
import type { BundleContent } from './trust-bundle.ts';

/** SHA-256 of the payload, which all its signatures cover: 16 groups of four, to read aloud. */
export function rootFingerprint(content: RootContent): string {
  return grouped(sha256Hex(rootPayload(content)));
}

/** The same of a bundle, signed or a draft. */
export function bundleFingerprint(content: BundleContent): string {
  return grouped(sha256Hex(bundlePayload(content)));
}

/** Every field. `signed`: holders whose signatures hold. */
export function rootText(content: RootContent, signed?: readonly string[]): string {
  const { boundary, version, threshold, keys, issuedMs, expiresMs } = content;
  const rows: readonly (readonly [string, string])[] = [
    ['root', `version ${version}, of boundary ${boundary}`],
    ['signatures', `${threshold} of ${keys.length} holders must sign`],
    ...keys.map(
      ({ holder, publicKey }, index) =>
        [index === 0 ? 'holders' : '', `${holder.padEnd(HOLDER_WIDTH)} ${base64url(publicKey)}`] as const,
    ),
    ['issued', isoTime(issuedMs)],
    ['expires', isoTime(expiresMs)],
    ...(signed ? ([['signed by', signed.join(', ') || 'nobody yet']] as const) : []),
    ...fingerprintRows(rootFingerprint(content)),
  ];
  return table(rows);
}

/** Every field. A key has its thumbprint below it: what people compare with whoever has its private half. */
export function bundleText(content: BundleContent, nowMs: number, signed?: readonly string[]): string {
  const { boundary, version, root, issuedMs, expiresMs, senders, issuers } = content;
  const rows: (readonly [string, string])[] = [
    ['trust bundle', `version ${version}, of boundary ${boundary}, under root ${root}`],
    ['issued', isoTime(issuedMs)],
    ['expires', isoTime(expiresMs)],
    ...(signed ? ([['signed by', signed.join(', ') || 'nobody yet']] as const) : []),
    ...fingerprintRows(bundleFingerprint(content)),
  ];
  for (const { stream, agreementKey, keys } of senders) {
    rows.push(['sender', `stream ${stream}, agreement key ${base64url(agreementKey)}`]);
    for (const key of keys) {
      rows.push(['', `signing key ${signingKeyId(key.signingKey).toString('hex')} ${timesText(key, nowMs)}`]);
      rows.push(['', `  Ed25519, thumbprint ${ed25519Thumbprint(key.signingKey)}`]);
    }
  }
  for (const issuer of issuers) rows.push(...issuerRows(issuer, nowMs));
  return table(rows);
}

/** Texts that an issuer or an editor chose stand as JSON, so that none looks like two of them or like a word of ours. */
function issuerRows(trust: IssuerTrust, nowMs: number): readonly (readonly [string, string])[] {
  const { issuer, audience, algorithms, types, maxLifetimeSeconds, clockSkewSeconds, slotClaim, subjectAttribute } =
    trust;
  const list = (texts: readonly string[]) => texts.map((text) => JSON.stringify(text)).join(', ');
  const slot = slotClaim === undefined ? '' : `, slot ${JSON.stringify(slotClaim)}`;
  const subject = subjectAttribute === undefined ? '' : `, sub is ${JSON.stringify(subjectAttribute)} of a User`;
  return [
    ['issuer', JSON.stringify(issuer)],
    ['', `audience ${list(audience)}; ${algorithms.join(', ')}; typ ${list(types)}`],
    ['', `at most ${maxLifetimeSeconds} s, skew ${clockSkewSeconds} s${slot}${subject}`],
    ...trust.keys.flatMap(({ jwk, ...times }) => [
      ['', `key ${JSON.stringify(jwk.kid)} ${timesText(times, nowMs)}`] as const,
      ['', `  ${[jwkKind(jwk), ...algorithmOf(jwk)].join(', ')}, thumbprint ${jwkThumbprint(jwk)}`] as const,
    ]),
  ];
}

/** Where the key is for one alone. */
function algorithmOf({ alg }: Readonly<Record<string, unknown>>): readonly string[] {
  return typeof alg === 'string' ? [`for ${JSON.stringify(alg)}`] : [];
}

function fingerprintRows(fingerprint: string): readonly (readonly [string, string])[] {
  return [
    ['fingerprint', fingerprint.slice(0, HALF)],
    ['', fingerprint.slice(HALF + 1)],
  ];
}

/** Of 16 groups of four with a space between. */
const HALF = 39;

function grouped(hex: string): string {
  return (hex.match(/.{4}/g) ?? []).join(' ');
}

function timesText(key: KeyTimes, nowMs: number): string {
  const { activeFromMs, passiveFromMs, revokedFromMs } = key;
  const times = [
    activeFromMs > 0 ? `from ${isoTime(activeFromMs)}` : undefined,
    passiveFromMs === undefined ? undefined : `passive from ${isoTime(passiveFromMs)}`,
    revokedFromMs === undefined ? undefined : `revoked from ${isoTime(revokedFromMs)}`,
  ].filter((text) => text !== undefined);
  return [keyState(key, nowMs).toUpperCase(), ...times].join(', ');
}

/** What is written here may go to a terminal: controls, and what turns or hides other characters, do not. */
function table(rows: readonly (readonly [string, string])[]): string {
  return rows.map(([name, value]) => `  ${name.padEnd(NAME_WIDTH)}${printable(value)}`).join('\n');
}

function printable(text: string): string {
  return text.replace(/(?! )[\p{C}\p{Z}]/gu, '?');
}

const NAME_WIDTH = 15;
const HOLDER_WIDTH = 10;

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
