/** What a bundle's manifest says of it on its evidence, the same on both sides. Pure. */
import { MEDIA_LIMITS } from '../limits.ts';
import type { Manifest } from '../wire/bundle.ts';
import { countFrames, describeRuns } from '../wire/frame-runs.ts';
import { bundleCode } from './bundle-code.ts';
import type { EvidenceFacts } from './evidence.ts';

type BundleFacts = Omit<EvidenceFacts, 'side' | 'result' | 'at' | 'by' | 'details'>;

/** `digest`: SHA-256 of the manifest's bytes. At most `MEDIA_LIMITS.shownRuns` runs of frames are named; all are counted. */
export function bundleFacts({
  manifest,
  digest,
}: {
  readonly manifest: Manifest;
  readonly digest: Uint8Array;
}): BundleFacts {
  const { boundary, stream, number, head, runs, recordCount, createdAtMs } = manifest;
  return {
    boundary,
    stream,
    bundle: number,
    manifestDigest: Buffer.from(digest).toString('hex'),
    code: bundleCode(digest),
    epoch: head.epoch,
    frames: describeRuns(runs.slice(0, MEDIA_LIMITS.shownRuns)),
    frameCount: countFrames(runs),
    records: recordCount,
    madeAt: new Date(createdAtMs).toISOString(),
  };
}
