/**
 * Suite 1's fast primitives, from libsodium: the one file that imports sodium-native. Ed25519 verifies twice as fast as
 * through node:crypto; datagrams of frames are sealed and opened by lane-cipher.ts where the addon is there.
 */
import { createRequire } from 'node:module';

// sodium-native is CommonJS and its types are hand-declared here: only what suite 1 needs.
interface Sodium {
  crypto_sign_detached(signature: Buffer, message: Uint8Array, secretKey: Uint8Array): void;
  crypto_sign_verify_detached(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
  crypto_sign_seed_keypair(publicKey: Buffer, secretKey: Buffer, seed: Uint8Array): void;
  crypto_aead_chacha20poly1305_ietf_encrypt(
    ciphertext: Buffer,
    message: Uint8Array,
    associatedData: Uint8Array,
    secretNonce: null,
    nonce: Uint8Array,
    key: Uint8Array,
  ): number;
  crypto_aead_chacha20poly1305_ietf_decrypt(
    message: Buffer,
    secretNonce: null,
    ciphertext: Uint8Array,
    associatedData: Uint8Array,
    nonce: Uint8Array,
    key: Uint8Array,
  ): number;
}

const sodium = createRequire(import.meta.url)('sodium-native') as Sodium;

export const SIGNING_PUBLIC_KEY_BYTES = 32;
const SIGNING_SECRET_KEY_BYTES = 64;
const SIGNATURE_BYTES = 64;
const AEAD_NONCE_BYTES = 12;
const AEAD_TAG_BYTES = 16;

/** An Ed25519 key pair (RFC 8032). `secretKey` is libsodium's 64-byte form; the 32-byte seed is what files keep. */
export interface SigningKeyPair {
  readonly publicKey: Uint8Array;
  readonly secretKey: Uint8Array;
}

/** The pair of a 32-byte seed; the caller brings the randomness. */
export function signingKeyPair(seed: Uint8Array): SigningKeyPair {
  const publicKey = Buffer.alloc(SIGNING_PUBLIC_KEY_BYTES);
  const secretKey = Buffer.alloc(SIGNING_SECRET_KEY_BYTES);
  sodium.crypto_sign_seed_keypair(publicKey, secretKey, seed);
  return { publicKey, secretKey };
}

/** Ed25519 signature, 64 bytes. */
export function sign(message: Uint8Array, secretKey: Uint8Array): Uint8Array {
  const signature = Buffer.alloc(SIGNATURE_BYTES);
  sodium.crypto_sign_detached(signature, message, secretKey);
  return signature;
}

/** True where the signature holds. False, never a throw, for a signature or key of the wrong length. */
export function verifySignature(message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== SIGNATURE_BYTES || publicKey.length !== SIGNING_PUBLIC_KEY_BYTES) return false;
  return sodium.crypto_sign_verify_detached(signature, message, publicKey);
}

/**
 * Seals datagrams of one session and lane with ChaCha20-Poly1305 (RFC 8439). The nonce is 48 zero bits and the 48-bit
 * counter, so the caller must never use a counter twice. Owns one nonce buffer; not for two threads.
 */
export class DatagramCipher {
  readonly #key: Uint8Array;
  readonly #nonce = Buffer.alloc(AEAD_NONCE_BYTES);

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** Writes symbol and tag behind the header: `datagram` is header (28 bytes, filled), room for symbol, 16 for the tag. */
  seal(datagram: Buffer, headerBytes: number, symbol: Uint8Array, counter: number): void {
    this.#nonce.writeUIntBE(counter, 6, 6);
    sodium.crypto_aead_chacha20poly1305_ietf_encrypt(
      datagram.subarray(headerBytes, headerBytes + symbol.length + AEAD_TAG_BYTES),
      symbol,
      datagram.subarray(0, headerBytes),
      null,
      this.#nonce,
      this.#key,
    );
  }

  /** The symbol in a fresh buffer, or undefined where the tag does not hold. Never throws. */
  open(datagram: Uint8Array, headerBytes: number, counter: number): Buffer | undefined {
    const symbol = Buffer.allocUnsafe(Math.max(0, datagram.length - headerBytes - AEAD_TAG_BYTES));
    return this.openInto(symbol, datagram, headerBytes, counter) ? symbol : undefined;
  }

  /**
   * As `open`, into a buffer of exactly the symbol's length that the caller keeps, so that a forged datagram costs no
   * memory. Where it answers false, `symbol` is spoiled.
   */
  openInto(symbol: Buffer, datagram: Uint8Array, headerBytes: number, counter: number): boolean {
    if (symbol.length < 1) return false;
    this.#nonce.writeUIntBE(counter, 6, 6);
    const { stackTraceLimit } = Error;
    // sodium-native throws for a wrong tag, and a stack that nobody reads is half of what a forged datagram costs.
    Error.stackTraceLimit = 0;
    try {
      sodium.crypto_aead_chacha20poly1305_ietf_decrypt(
        symbol,
        null,
        datagram.subarray(headerBytes),
        datagram.subarray(0, headerBytes),
        this.#nonce,
        this.#key,
      );
    } catch {
      return false;
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
    return true;
  }
}
