import { describe, expect, it } from 'vitest';
import { signCheckpoint } from '../../../src/audit/checkpoint.ts';
import { checkEntryProof, formatEntryProof, parseEntryProof } from '../../../src/audit/entry-proof.ts';
import { leafHash } from '../../../src/audit/merkle-hash.ts';
import { TiledTree } from '../../../src/audit/tiled-tree.ts';
import { signingKeyPair } from '../../../src/crypto/sodium.ts';

const signer = { name: 'identity-diode/site-a/hr/sender', ...signingKeyPair(Buffer.alloc(32, 7)) };

describe('a proof of an entry', () => {
  const entries = [0, 1, 2].map((index) => Buffer.from(`{"index":${index}}`));
  const tree = new TiledTree(0, () => {
    throw new Error('nothing is stored');
  });
  for (const entry of entries) tree.append(leafHash(entry));
  const text = formatEntryProof({
    entry: entries[2] as Buffer,
    index: 2,
    path: tree.inclusionProof(2),
    checkpoint: signCheckpoint({ size: tree.size, root: tree.root() }, signer),
  });

  it('holds as it was made', () => {
    const proof = parseEntryProof(text);
    expect(proof && checkEntryProof(proof, signer)).toMatchObject({ size: 3 });
  });

  // Base64 leaves bits of the last character unread.
  it.each([
    ['entry', 'Mn0=\n', 'Mn1=\n'],
    ['entry', 'Mn0=\n', 'Mn0\n'],
    ['path', 'Qs=\n\n', 'Qt=\n\n'],
  ])('has one form: the same bytes of its %s written as another text are refused', (_, from, to) => {
    expect(text).toContain(from);
    expect(parseEntryProof(text.replace(from, to))).toBeUndefined();
  });
});
