/** SHA-256 and what is derived from it: key ids, MACs, datagram keys. node:crypto does the work (RFC 6234, 2104, 5869). */
import { createHmac, hash, hkdfSync, timingSafeEqual } from 'node:crypto';

/** SHA-256, 32 bytes. */
export function sha256(bytes: Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer');
}

/** Lower-case hex of the SHA-256: the form in headers, logs and audit. */
export function sha256Hex(bytes: Uint8Array | string): string {
  return hash('sha256', bytes, 'hex');
}

/** First 16 bytes of the SHA-256 of a raw Ed25519 public key: names it in frames and hellos. */
export function signingKeyId(publicKey: Uint8Array): Buffer {
  return sha256(publicKey).subarray(0, 16);
}

/** First 8 bytes of the SHA-256 of a raw X25519 public key: names a receiver in hello slots. */
export function receiverId(agreementKey: Uint8Array): Buffer {
  return sha256(agreementKey).subarray(0, 8);
}

/** HMAC-SHA256 cut to 16 bytes: a hello's MAC, of its parts one behind the other. */
export function helloMac(key: Uint8Array, ...parts: readonly Uint8Array[]): Buffer {
  const hmac = createHmac('sha256', key);
  for (const part of parts) hmac.update(part);
  return hmac.digest().subarray(0, 16);
}

/** Compares without telling by time where two differ; false for different lengths. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** First 4 bytes of SHA-256 over a label, boundary and stream: names a stream in gap tickets. */
export function ticketStreamDigest(boundary: string, stream: string): Buffer {
  return sha256(Buffer.from(`identity-diode/gap-ticket/v1\0${boundary}\0${stream}`, 'latin1')).subarray(0, 4);
}

/** HMAC-SHA256 over a label, the kind of a thing and the thing, cut to 16 bytes; base64url. Compared between inventories. */
export function inventoryDigest(secret: Uint8Array, kind: string, value: string | Uint8Array): string {
  const mac = createHmac('sha256', secret).update(`identity-diode/inventory/v1\0${kind}\0`).update(value).digest();
  return mac.subarray(0, 16).toString('base64url');
}

/**
 * The key of lane 255, on which a hello travels that no datagram holds: HKDF-SHA256 of the two cards' MAC key, salt = session
 * handle. 32 bytes. Authentic, and secret from nobody who holds either card's private key.
 */
export function helloControlKey(macKey: Uint8Array, sessionHandle: number): Buffer {
  return controlKey(macKey, sessionHandle, 'identity-diode/hello-control/v1\0');
}

/** That of lane 254, on which trust statements travel: a receiver that believes no key of the sender yet opens it, too. */
export function trustControlKey(macKey: Uint8Array, sessionHandle: number): Buffer {
  return controlKey(macKey, sessionHandle, 'identity-diode/trust-control/v1\0');
}

/** That of one calibration: salt = its whole run id, so that no two runs share a key. */
export function calibrationKey(macKey: Uint8Array, runId: Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha256', macKey, runId, Buffer.from('identity-diode/calibration/v1\0', 'latin1'), 32));
}

/** The datagram key of one lane: HKDF-SHA256, salt = session id, info = label and lane. 32 bytes. */
export function datagramKey(sessionSecret: Uint8Array, sessionId: Uint8Array, lane: number): Buffer {
  const info = Buffer.concat([Buffer.from('identity-diode/datagram/v1\0', 'latin1'), Uint8Array.of(lane)]);
  return Buffer.from(hkdfSync('sha256', sessionSecret, sessionId, info, 32));
}

function controlKey(macKey: Uint8Array, sessionHandle: number, label: string): Buffer {
  const salt = Buffer.alloc(4);
  salt.writeUInt32BE(sessionHandle);
  return Buffer.from(hkdfSync('sha256', macKey, salt, Buffer.from(label, 'latin1'), 32));
}
