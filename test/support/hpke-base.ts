/**
 * HPKE base mode (RFC 9180) for DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305, on node:crypto alone: the
 * oracle for src/crypto/agreement.ts, which uses another library, and the one that takes a fixed ephemeral key.
 */
import { createCipheriv, createHmac, createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto';

const KEM_SUITE = Buffer.concat([Buffer.from('KEM'), uint16(0x0020)]);
const HPKE_SUITE = Buffer.concat([Buffer.from('HPKE'), uint16(0x0020), uint16(0x0001), uint16(0x0003)]);

export interface HpkeSealInput {
  readonly ephemeralPrivateKey: Uint8Array;
  readonly recipientPublicKey: Uint8Array;
  readonly info: Uint8Array;
  readonly associatedData: Uint8Array;
  readonly plaintext: Uint8Array;
}

/** The encapsulated key and the ciphertext with its tag (sequence number 0). */
export function hpkeSealBase(input: HpkeSealInput): { readonly encapsulatedKey: Buffer; readonly ciphertext: Buffer } {
  const encapsulatedKey = x25519PublicKey(input.ephemeralPrivateKey);
  const secret = diffieHellman({
    privateKey: privateKeyObject(input.ephemeralPrivateKey),
    publicKey: publicKeyObject(input.recipientPublicKey),
  });
  const kemContext = Buffer.concat([encapsulatedKey, input.recipientPublicKey]);
  const eaePrk = labeledExtract(KEM_SUITE, Buffer.alloc(0), 'eae_prk', secret);
  const shared = labeledExpand(KEM_SUITE, eaePrk, 'shared_secret', kemContext, 32);
  const none = Buffer.alloc(0);
  const context = Buffer.concat([
    Uint8Array.of(0),
    labeledExtract(HPKE_SUITE, none, 'psk_id_hash', none),
    labeledExtract(HPKE_SUITE, none, 'info_hash', input.info),
  ]);
  const prk = labeledExtract(HPKE_SUITE, shared, 'secret', none);
  const key = labeledExpand(HPKE_SUITE, prk, 'key', context, 32);
  const nonce = labeledExpand(HPKE_SUITE, prk, 'base_nonce', context, 12);
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 });
  cipher.setAAD(input.associatedData, { plaintextLength: input.plaintext.length });
  const ciphertext = Buffer.concat([cipher.update(input.plaintext), cipher.final(), cipher.getAuthTag()]);
  return { encapsulatedKey, ciphertext };
}

export function x25519PublicKey(privateKey: Uint8Array): Buffer {
  return createPublicKey(privateKeyObject(privateKey)).export({ format: 'der', type: 'spki' }).subarray(-32);
}

function labeledExtract(suite: Buffer, salt: Uint8Array, label: string, material: Uint8Array): Buffer {
  const input = Buffer.concat([Buffer.from('HPKE-v1'), suite, Buffer.from(label), material]);
  return createHmac('sha256', salt.length === 0 ? Buffer.alloc(32) : salt)
    .update(input)
    .digest();
}

/** One block of HKDF-Expand: `bytes` at most 32. */
function labeledExpand(suite: Buffer, prk: Uint8Array, label: string, info: Uint8Array, bytes: number): Buffer {
  const labeled = Buffer.concat([uint16(bytes), Buffer.from('HPKE-v1'), suite, Buffer.from(label), info]);
  return createHmac('sha256', prk).update(labeled).update(Uint8Array.of(1)).digest().subarray(0, bytes);
}

function privateKeyObject(raw: Uint8Array) {
  const der = Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), raw]);
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}

function publicKeyObject(raw: Uint8Array) {
  const der = Buffer.concat([Buffer.from('302a300506032b656e032100', 'hex'), raw]);
  return createPublicKey({ key: der, format: 'der', type: 'spki' });
}

function uint16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}
