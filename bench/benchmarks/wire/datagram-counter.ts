/** What leaves a sender, as a socket at the far end of the link sees it: encrypted, but its headers are readable. */
import { createSocket } from 'node:dgram';
import { DATAGRAM_KIND } from '../../../src/wire/datagram.ts';

/** Datagrams and their bytes, without the headers below them. */
export interface DatagramCount {
  readonly datagrams: number;
  readonly bytes: number;
}

/** The symbols of one frame, by when they came. */
export interface FrameCount {
  readonly firstPass: DatagramCount;
  readonly repeats: DatagramCount;
}

export interface CountedDatagram {
  readonly atMs: number;
  /** Of a frame; undefined for a hello and what else is no symbol. */
  readonly sequence: number | undefined;
  readonly bytes: number;
}

/** docs/wire-format.md, "Datagram": the kind is the upper half of byte 3, the sequence stands at 15. */
const KIND_OFFSET = 3;
const SEQUENCE_OFFSET = 15;
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

export interface DatagramCounter {
  readonly port: number;
  readonly counted: readonly CountedDatagram[];
  close(): void;
}

/** Listens on loopback. */
export async function openDatagramCounter(): Promise<DatagramCounter> {
  const socket = createSocket('udp4');
  const counted: CountedDatagram[] = [];
  socket.on('message', (datagram) => {
    counted.push({ atMs: performance.now(), sequence: symbolSequence(datagram), bytes: datagram.length });
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(0, '127.0.0.1', resolve);
  });
  socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
  return { port: socket.address().port, counted, close: () => socket.close() };
}

/** Symbols by frame, in sequence. A symbol that comes `repeatAfterMs` or more after its frame's first is a repeat. */
export function countFrames(
  counted: readonly CountedDatagram[],
  repeatAfterMs: number,
): ReadonlyMap<number, FrameCount> {
  const frames = new Map<number, { firstMs: number; firstPass: DatagramCount; repeats: DatagramCount }>();
  const none = { datagrams: 0, bytes: 0 };
  for (const { atMs, sequence, bytes } of counted) {
    if (sequence === undefined) continue;
    const frame = frames.get(sequence) ?? { firstMs: atMs, firstPass: none, repeats: none };
    const pass = atMs - frame.firstMs < repeatAfterMs ? 'firstPass' : 'repeats';
    frames.set(sequence, {
      ...frame,
      [pass]: { datagrams: frame[pass].datagrams + 1, bytes: frame[pass].bytes + bytes },
    });
  }
  return frames;
}

function symbolSequence(datagram: Buffer): number | undefined {
  const isSymbol = (datagram[KIND_OFFSET] ?? 0) >> 4 === DATAGRAM_KIND.symbol;
  return isSymbol ? datagram.readUIntBE(SEQUENCE_OFFSET, 6) : undefined;
}
