/**
 * X25519 (RFC 7748): the static pair of each card, the MAC key that two cards share, and HPKE (RFC 9180) for session
 * secrets. The one file that imports @hpke/*.
 */

import { createPrivateKey, createPublicKey, diffieHellman, hkdfSync } from 'node:crypto';
import { Chacha20Poly1305 } from '@hpke/chacha20poly1305';
import { CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core';

/** Raw 32-byte keys. */
export interface AgreementKeyPair {
  readonly publicKey: Uint8Array;
  readonly privateKey: Uint8Array;
}

/** Of two cards; `own` is one of them. */
export interface SharedKeys {
  readonly own: AgreementKeyPair;
  readonly senderPublicKey: Uint8Array;
  readonly receiverPublicKey: Uint8Array;
}

// DER of a raw X25519 key is these bytes and the key (RFC 8410 §4, §7).
const PKCS8_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex');
const SPKI_PREFIX = Buffer.from('302a300506032b656e032100', 'hex');
const MAC_INFO = Buffer.from('identity-diode/hello-mac/v1\0', 'latin1');
const EVIDENCE_INFO = Buffer.from('identity-diode/evidence-mac/v1\0', 'latin1');
const SEAL_INFO = Buffer.from('identity-diode/session/v1\0', 'latin1');

const suite = new CipherSuite({
  kem: new DhkemX25519HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Chacha20Poly1305(),
});

/** The pair of 32 private bytes; the caller brings the randomness. */
export function agreementKeyPair(privateKey: Uint8Array): AgreementKeyPair {
  const spki = createPublicKey(privateKeyObject(privateKey)).export({ format: 'der', type: 'spki' });
  return { privateKey, publicKey: spki.subarray(SPKI_PREFIX.length) };
}

/**
 * The MAC key of two cards, the same from both ends: HKDF-SHA256 over the X25519 secret, salt = sender's then receiver's
 * public key. 32 bytes. Throws for a public key of small order (node:crypto refuses the all-zero secret, RFC 7748 §6.1).
 */
export function helloMacKey(keys: SharedKeys): Buffer {
  return sharedKey(keys, MAC_INFO);
}

/** As `helloMacKey`, for evidence of transfers, which goes either way. */
export function evidenceMacKey(keys: SharedKeys): Buffer {
  return sharedKey(keys, EVIDENCE_INFO);
}

/** A session secret sealed to a receiver; `associatedData` binds boundary, stream and session. */
export async function sealSecret(
  receiverPublicKey: Uint8Array,
  secret: Uint8Array,
  associatedData: Uint8Array,
): Promise<{ readonly encapsulatedKey: Uint8Array; readonly ciphertext: Uint8Array }> {
  const recipientPublicKey = await suite.kem.deserializePublicKey(copy(receiverPublicKey));
  const { ct, enc } = await suite.seal({ recipientPublicKey, info: SEAL_INFO }, copy(secret), copy(associatedData));
  return { encapsulatedKey: new Uint8Array(enc), ciphertext: new Uint8Array(ct) };
}

/** The secret, or undefined where it was not sealed to this key with this associated data. Never throws. */
export async function openSecret(
  own: AgreementKeyPair,
  sealed: { readonly encapsulatedKey: Uint8Array; readonly ciphertext: Uint8Array },
  associatedData: Uint8Array,
): Promise<Uint8Array | undefined> {
  try {
    const recipientKey = await suite.kem.importKey('raw', copy(own.privateKey), false);
    const opened = await suite.open(
      { recipientKey, enc: copy(sealed.encapsulatedKey), info: SEAL_INFO },
      copy(sealed.ciphertext),
      copy(associatedData),
    );
    return new Uint8Array(opened);
  } catch {
    return undefined;
  }
}

function sharedKey({ own, senderPublicKey, receiverPublicKey }: SharedKeys, info: Uint8Array): Buffer {
  const peer = Buffer.from(own.publicKey).equals(senderPublicKey) ? receiverPublicKey : senderPublicKey;
  const secret = diffieHellman({ privateKey: privateKeyObject(own.privateKey), publicKey: publicKeyObject(peer) });
  const salt = Buffer.concat([senderPublicKey, receiverPublicKey]);
  return Buffer.from(hkdfSync('sha256', secret, salt, info, 32));
}

function privateKeyObject(raw: Uint8Array) {
  return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, raw]), format: 'der', type: 'pkcs8' });
}

function publicKeyObject(raw: Uint8Array) {
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' });
}

/** @hpke takes ArrayBuffers; a Buffer may be a window into a larger one. */
function copy(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}
