/**
 * Text signed by named Ed25519 keys (C2SP signed-note):
 *
 *   <text, ending in a line break>
 *   <empty line>
 *   — <key name> base64(key id, 4 bytes || signature, 64 bytes)
 *
 * and the keys as Go's sumdb/note writes them: <name>+<key id, hex>+base64(type || public key), of type 1 for one that signs
 * notes and 4 for one that cosigns them.
 */
import { equalBytes, sha256 } from '../crypto/digest.ts';
import { SIGNING_PUBLIC_KEY_BYTES, sign, verifySignature } from '../crypto/sodium.ts';
import { AUDIT_LIMITS } from '../limits.ts';

/** Who a signature is of: one name, one key. */
export interface NoteVerifier {
  readonly name: string;
  readonly publicKey: Uint8Array;
}

export interface NoteSigner extends NoteVerifier {
  /** libsodium's 64-byte form. */
  readonly secretKey: Uint8Array;
}

export type NoteFault = 'note-malformed' | 'note-unsigned' | 'note-signature';

/** Types of keys, by what they sign. */
const ED25519 = 1;
export const COSIGNATURE_V1 = 4;
const KEY_ID_BYTES = 4;

/** `text` ends in a line break. */
export function signNote(text: string, signer: NoteSigner): string {
  const signature = sign(Buffer.from(text, 'utf8'), signer.secretKey);
  return `${text}\n— ${signer.name} ${Buffer.concat([keyId(signer), signature]).toString('base64')}\n`;
}

/** The text, where the verifier's key signed it; signatures of other keys are passed over. Never throws. */
export function openNote(note: string, verifier: NoteVerifier): { readonly text: string } | NoteFault {
  const end = note.lastIndexOf('\n\n');
  // Control characters but the line break have no place in a note.
  const hasControls = [...note].some((character) => character < ' ' && character !== '\n');
  if (note.length > AUDIT_LIMITS.maxNoteBytes || end < 0 || !note.endsWith('\n') || hasControls) {
    return 'note-malformed';
  }
  const text = note.slice(0, end + 1);
  const lines = note.slice(end + 2, -1).split('\n');
  if (lines.length > AUDIT_LIMITS.maxNoteSignatures) return 'note-malformed';
  const id = keyId(verifier);
  let isSigned = false;
  for (const line of lines) {
    const [, name, encoded = ''] = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/u.exec(line) ?? [];
    const bytes = Buffer.from(encoded, 'base64');
    if (name === undefined || bytes.toString('base64') !== encoded || bytes.length <= KEY_ID_BYTES) {
      return 'note-malformed';
    }
    if (name !== verifier.name || !equalBytes(bytes.subarray(0, KEY_ID_BYTES), id)) continue;
    if (!verifySignature(Buffer.from(text, 'utf8'), bytes.subarray(KEY_ID_BYTES), verifier.publicKey)) {
      return 'note-signature';
    }
    isSigned = true;
  }
  return isSigned ? { text } : 'note-unsigned';
}

/** For whoever shall verify notes of this key. */
export function verifierKey(verifier: NoteVerifier, type = ED25519): string {
  const key = Buffer.concat([Uint8Array.of(type), verifier.publicKey]).toString('base64');
  return `${verifier.name}+${keyId(verifier, type).toString('hex')}+${key}`;
}

/** Undefined for what is no key, or not of Ed25519. */
export function parseVerifierKey(text: string): NoteVerifier | undefined {
  const [, name = '', id = '', encoded = ''] =
    /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/u.exec(text.trim()) ?? [];
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.length !== 1 + SIGNING_PUBLIC_KEY_BYTES || bytes[0] !== ED25519) return undefined;
  const verifier = { name, publicKey: bytes.subarray(1) };
  return keyId(verifier).toString('hex') === id ? verifier : undefined;
}

/** First four bytes of SHA-256(name || 0x0a || type || public key). */
export function keyId({ name, publicKey }: NoteVerifier, type = ED25519): Buffer {
  const head = Buffer.from(`${name}\n`, 'utf8');
  return sha256(Buffer.concat([head, Uint8Array.of(type), publicKey])).subarray(0, KEY_ID_BYTES);
}
