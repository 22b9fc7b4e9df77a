/**
 * The datagram: one write to a link. docs/wire-format.md, "Datagram".
 *
 *   0        1        2        3        4                 8        9
 *   +--------+--------+--------+--------+-----------------+--------+--------------------------+
 *   | 0x1D   | 0x01   | suite  |kind|lgM| session handle  | lane   | counter (48 bits)        |
 *   +--------+--------+--------+--------+-----------------+--------+--------------------------+
 *   15                        21       22       23       24               27       28
 *   +-------------------------+--------+--------+--------+----------------+--------+----------+-------+
 *   | sequence (48 bits)      | block  | blocks | symbol | frame bytes 24 | k      | symbol … | tag16 |
 *   +-------------------------+--------+--------+--------+----------------+--------+----------+-------+
 *
 * All integers are big-endian. The 28 header bytes are the associated data of the AEAD; the symbol is its plaintext.
 *
 * A veiled datagram is as long, and hides all behind the counter; it carries a symbol, or nothing (padding).
 *
 *   0 … 14                    15                            28
 *   +-------------------------+-----------------------------+----------+-------+
 *   | as above, kind 4, lgM 0 | lgM 3, sequence 45 … k      | symbol … | tag16 |
 *   +-------------------------+-----------------------------+----------+-------+
 *    associated data           plaintext
 */
import { WIRE_LIMITS } from '../limits.ts';
import { blockPlace, type FrameGeometry, frameGeometry } from './geometry.ts';

export const MAGIC = 0x1d;
export const FORMAT = 0x01;
export const HEADER_BYTES = 28;
export const TAG_BYTES = 16;

/** Bytes of a veiled datagram that stand in the clear, and those that are sealed in front of the symbol. */
export const VEILED_HEADER_BYTES = 15;
export const VEILED_PLACE_BYTES = HEADER_BYTES - VEILED_HEADER_BYTES;

/** What a datagram carries. Hello (hello.ts) and calibration (calibration.ts) have layouts of their own behind the first four bytes. */
export const DATAGRAM_KIND = { symbol: 1, hello: 2, control: 3, veiled: 4, calibration: 5 } as const;

export interface DatagramHeader {
  readonly suite: number;
  readonly kind: number;
  /** First four bytes of the session id. */
  readonly session: number;
  /** 0 to 15, one for each sending thread, with a key and counter of its own; 254 and 255: control.ts. */
  readonly lane: number;
  /** 1, 2, 3 … within session and lane; the nonce. */
  readonly counter: number;
  /** The frame's sequence in the session's epoch; for `control` the number of the control object. */
  readonly sequence: number;
  /** Of the block within its frame, from 0. */
  readonly blockIndex: number;
  /** Blocks of the frame, 1 to 255. */
  readonly blockCount: number;
  /** Of the symbol within its block: 0..k-1 source, k..k+M-1 repair. */
  readonly symbolIndex: number;
  /** Length of the frame, or of the control object. */
  readonly frameBytes: number;
  /** k, 1 to `maxSourceSymbols`. */
  readonly sourceCount: number;
  /** M, a power of two in 2..128. */
  readonly repairCapacity: number;
}

/** Where a symbol belongs: what a header says behind its counter. */
export type DatagramPlace = Omit<DatagramHeader, 'suite' | 'kind' | 'session' | 'lane' | 'counter'>;

/** `format` and `suite` tell a newer sender from foreign traffic, which is `magic`. */
export type DatagramReason = 'too-short' | 'too-long' | 'magic' | 'format' | 'suite' | 'kind' | 'geometry';

const SUITE_1 = 1;
const CAPACITY_STEP = WIRE_LIMITS.maxVeiledSequence + 1;
const PADDING_PLACE = Buffer.alloc(VEILED_PLACE_BYTES);
const MAX_DATAGRAM_BYTES = HEADER_BYTES + WIRE_LIMITS.maxSymbolBytes + TAG_BYTES;

/** Writes 28 bytes at `offset` of `into`. The caller guarantees the ranges of the fields. */
export function writeDatagramHeader(into: Buffer, offset: number, header: DatagramHeader): void {
  into[offset] = MAGIC;
  into[offset + 1] = FORMAT;
  into[offset + 2] = header.suite;
  into[offset + 3] = (header.kind << 4) | (31 - Math.clz32(header.repairCapacity));
  writeUint32(into, offset + 4, header.session);
  into[offset + 8] = header.lane;
  writeUint48(into, offset + 9, header.counter);
  writeUint48(into, offset + 15, header.sequence);
  into[offset + 21] = header.blockIndex;
  into[offset + 22] = header.blockCount;
  into[offset + 23] = header.symbolIndex;
  writeUint16(into, offset + 24, header.frameBytes >> 8);
  into[offset + 26] = header.frameBytes;
  into[offset + 27] = header.sourceCount;
}

/** Writes what a veiled datagram says in the clear at the start of `into`. */
export function writeVeiledHeader(
  into: Buffer,
  { suite, session, lane, counter }: Pick<DatagramHeader, 'suite' | 'session' | 'lane' | 'counter'>,
): void {
  into[0] = MAGIC;
  into[1] = FORMAT;
  into[2] = suite;
  into[3] = DATAGRAM_KIND.veiled << 4;
  into.writeUInt32BE(session, 4);
  into[8] = lane;
  into.writeUIntBE(counter, 9, 6);
}

/** Writes what it hides of a symbol's place at the start of `into`. `sequence` at most maxVeiledSequence. */
export function writeVeiledPlace(into: Buffer, place: DatagramPlace): void {
  into.writeUIntBE(Math.log2(place.repairCapacity) * CAPACITY_STEP + place.sequence, 0, 6);
  into[6] = place.blockIndex;
  into[7] = place.blockCount;
  into[8] = place.symbolIndex;
  into.writeUIntBE(place.frameBytes, 9, 3);
  into[12] = place.sourceCount;
}

/** What an opened veiled datagram hid; undefined where it is padding. `sealed`: 13 bytes at least, authentic. */
export function readVeiledPlace(sealed: Buffer): DatagramPlace | undefined {
  const sequenceAndCapacity = sealed.readUIntBE(0, 6);
  if (sequenceAndCapacity === 0 && sealed.subarray(0, VEILED_PLACE_BYTES).equals(PADDING_PLACE)) return undefined;
  return {
    sequence: sequenceAndCapacity % CAPACITY_STEP,
    blockIndex: sealed.readUInt8(6),
    blockCount: sealed.readUInt8(7),
    symbolIndex: sealed.readUInt8(8),
    frameBytes: sealed.readUIntBE(9, 3),
    sourceCount: sealed.readUInt8(12),
    repairCapacity: 1 << Math.floor(sequenceAndCapacity / CAPACITY_STEP),
  };
}

/**
 * The kind of a datagram by its first four bytes, or why it is none of ours. Touches nothing beyond them, so foreign
 * traffic costs a few comparisons.
 */
export function datagramKind(bytes: Uint8Array): number | DatagramReason {
  if (bytes.length < HEADER_BYTES + TAG_BYTES) return 'too-short';
  if (bytes.length > MAX_DATAGRAM_BYTES) return 'too-long';
  if (bytes[0] !== MAGIC) return 'magic';
  if (bytes[1] !== FORMAT) return 'format';
  if (bytes[2] !== SUITE_1) return 'suite';
  const kind = (bytes[3] as number) >> 4;
  return kind >= DATAGRAM_KIND.symbol && kind <= DATAGRAM_KIND.calibration ? kind : 'kind';
}

/**
 * The header of a datagram that `datagramKind` accepted and that is no hello. Nothing in it is authentic before the
 * AEAD tag holds; geometry is checked after that, by `datagramGeometry`.
 */
export function readDatagramHeader(bytes: Buffer): DatagramHeader {
  const kindAndCapacity = byteAt(bytes, 3);
  return {
    suite: byteAt(bytes, 2),
    kind: kindAndCapacity >> 4,
    session: uint32At(bytes, 4),
    lane: byteAt(bytes, 8),
    counter: uint48At(bytes, 9),
    sequence: uint48At(bytes, 15),
    blockIndex: byteAt(bytes, 21),
    blockCount: byteAt(bytes, 22),
    symbolIndex: byteAt(bytes, 23),
    frameBytes: uint16At(bytes, 24) * 2 ** 8 + byteAt(bytes, 26),
    sourceCount: byteAt(bytes, 27),
    repairCapacity: 1 << (kindAndCapacity & 0x0f),
  };
}

/**
 * The cut of the frame (or control object) that an authentic datagram of `symbolBytes` plaintext belongs to, or
 * `geometry` where its fields contradict each other or the bounds. Sequence and counter start at 1.
 */
export function datagramGeometry(header: DatagramHeader, symbolBytes: number): FrameGeometry | 'geometry' {
  if (header.kind === DATAGRAM_KIND.control && header.frameBytes > WIRE_LIMITS.maxControlBytes) return 'geometry';
  return symbolGeometry(header, symbolBytes);
}

/** The same of a frame's symbol, hidden or not. */
export function symbolGeometry(header: DatagramPlace, symbolBytes: number): FrameGeometry | 'geometry' {
  const geometry = frameGeometry({ frameBytes: header.frameBytes, symbolBytes, blockCount: header.blockCount });
  if (geometry === undefined || header.blockIndex >= header.blockCount || header.sequence < 1) return 'geometry';
  const { sourceCount, repairCapacity, symbolIndex } = header;
  if (blockPlace(geometry, header.blockIndex).sourceCount !== sourceCount) return 'geometry';
  if (repairCapacity < 2 || sourceCount + repairCapacity > WIRE_LIMITS.maxSymbolsPerBlock) return 'geometry';
  return symbolIndex < sourceCount + repairCapacity ? geometry : 'geometry';
}

// Buffer's own functions check what is known here, at more than the cost of the rest of a header (docs/decisions.md).

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] as number;
}

function uint16At(bytes: Uint8Array, at: number): number {
  return (byteAt(bytes, at) << 8) | byteAt(bytes, at + 1);
}

function uint32At(bytes: Uint8Array, at: number): number {
  return ((uint16At(bytes, at) << 16) | uint16At(bytes, at + 2)) >>> 0;
}

function uint48At(bytes: Uint8Array, at: number): number {
  return uint16At(bytes, at) * 2 ** 32 + uint32At(bytes, at + 2);
}

function writeUint16(into: Uint8Array, at: number, value: number): void {
  into[at] = value >>> 8;
  into[at + 1] = value;
}

function writeUint32(into: Uint8Array, at: number, value: number): void {
  writeUint16(into, at, value >>> 16);
  writeUint16(into, at + 2, value);
}

function writeUint48(into: Uint8Array, at: number, value: number): void {
  writeUint16(into, at, Math.floor(value / 2 ** 32));
  writeUint32(into, at + 2, value);
}
