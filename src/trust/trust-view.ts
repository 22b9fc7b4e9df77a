/** Roots and bundles as people read them before they sign or pin, and as JSON. Nothing in them is secret. */
import { sha256Hex, signingKeyId } from '../crypto/digest.ts';
import { type KeyTimes, keyState } from '../crypto/key-state.ts';
import type { RootContent } from './root-statement.ts';
import { rootPayload } from './root-statement.ts';
import type { BundleContent } from './trust-bundle.ts';

/** SHA-256 of the payload, which all its signatures cover: 16 groups of four, to read aloud. */
export function rootFingerprint(content: RootContent): string {
  return (sha256Hex(rootPayload(content)).match(/.{4}/g) ?? []).join(' ');
}

/** Every field. `signed`: holders whose signatures hold. */
export function rootText(content: RootContent, signed?: readonly string[]): string {
  const { boundary, version, threshold, keys, expiresMs } = content;
  const fingerprint = rootFingerprint(content);
  const rows: readonly (readonly [string, string])[] = [
    ['root', `version ${version}, of boundary ${boundary}`],
    ['signatures', `${threshold} of ${keys.length} holders must sign`],
    ...keys.map(
      ({ holder, publicKey }, index) =>
        [index === 0 ? 'holders' : '', `${holder.padEnd(HOLDER_WIDTH)} ${base64url(publicKey)}`] as const,
    ),
    ['expires', isoTime(expiresMs)],
    ...(signed ? ([['signed by', signed.join(', ') || 'nobody yet']] as const) : []),
    ['fingerprint', fingerprint.slice(0, 39)],
    ['', fingerprint.slice(40)],
  ];
  return table(rows);
}

export function bundleText(content: BundleContent, nowMs: number, signed?: readonly string[]): string {
  const { boundary, version, root, expiresMs, senders, issuers } = content;
  const rows: (readonly [string, string])[] = [
    ['trust bundle', `version ${version}, of boundary ${boundary}, under root ${root}`],
    ['expires', isoTime(expiresMs)],
    ...(signed ? ([['signed by', signed.join(', ') || 'nobody yet']] as const) : []),
  ];
  for (const { stream, agreementKey, keys } of senders) {
    rows.push(['sender', `stream ${stream}, agreement key ${base64url(agreementKey)}`]);
    for (const key of keys)
      rows.push(['', `signing key ${signingKeyId(key.signingKey).toString('hex')} ${timesText(key, nowMs)}`]);
  }
  for (const {
    issuer,
    audience,
    algorithms,
    types,
    maxLifetimeSeconds,
    clockSkewSeconds,
    slotClaim,
    keys,
  } of issuers) {
    rows.push(['issuer', issuer]);
    rows.push([
      '',
      `audience ${audience.join(', ')}; ${algorithms.join(', ')}; typ ${types.map((type) => type || '""').join(', ')}`,
    ]);
    const slot = slotClaim === undefined ? '' : `, slot ${slotClaim}`;
    rows.push(['', `at most ${maxLifetimeSeconds} s, skew ${clockSkewSeconds} s${slot}`]);
    for (const key of keys)
      rows.push(['', `key ${String(key.jwk.kid)} (${String(key.jwk.kty)}) ${timesText(key, nowMs)}`]);
  }
  return table(rows);
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

/** Texts of a payload are an operator's or a root holder's, and may go to a terminal: control characters do not. */
function table(rows: readonly (readonly [string, string])[]): string {
  return rows.map(([name, value]) => `  ${name.padEnd(NAME_WIDTH)}${printable(value)}`).join('\n');
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e\u00a1-\uffff]/g, '?');
}

const NAME_WIDTH = 15;
const HOLDER_WIDTH = 10;

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

function isoTime(atMs: number): string {
  return new Date(atMs).toISOString();
}
