/** How fast an interface sent, from looks at its counters. Pure. */

export interface WireSample {
  readonly atMs: number;
  /** With Ethernet's header, and nothing else of Ethernet. */
  readonly bytes: number;
  readonly packets: number;
  /** Packets that the peer had no room for; not counted above. */
  readonly dropped: number;
}

/** Preamble, check sequence and gap: the interface does not count them, and the sender's rate does. */
const UNCOUNTED_BYTES = 24;
/** Of what left: before it there are hellos, and a sender that has only just begun. */
const BEGINNING = 0.1;

/** Bits a second on the cable, but for the beginning; 0 where nothing left. */
export function wirePace(samples: readonly WireSample[]): number {
  const [from, to] = [begun(samples), samples.at(-1)];
  if (from === undefined || to === undefined || to.atMs === from.atMs) return 0;
  const bytes = to.bytes - from.bytes + (to.packets - from.packets) * UNCOUNTED_BYTES;
  return (bytes * 8_000) / (to.atMs - from.atMs);
}

/** Since frames leave. */
export function burstSeconds(samples: readonly WireSample[]): number {
  const [from, to] = [begun(samples), samples.at(-1)];
  if (from === undefined || to === undefined) return 0;
  return (to.atMs - from.atMs) / (1 - BEGINNING) / 1_000;
}

function begun(samples: readonly WireSample[]): WireSample | undefined {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  return samples.find(({ bytes }) => bytes > first.bytes + BEGINNING * (last.bytes - first.bytes)) ?? first;
}
