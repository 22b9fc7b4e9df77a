/** Base64url as keys, signatures and digests are written in text. */

/**
 * The bytes, or undefined for anything but their one form: RFC 4648 §5 without padding, its unused last bits zero (§3.5).
 * `Buffer.from` takes sixteen texts for one signature, so that a signature alone does not bind the text it stands in.
 */
export function readBase64url(value: unknown): Buffer | undefined {
  if (typeof value !== 'string') return undefined;
  const bytes = Buffer.from(value, 'base64url');
  return bytes.toString('base64url') === value ? bytes : undefined;
}

/** Of a raw public key: 32 bytes (RFC 8032, RFC 7748). */
export function readRawKey(value: unknown): Buffer | undefined {
  const bytes = readBase64url(value);
  return bytes?.length === 32 ? bytes : undefined;
}
