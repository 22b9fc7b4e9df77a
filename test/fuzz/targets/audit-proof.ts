import assert from 'node:assert/strict';
import { openCheckpoint, signCheckpoint } from '../../../src/audit/checkpoint.ts';
import { decodeBundle, encodeBundle } from '../../../src/audit/entry-bundle.ts';
import { checkEntryProof, formatEntryProof, parseEntryProof } from '../../../src/audit/entry-proof.ts';
import { leafHash } from '../../../src/audit/merkle-hash.ts';
import { parseVerifierKey, verifierKey } from '../../../src/audit/signed-note.ts';
import { TiledTree } from '../../../src/audit/tiled-tree.ts';
import { signingKeyPair } from '../../../src/crypto/sodium.ts';
import { InputReader } from '../input-reader.ts';

const signer = { name: 'identity-diode/site-a/hr/sender', ...signingKeyPair(Buffer.alloc(32, 7)) };

/** A proof, a checkpoint, a key or a bundle as it comes; or a proof that holds, of which then one byte is changed. */
export function fuzz(input: Buffer): void {
  const reader = new InputReader(input);
  switch (reader.integer(1) % 5) {
    case 0: {
      const proof = parseEntryProof(reader.rest().toString('utf8'));
      if (proof === undefined) return;
      checkEntryProof(proof, signer);
      assert.deepEqual(parseEntryProof(formatEntryProof(proof)), proof);
      return;
    }
    case 1: {
      const note = reader.rest().toString('utf8');
      assert.equal(typeof openCheckpoint(note, signer), 'string', 'nobody else has the key');
      return;
    }
    case 2: {
      const key = parseVerifierKey(reader.rest().toString('utf8'));
      if (key !== undefined) assert.deepEqual(parseVerifierKey(verifierKey(key)), key);
      return;
    }
    case 3: {
      const bytes = reader.rest();
      const entries = decodeBundle(bytes);
      if (entries !== undefined) assert.deepEqual(encodeBundle(entries), bytes);
      return;
    }
    default:
      changeOneByte(reader);
  }
}

function changeOneByte(reader: InputReader): void {
  const entries = Array.from({ length: 1 + (reader.integer(1) % 40) }, (_, index) => Buffer.from(`{"index":${index}}`));
  const tree = new TiledTree(0, () => {
    throw new Error('nothing is stored');
  });
  for (const entry of entries) tree.append(leafHash(entry));
  const index = reader.integer(1) % entries.length;
  const path = tree.inclusionProof(index);
  const checkpoint = signCheckpoint({ size: tree.size, root: tree.root() }, signer);
  const text = formatEntryProof({ entry: entries[index] as Buffer, index, path, checkpoint });
  const proof = parseEntryProof(text);
  assert.ok(proof !== undefined && typeof checkEntryProof(proof, signer) === 'object', 'a proof that is true holds');
  const at = reader.integer(2) % text.length;
  const changed = `${text.slice(0, at)}${String.fromCharCode(32 + (reader.integer(1) % 95))}${text.slice(at + 1)}`;
  if (changed === text) return;
  const other = parseEntryProof(changed);
  assert.ok(other === undefined || typeof checkEntryProof(other, signer) === 'string', 'a changed proof does not hold');
}
