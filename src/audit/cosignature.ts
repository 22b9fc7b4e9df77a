/**
 * What a witness adds to a checkpoint that it saw grow (C2SP tlog-cosignature, cosignature/v1): one more line of the note,
 *
 *   — <witness> base64(key id, 4 bytes || seconds since 1970, 8 bytes || signature, 64 bytes)
 *
 * with an Ed25519 signature over
 *
 *   cosignature/v1
 *   time <seconds since 1970>
 *   <text of the note>
 *
 * No checkpoint begins with such a line, so the key that signs a log may cosign those of others.
 */
import { sign } from '../crypto/sodium.ts';
import { COSIGNATURE_V1, keyId, type NoteSigner } from './signed-note.ts';

const TIME_BYTES = 8;

/** The note with one line more. `note` is one that was opened: text, empty line, signatures. */
export function cosign(note: string, witness: NoteSigner, atMs: number): string {
  const seconds = Math.floor(atMs / 1_000);
  const text = note.slice(0, note.lastIndexOf('\n\n') + 1);
  const signature = sign(Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`, 'utf8'), witness.secretKey);
  const time = Buffer.alloc(TIME_BYTES);
  time.writeBigUInt64BE(BigInt(seconds));
  const line = Buffer.concat([keyId(witness, COSIGNATURE_V1), time, signature]).toString('base64');
  return `${note}— ${witness.name} ${line}\n`;
}
