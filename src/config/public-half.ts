/** The public half of a key in any of its forms, as SubjectPublicKeyInfo in DER: one form, so that two can be compared. */
import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { KeyKind } from './key-files.ts';

/** DER before the 32 raw bytes: RFC 8410 §4 with the object identifiers 1.3.101.112 and 1.3.101.110. */
const SPKI_PREFIX: Readonly<Record<KeyKind, string>> = {
  ed25519: '302a300506032b6570032100',
  x25519: '302a300506032b656e032100',
};

export function rawPublicHalf(kind: KeyKind, raw: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(SPKI_PREFIX[kind], 'hex'), raw]);
}

/** Of a private key in PEM, encrypted or not. Throws node:crypto's errors. */
export function privatePemPublicHalf(pem: string, passphrase?: string): Buffer {
  return spki(createPublicKey(createPrivateKey({ key: pem, ...(passphrase !== undefined && { passphrase }) })));
}

/** Of the first certificate in PEM. Throws node:crypto's errors. */
export function certificatePublicHalf(pem: string): Buffer {
  return spki(new X509Certificate(pem).publicKey);
}

/** RFC 7517. Throws node:crypto's errors. */
export function jwkPublicHalf(jwk: JsonWebKey): Buffer {
  return spki(createPublicKey({ key: jwk, format: 'jwk' }));
}

function spki(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' });
}
