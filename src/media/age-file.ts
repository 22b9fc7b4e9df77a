/**
 * The age format (age-encryption.org/v1) around the content of a bundle, in chunks of 64 KiB: the one file that imports
 * age-encryption. A receiver's X25519 key is an age identity as it is, so `age --decrypt` opens a bundle in an emergency.
 */
import { ReadableStream } from 'node:stream/web';
import { Decrypter, Encrypter } from 'age-encryption';
import { encodeBech32 } from '../crypto/bech32.ts';

/** As `age --recipient` takes it. */
export function ageRecipient(agreementKey: Uint8Array): string {
  return encodeBech32('age', agreementKey);
}

/** As `age --identity` takes it: secret. */
export function ageIdentity(agreementPrivateKey: Uint8Array): string {
  return encodeBech32('age-secret-key-', agreementPrivateKey).toUpperCase();
}

/** The age file of `content`, for each of these raw X25519 public keys. Draws its own randomness. */
export async function encryptContent(
  content: AsyncIterable<Uint8Array>,
  agreementKeys: readonly Uint8Array[],
): Promise<AsyncIterable<Uint8Array>> {
  const encrypter = new Encrypter();
  for (const key of agreementKeys) encrypter.addRecipient(ageRecipient(key));
  return encrypter.encrypt(streamOf(content));
}

/** The content; throws where the file is for another key, cut short or changed. What came before a change was authentic. */
export async function decryptContent(
  ageFile: AsyncIterable<Uint8Array>,
  agreementPrivateKey: Uint8Array,
): Promise<AsyncIterable<Uint8Array>> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(ageIdentity(agreementPrivateKey));
  return decrypter.decrypt(streamOf(ageFile));
}

type AgeStream = Parameters<Encrypter['encrypt']>[0] & globalThis.ReadableStream<Uint8Array>;

function streamOf(chunks: AsyncIterable<Uint8Array>): AgeStream {
  return ReadableStream.from(chunks) as AgeStream;
}
