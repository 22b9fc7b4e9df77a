/**
 * Where the `progress` topic and this receiver's own disk do not agree: after the disk was lost or restored, or where a
 * receiver with an empty disk heard the link before it reached Kafka.
 */
import type { Gap } from '../gate/gap-set.ts';
import type { LostFrames } from '../gate/lost-frames.ts';
import { isWholeCycle, type SnapshotProgress } from './snapshot-progress.ts';

/** Of the progress record. Digests and ids are hex; gaps ascend, both ends included. */
export interface PublishedPosition {
  readonly epoch: number;
  readonly epochId: string;
  readonly sequence: number;
  readonly digest: string;
  readonly gaps: readonly (readonly [from: number, to: number])[];
  readonly lost?: LostFrames | undefined;
  readonly snapshot?: SnapshotProgress | undefined;
  /** What the sender signed last before it was published. */
  readonly signedAtMs?: number;
}

/** What the snapshot that is whole in it says all of; -1: there is none of its epoch. */
export function wholeThrough({ epoch, snapshot }: PublishedPosition): number {
  return snapshot?.epoch === epoch && isWholeCycle(snapshot) ? snapshot.through : -1;
}

/**
 * What is missing once both are known, of one epoch: up to where both have come, what both miss (the one has it in its
 * spool, or the other published it); beyond, what the one that came further misses.
 */
export function joinGaps(
  own: { readonly sequence: number; readonly gaps: readonly Gap[] },
  published: PublishedPosition,
  wallMs: number,
): readonly Gap[] {
  const common = Math.min(own.sequence, published.sequence);
  const publishedGaps = published.gaps.map(([from, to]) => plainGap(from, to, wallMs));
  const both = own.gaps.flatMap((gap) =>
    publishedGaps.flatMap((other) => cut(gap, other.from, Math.min(other.to, common))),
  );
  const beyond = own.sequence > published.sequence ? own.gaps : publishedGaps;
  const all = [...both, ...beyond.flatMap((gap) => cut(gap, common + 1, gap.to))].sort((a, b) => a.from - b.from);
  // What is missing behind the last published frame must go on from that very one.
  const beforeDigest = Buffer.from(published.digest, 'hex');
  const isBehind = ({ from }: Gap) => from === published.sequence + 1 && beforeDigest.length > 0;
  return all.map((gap) => (isBehind(gap) ? { ...gap, beforeDigest } : gap));
}

/** The part of a gap within from..to; border digests stay where the border does. */
function cut(gap: Gap, from: number, to: number): readonly Gap[] {
  const start = Math.max(gap.from, from);
  const end = Math.min(gap.to, to);
  if (start > end) return [];
  const { beforeDigest, endDigest, sinceMs } = gap;
  return [
    {
      ...plainGap(start, end, sinceMs),
      ...(start === gap.from && beforeDigest && { beforeDigest }),
      ...(end === gap.to && endDigest && { endDigest }),
    },
  ];
}

function plainGap(from: number, to: number, sinceMs: number): Gap {
  return { from, to, openedFrom: from, openedTo: to, sinceMs };
}
