/** A token's `cnf` (RFC 7800): which key its holder has to show. Pure. */
import { createHash, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { ConfirmationMethod } from '../../src/config/sender-config.ts';
import { jwkThumbprint } from '../../src/crypto/thumbprint.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/identity/json-value.ts';
import { isRefusal } from '../../src/identity/refusal.ts';
import { parseStrictJson } from '../../src/identity/strict-json.ts';

const BASE64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/;

/**
 * The claim of a JWK (object or JSON text) or of an X.509 certificate in base64. Undefined where it is neither, or is a key
 * that could not be bound so: a private one, or a JWK where the certificate's own digest is asked for.
 */
export function confirmationOf(value: JsonValue, method: ConfirmationMethod): JsonObject | undefined {
  const certificate = typeof value === 'string' ? readCertificate(value) : undefined;
  if (method === 'x5t#S256') {
    return certificate && { 'x5t#S256': createHash('sha256').update(certificate.raw).digest('base64url') };
  }
  const members = publicMembers(certificate?.publicKey ?? readJwk(value));
  if (members === undefined) return undefined;
  // RFC 7638 §3.1, RFC 9449 §6.1.
  if (method === 'jkt') return { jkt: jwkThumbprint(members) };
  return { jwk: members };
}

function readCertificate(text: string): X509Certificate | undefined {
  if (!BASE64.test(text)) return undefined;
  try {
    return new X509Certificate(Buffer.from(text, 'base64'));
  } catch {
    return undefined;
  }
}

function readJwk(value: JsonValue): KeyObject | undefined {
  const parsed = typeof value === 'string' ? parseStrictJson(value) : { value };
  if (isRefusal(parsed) || !isJsonObject(parsed.value) || 'd' in parsed.value || parsed.value.kty === 'oct')
    return undefined;
  try {
    return createPublicKey({ key: parsed.value as Record<string, never>, format: 'jwk' });
  } catch {
    return undefined;
  }
}

/** What a key's type needs, and nothing else that its JWK may have said. */
function publicMembers(key: KeyObject | undefined): Record<string, string> | undefined {
  if (key === undefined) return undefined;
  try {
    return key.export({ format: 'jwk' }) as Record<string, string>;
  } catch {
    return undefined;
  }
}
