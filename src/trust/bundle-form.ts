/** Trust bundles as they are written: the bytes that are signed, and the draft that people edit before. Pure. */

import type { KeyTimes } from '../crypto/key-state.ts';
import { canonicalJson } from '../identity/canonical-json.ts';
import type { JsonObject, JsonValue } from '../identity/json-value.ts';
import { isoTime } from './iso-time.ts';
import type { BundleContent } from './trust-bundle.ts';

/** The bytes that are signed. */
export function bundlePayload(content: BundleContent): Buffer {
  return Buffer.from(canonicalJson(fieldsOf(content)), 'utf8');
}

/** The same, indented, for people to edit; `readBundleContent` takes either. */
export function bundleDraft(content: BundleContent): string {
  return `${JSON.stringify(fieldsOf(content), null, 2)}\n`;
}

function fieldsOf(content: BundleContent): JsonObject {
  const { boundary, root, version, issuedMs, expiresMs, senders, issuers } = content;
  return {
    'identity-diode': 'trust-bundle',
    format: 1,
    boundary,
    root,
    version,
    issued: isoTime(issuedMs),
    expires: isoTime(expiresMs),
    senders: senders.map(({ stream, agreementKey, keys }) => ({
      stream,
      agreementKey: base64url(agreementKey),
      keys: keys.map((key) => ({ signingKey: base64url(key.signingKey), ...timesOf(key) })),
    })),
    issuers: issuers.map(({ keys, ...policy }) => ({
      ...(policy as unknown as Record<string, JsonValue>),
      keys: keys.map((key) => ({ jwk: key.jwk, ...timesOf(key) })),
    })),
  };
}

function timesOf({ activeFromMs, passiveFromMs, revokedFromMs }: KeyTimes): Record<string, string> {
  return {
    ...(activeFromMs > 0 && { activeFrom: isoTime(activeFromMs) }),
    ...(passiveFromMs !== undefined && { passiveFrom: isoTime(passiveFromMs) }),
    ...(revokedFromMs !== undefined && { revokedFrom: isoTime(revokedFromMs) }),
  };
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
