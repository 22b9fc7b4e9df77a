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

/** Whether `readBase64url` takes it, without its bytes. */
export function isBase64url(text: string): boolean {
  return BASE64URL.test(text) && LAST_OF[text.length % 4]?.test(text) === true;
}

const BASE64URL = /^[A-Za-z0-9_-]*$/;
/** By how many characters stand behind the last whole four: one holds no byte, two leave four bits, three leave two. */
const LAST_OF = [/^/, undefined, /[AQgw]$/, /[AEIMQUYcgkosw048]$/];

/** Of a raw public key: 32 bytes (RFC 8032, RFC 7748). */
export function readRawKey(value: unknown): Buffer | undefined {
  const bytes = readBase64url(value);
  return bytes?.length === 32 ? bytes : undefined;
}
