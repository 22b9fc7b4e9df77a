/** What share of the capacity that was used came out as payload, beside what an erasure channel carries at most. Pure. */
import { type Figure, figure } from '../../support/figure.ts';

export interface Goodput {
  /** Chance of each datagram to be lost. */
  readonly loss: number;
  /** Compressed records of frames that the other side could put together. */
  readonly deliveredBytes: number;
  /** Of datagrams, lost or not: capacity is used by sending. */
  readonly usedBytes: number;
}

/** The capacity of a channel that loses each datagram by itself, for each byte sent: 1 − loss (Shannon, Elias). */
export function goodputFigure(name: string, { loss, deliveredBytes, usedBytes }: Goodput): Figure {
  return figure({
    name,
    unit: '%',
    samples: [(deliveredBytes / usedBytes) * 100],
    limit: { what: 'Shannon: 1 − loss', samples: [(1 - loss) * 100] },
  });
}
