/** How long something beside the stream takes at its share of the link's rate: what follows it waits as long. */
import { HEADER_BYTES, TAG_BYTES } from '../../src/wire/datagram.ts';
import { cutFrame, type FrameGeometry, repairCount } from '../../src/wire/geometry.ts';
import type { LinkParameters } from '../../src/wire/hello.ts';

export interface RateShare {
  readonly link: LinkParameters;
  /** What the link adds to each datagram on the wire. */
  readonly overheadBytes: number;
  readonly ratePercent: number;
  /** PassOptions.isFullLength. */
  readonly isFullLength?: boolean | undefined;
}

/** Of a frame and its repeats, each pass with its repair. */
export function shareMs(frameBytes: number, share: RateShare): number {
  const { link, overheadBytes, ratePercent, isFullLength } = share;
  const { symbolBytes, sourceSymbols } = cutFrame(frameBytes, link.symbolBytes, isFullLength) as FrameGeometry;
  const datagrams = sourceSymbols + repairCount(sourceSymbols, link.repairPercent);
  const passBytes = datagrams * (HEADER_BYTES + symbolBytes + TAG_BYTES + overheadBytes);
  const wireBits = passBytes * 8 * (1 + link.repeatAfterMs.length);
  return (wireBits * 1_000) / ((link.rateBitsPerSecond * ratePercent) / 100);
}
