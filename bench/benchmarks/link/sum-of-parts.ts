/**
 * What the parts of a link come to: time for each byte of a frame, added up on each side. The slower side is the limit. Pure.
 *
 *   sender    FEC encode · seal each datagram · hand each to the kernel
 *   receiver  take each from the kernel · open each · FEC decode, where symbols are missing · SHA-256
 */
import { HEADER_BYTES, TAG_BYTES } from '../../../src/wire/datagram.ts';
import { blockPlace, cutFrame, repairCapacity, repairCount } from '../../../src/wire/geometry.ts';
import type { BlockShape } from '../fec/block-work.ts';

/** A frame of one block, as the sender cuts it. */
export interface FrameShape {
  readonly frameBytes: number;
  readonly symbolBytes: number;
  readonly datagramBytes: number;
  /** In a first pass. */
  readonly datagrams: number;
  readonly block: BlockShape;
}

/** Bytes a second of one core, and what the kernel takes a datagram. */
export interface Parts {
  readonly encode: number;
  readonly decode: number;
  readonly seal: number;
  readonly open: number;
  readonly sha256: number;
  readonly sendSeconds: number;
  readonly receiveSeconds: number;
}

export interface PartTime {
  readonly side: 'sender' | 'receiver';
  readonly part: string;
  /** Of one core, for each byte of a frame. */
  readonly secondsPerByte: number;
}

/** Throws a RangeError for a frame of several blocks. */
export function frameShape(
  frameBytes: number,
  { maxSymbolBytes, repairPercent }: { readonly maxSymbolBytes: number; readonly repairPercent: number },
): FrameShape {
  const geometry = cutFrame(frameBytes, maxSymbolBytes);
  if (geometry?.blockCount !== 1) throw new RangeError(`a frame of ${frameBytes} bytes is not one block`);
  const { sourceCount } = blockPlace(geometry, 0);
  const repair = repairCount(sourceCount, repairPercent);
  return {
    frameBytes,
    symbolBytes: geometry.symbolBytes,
    datagramBytes: HEADER_BYTES + geometry.symbolBytes + TAG_BYTES,
    datagrams: sourceCount + repair,
    block: { sourceCount, repairCount: repair, repairCapacity: repairCapacity(sourceCount, repair) },
  };
}

/** `received`: datagrams of a frame that come; with fewer than are sent, its block is decoded. */
export function partTimes(shape: FrameShape, parts: Parts, received: number): readonly PartTime[] {
  const { frameBytes, symbolBytes, datagrams } = shape;
  const perByte = symbolBytes / frameBytes;
  const sender = [
    ['FEC encode', 1 / parts.encode],
    ['seal', (datagrams * perByte) / parts.seal],
    ['send', (received * parts.sendSeconds) / frameBytes],
  ] as const;
  const receiver = [
    ['receive', (received * parts.receiveSeconds) / frameBytes],
    ['open', (received * perByte) / parts.open],
    ['FEC decode', received < datagrams ? 1 / parts.decode : 0],
    ['SHA-256', 1 / parts.sha256],
  ] as const;
  const of = (side: PartTime['side'], list: readonly (readonly [string, number])[]) =>
    list.map(([part, secondsPerByte]): PartTime => ({ side, part, secondsPerByte }));
  return [...of('sender', sender), ...of('receiver', receiver)];
}

/** Of the slower side. */
export function bytesPerSecond(times: readonly PartTime[]): number {
  const sum = (of: PartTime['side']) =>
    times.reduce((total, { side, secondsPerByte }) => total + (side === of ? secondsPerByte : 0), 0);
  return 1 / Math.max(sum('sender'), sum('receiver'));
}
