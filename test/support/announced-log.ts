/** A sender's audit log in memory, and the checkpoints that it announces. */
import type { AnnouncedCheckpoint } from '../../receiver/witness/log-witness.ts';
import { signCheckpoint } from '../../src/audit/checkpoint.ts';
import { senderLogOrigin } from '../../src/audit/log-origin.ts';
import { leafHash } from '../../src/audit/merkle-hash.ts';
import { TiledTree } from '../../src/audit/tiled-tree.ts';
import { signingKeyPair } from '../../src/crypto/sodium.ts';
import type { CheckpointRecord } from '../../src/wire/record.ts';
import type { Revision } from '../../src/wire/revision.ts';
import { BOUNDARY, STREAM } from './signed-stream.ts';

const NO_TILES = () => {
  throw new Error('nothing is stored');
};

/** As the receiver takes it out of a frame. */
export function announcedIn(record: CheckpointRecord, revision: Revision): AnnouncedCheckpoint {
  const { note, previousSize, consistencyProof: proof, logKey } = record;
  return { revision, note: Buffer.from(note).toString('utf8'), previousSize, proof, logKey };
}

export class AnnouncedLog {
  readonly signer;
  readonly #leaves: string[];
  #tree = new TiledTree(0, NO_TILES);
  #announcedSize: number;

  constructor({ seed = 7, leaves = [] as readonly string[], announcedSize = 0 } = {}) {
    this.signer = {
      name: senderLogOrigin({ boundary: BOUNDARY, stream: STREAM }),
      ...signingKeyPair(Buffer.alloc(32, seed)),
    };
    this.#leaves = [];
    this.#announcedSize = announcedSize;
    this.#append(leaves);
  }

  grow(count: number, mark = 'entry'): this {
    this.#append(Array.from({ length: count }, (_, at) => `${mark} ${this.#tree.size + at}`));
    return this;
  }

  /** Its disk as of now: it goes on by itself, from what was announced until then. */
  copy(): AnnouncedLog {
    return new AnnouncedLog({ leaves: this.#leaves, announcedSize: this.#announcedSize });
  }

  /** The same with the first entry edited, by whoever has the key. */
  edited(): AnnouncedLog {
    const leaves = ['edited', ...this.#leaves.slice(1)];
    return new AnnouncedLog({ leaves, announcedSize: this.#announcedSize });
  }

  get size(): number {
    return this.#tree.size;
  }

  /** As the sender frames it under that revision. */
  announce(epoch: number, sequence: number): AnnouncedCheckpoint {
    return announcedIn(this.record(), { epoch, sequence, index: 0 });
  }

  record(): CheckpointRecord {
    const { size } = this.#tree;
    const previousSize = this.#announcedSize;
    const note = signCheckpoint({ size, root: this.#tree.root() }, this.signer);
    this.#announcedSize = size;
    return {
      kind: 'checkpoint',
      note: Buffer.from(note),
      previousSize,
      consistencyProof: previousSize === 0 ? [] : this.#tree.consistencyProof(previousSize),
      logKey: this.signer.publicKey,
    };
  }

  #append(leaves: readonly string[]): void {
    for (const leaf of leaves) {
      this.#leaves.push(leaf);
      this.#tree.append(leafHash(Buffer.from(leaf)));
    }
  }
}
