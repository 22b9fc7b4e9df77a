/** What somebody on the connected side could send who saw the traffic and has no key. Pure; seeded. */
import {
  DATAGRAM_KIND,
  datagramKind,
  HEADER_BYTES,
  readDatagramHeader,
  TAG_BYTES,
  writeDatagramHeader,
} from '../../src/wire/datagram.ts';

export const HOSTILE_KINDS = ['replayed', 'bit-flipped', 'forged', 'forged-hello', 'noise'] as const;
export type HostileKind = (typeof HOSTILE_KINDS)[number];

/** Of ten datagrams. */
const SHARES: Readonly<Record<HostileKind, number>> = {
  replayed: 3,
  'bit-flipped': 3,
  forged: 2,
  'forged-hello': 1,
  noise: 1,
};

/** The kinds of ten in a row. */
export function hostileTurn(): readonly HostileKind[] {
  return HOSTILE_KINDS.flatMap((kind) => Array<HostileKind>(SHARES[kind]).fill(kind));
}

/** `count` datagrams made from `seen`, which holds hellos and symbols, in turns of ten. */
export function hostileDatagrams(seen: readonly Buffer[], count: number, random: () => number): readonly Buffer[] {
  const turn = hostileTurn();
  const hellos = seen.filter((datagram) => datagramKind(datagram) === DATAGRAM_KIND.hello);
  const symbols = seen.filter((datagram) => datagramKind(datagram) === DATAGRAM_KIND.symbol);
  const pick = (from: readonly Buffer[]) => from[Math.floor(random() * from.length)] as Buffer;
  const make: Readonly<Record<HostileKind, () => Buffer>> = {
    replayed: () => pick(seen),
    'bit-flipped': () => flipBit(pick(seen), random),
    forged: () => forge(pick(symbols), pick(symbols), random),
    'forged-hello': () => scramble(pick(hellos), 4, random),
    noise: () => scramble(Buffer.alloc(1 + Math.floor(random() * 1_472)), 0, random),
  };
  return Array.from({ length: count }, (_, index) => make[turn[index % turn.length] as HostileKind]());
}

function flipBit(datagram: Buffer, random: () => number): Buffer {
  const flipped = Buffer.from(datagram);
  const bit = Math.floor(random() * flipped.length * 8);
  flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
  return flipped;
}

/** A header that could be the next of its session, so that nothing but the tag can tell; and a frame that is wanted. */
function forge(symbol: Buffer, other: Buffer, random: () => number): Buffer {
  const forged = scramble(symbol, HEADER_BYTES, random);
  const header = readDatagramHeader(symbol);
  const { counter } = readDatagramHeader(other);
  const ahead = 1 + Math.floor(random() * 1_000_000);
  writeDatagramHeader(forged, 0, { ...header, counter: counter + ahead, sequence: header.sequence + ahead });
  return forged;
}

/** Random bytes from `offset` on. */
function scramble(datagram: Buffer, offset: number, random: () => number): Buffer {
  const scrambled = Buffer.from(datagram);
  for (let at = offset; at < scrambled.length; at++) scrambled[at] = Math.floor(random() * 256);
  return scrambled;
}

/** The least that a capture must hold: some of each. */
export function isEnoughSeen(seen: readonly Buffer[]): boolean {
  const kinds = new Set(seen.map((datagram) => datagramKind(datagram)));
  return (
    kinds.has(DATAGRAM_KIND.hello) && kinds.has(DATAGRAM_KIND.symbol) && seen.every(({ length }) => length > TAG_BYTES)
  );
}
