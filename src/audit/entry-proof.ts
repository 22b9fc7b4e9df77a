/**
 * A proof that one entry is in a log, for whoever has nothing but the log's key (C2SP tlog-proof):
 *
 *   c2sp.org/tlog-proof@v1
 *   extra base64(<entry>)
 *   index <number>
 *   base64(<hash>)            one a line, from the leaf's sibling up
 *   <empty line>
 *   <checkpoint>
 *
 * The entry travels as `extra`: the path vouches for it, since it begins at the entry's hash.
 */
import { AUDIT_LIMITS } from '../limits.ts';
import { type CheckpointFault, openCheckpoint } from './checkpoint.ts';
import { HASH_BYTES, leafHash } from './merkle-hash.ts';
import { rootOfInclusion, type TreeHead } from './merkle-proof.ts';
import type { NoteVerifier } from './signed-note.ts';

const FIRST_LINE = 'c2sp.org/tlog-proof@v1';

export interface EntryProof {
  readonly entry: Buffer;
  readonly index: number;
  readonly path: readonly Uint8Array[];
  /** As the log signed it. */
  readonly checkpoint: string;
}

export type ProofFault = CheckpointFault | 'proof-malformed' | 'proof-path';

export function formatEntryProof({ entry, index, path, checkpoint }: EntryProof): string {
  const hashes = path.map((hash) => `${Buffer.from(hash).toString('base64')}\n`).join('');
  return `${FIRST_LINE}\nextra ${entry.toString('base64')}\nindex ${index}\n${hashes}\n${checkpoint}`;
}

/** Undefined for what has not the form; nothing in it is vouched for yet. */
export function parseEntryProof(text: string): EntryProof | undefined {
  if (text.length > AUDIT_LIMITS.maxProofBytes) return undefined;
  const end = text.indexOf('\n\n');
  if (end < 0) return undefined;
  const [first, extra = '', place = '', ...lines] = text.slice(0, end).split('\n');
  const entry = canonicalBytes(/^extra ([A-Za-z0-9+/]+={0,2})$/.exec(extra)?.[1]);
  const index = /^index (0|[1-9]\d{0,15})$/.exec(place)?.[1];
  if (first !== FIRST_LINE || entry === undefined || index === undefined || lines.length > 64) return undefined;
  const path = lines.map(canonicalBytes).filter((hash) => hash?.length === HASH_BYTES) as Buffer[];
  if (path.length !== lines.length || !Number.isSafeInteger(Number(index))) return undefined;
  return { entry, index: Number(index), path, checkpoint: text.slice(end + 2) };
}

/** Undefined for another text of the same bytes: one proof has one form. */
function canonicalBytes(base64 = ''): Buffer | undefined {
  const bytes = Buffer.from(base64, 'base64');
  return bytes.length > 0 && bytes.toString('base64') === base64 ? bytes : undefined;
}

/** The tree head that vouches for the entry, or what is wrong. */
export function checkEntryProof(
  { entry, index, path, checkpoint }: EntryProof,
  verifier: NoteVerifier,
): TreeHead | ProofFault {
  const head = openCheckpoint(checkpoint, verifier);
  if (typeof head === 'string') return head;
  const root = rootOfInclusion(leafHash(entry), { index, size: head.size, proof: path });
  return root !== undefined && Buffer.compare(root, head.root) === 0 ? head : 'proof-path';
}
