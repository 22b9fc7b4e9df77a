/**
 * What a log commits to, signed (C2SP tlog-checkpoint): the text of a note of three lines,
 *
 *   <origin>
 *   <size of the tree>
 *   base64(<root hash>)
 */
import { HASH_BYTES } from './merkle-hash.ts';
import type { TreeHead } from './merkle-proof.ts';
import { type NoteFault, type NoteSigner, type NoteVerifier, openNote, signNote } from './signed-note.ts';

export type CheckpointFault = NoteFault | 'checkpoint-malformed' | 'checkpoint-origin';

/** The signer's name is the origin. */
export function signCheckpoint({ size, root }: TreeHead, signer: NoteSigner): string {
  return signNote(`${signer.name}\n${size}\n${Buffer.from(root).toString('base64')}\n`, signer);
}

/** The tree head that the log's key signed. Extension lines are passed over. Never throws. */
export function openCheckpoint(note: string, verifier: NoteVerifier): TreeHead | CheckpointFault {
  const opened = openNote(note, verifier);
  if (typeof opened === 'string') return opened;
  const [origin, size = '', encoded = ''] = opened.text.split('\n');
  const root = Buffer.from(encoded, 'base64');
  const isSize = /^(0|[1-9]\d{0,15})$/.test(size) && Number.isSafeInteger(Number(size));
  if (!isSize || root.length !== HASH_BYTES || root.toString('base64') !== encoded) return 'checkpoint-malformed';
  return origin === verifier.name ? { size: Number(size), root } : 'checkpoint-origin';
}

/** The origin that a note names, signed or not: which key to look for. */
export function claimedOrigin(note: string): string {
  return note.slice(0, Math.max(0, note.indexOf('\n')));
}
