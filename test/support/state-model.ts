/** What a sender knows after some frames, in a few lines, and the snapshot frames that follow from it. */
import type { VerifiedFrame } from '../../receiver/intake/frame-verifier.ts';
import { identityKey, isIdentity } from '../../src/identity/snapshot-part.ts';
import type { FrameHeader } from '../../src/wire/frame.ts';
import type { SnapshotPartRecord, WireRecord } from '../../src/wire/record.ts';
import type { Revision } from '../../src/wire/revision.ts';
import { signedFrame } from './signed-stream.ts';

export class StateModel {
  readonly epoch: number;
  readonly #live: Map<string, WireRecord>;
  /** By sequence, of this epoch: each frame goes on from the one before it, where that was made. */
  readonly #digests = new Map<number, Uint8Array>();
  #cycle = 0;

  /** In a later epoch the state goes on, `from` the one before. */
  constructor(options: { readonly epoch?: number; readonly from?: StateModel } = {}) {
    this.epoch = options.epoch ?? 1;
    this.#live = new Map(options.from ? options.from.#live : []);
    this.#cycle = options.from ? options.from.#cycle : 0;
  }

  get liveKeys(): readonly string[] {
    return [...this.#live.keys()].sort();
  }

  /** A frame of deltas, and what it says taken in. */
  deltas(sequence: number, records: readonly WireRecord[]): VerifiedFrame {
    for (const [index, record] of records.entries()) {
      if (!isIdentity(record)) continue;
      const key = identityKey(record);
      if (record.operation === 'delete') this.#live.delete(key);
      else this.#live.set(key, { ...record, revision: { epoch: this.epoch, sequence, index } });
    }
    return this.#made(signedFrame({ epoch: this.epoch, sequence, records, header: this.#link(sequence) }));
  }

  /** A whole cycle, `perPart` keys a part, the first part at `sequence`; `more` are entries of a last part without a range. */
  cycle(
    sequence: number,
    options: { readonly perPart?: number; readonly more?: readonly WireRecord[] } = {},
  ): VerifiedFrame[] {
    const { perPart = Number.POSITIVE_INFINITY, more = [] } = options;
    this.#cycle++;
    const keys = [...this.#live.keys()].sort();
    const parts: Partial<SnapshotPartRecord>[] = [];
    for (let start = 0; start === 0 || start < keys.length; start += perPart) {
      const inPart = keys.slice(start, start + perPart);
      const firstKey = start === 0 ? '' : (keys[start] as string);
      const entries = inPart.map((key) => this.#live.get(key) as WireRecord);
      parts.push({ firstKey, lastKey: keys[start + perPart] ?? '', entries });
    }
    if (more.length > 0) parts.push({ firstKey: '-', lastKey: '-', entries: more });
    return parts.map((part, at) => {
      const place = { cycle: this.#cycle, part: at, last: at === parts.length - 1 };
      const asOf = { epoch: this.epoch, sequence: sequence + at - 1, index: 65_535 };
      return this.#made(snapshotFrame(sequence + at, { ...place, asOf, ...part }, this.#link(sequence + at)));
    });
  }

  #made(frame: VerifiedFrame): VerifiedFrame {
    this.#digests.set(frame.header.sequence, frame.digest);
    return frame;
  }

  #link(sequence: number): Partial<FrameHeader> {
    const previousDigest = this.#digests.get(sequence - 1);
    return previousDigest === undefined ? {} : { previousDigest };
  }
}

/** One part in a frame; what is left out is that of a whole cycle in one part that carries nothing. */
export function snapshotFrame(
  sequence: number,
  part: Partial<SnapshotPartRecord> = {},
  header: Partial<FrameHeader> = {},
): VerifiedFrame {
  const asOf: Revision = part.asOf ?? { epoch: 1, sequence: sequence - 1, index: 65_535 };
  const record: SnapshotPartRecord = {
    kind: 'snapshot-part',
    cycle: 1,
    part: 0,
    last: true,
    firstKey: '',
    lastKey: '',
    entries: [],
    ...part,
    asOf,
  };
  return signedFrame({ epoch: asOf.epoch, sequence, records: [record], header: { ...header, kind: 'snapshot' } });
}
