/**
 * A one-way link that misbehaves as its seed says. Faults come in a fixed order, and each draws its numbers whether it
 * strikes or not, so that a change of one option leaves the others' luck as it was:
 *
 *   datagram ─► outage ─► burst (Gilbert–Elliott) ─► drop ─► corrupt ─► delay ─► reorder ─► duplicate ─► forge
 */
import { HEADER_BYTES } from '../../src/wire/datagram.ts';
import type { Random } from './random.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface LinkFaults {
  /** Lost, each by itself. */
  readonly drop: number;
  /** Gilbert–Elliott: chances to enter and to leave the bad state, and loss in it. */
  readonly burstEnter: number;
  readonly burstLeave: number;
  readonly burstDrop: number;
  /** One to eight bits changed. */
  readonly corrupt: number;
  /** Held back by up to this, on top of the link's delay. */
  readonly reorder: number;
  readonly reorderMs: number;
  readonly duplicate: number;
  /** Something that nobody sent comes along. */
  readonly forge: number;
}

export const NO_FAULTS: LinkFaults = {
  drop: 0,
  burstEnter: 0,
  burstLeave: 1,
  burstDrop: 0,
  corrupt: 0,
  reorder: 0,
  reorderMs: 0,
  duplicate: 0,
  forge: 0,
};

/** What came out. `original` is what the sender sent, where it is that and nothing else. */
export interface Delivery {
  readonly bytes: Buffer;
  readonly original: Buffer | undefined;
}

const DELAY_MS = 0.2;

export class LossyLink {
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #deliver: (delivery: Delivery) => void;
  readonly #counts = { sent: 0, outage: 0, burst: 0, drop: 0, corrupt: 0, reorder: 0, duplicate: 0, forge: 0 };
  #isBurst = false;
  faults: LinkFaults = NO_FAULTS;
  /** The cable is out. */
  isDown = false;

  constructor(time: VirtualTime, random: Random, deliver: (delivery: Delivery) => void) {
    this.#time = time;
    this.#random = random;
    this.#deliver = deliver;
  }

  /** Takes the buffer over. */
  send(original: Buffer): void {
    const { faults } = this;
    this.#counts.sent++;
    const isBurstLoss = this.#burst();
    const isDropped = this.#random.chance(faults.drop);
    const corrupted = this.#corrupted(original);
    const delayMs = DELAY_MS + this.#reorderMs();
    const duplicateMs = this.#random.chance(faults.duplicate) ? this.#random.fraction() * 50 : this.#random.next() * 0;
    const forged = this.#forged(original);
    if (forged !== undefined) this.#arrive(delayMs, { bytes: forged, original: undefined }, 'forge');
    if (this.isDown) this.#counts.outage++;
    else if (isBurstLoss) this.#counts.burst++;
    else if (isDropped) this.#counts.drop++;
    else if (corrupted !== undefined) this.#arrive(delayMs, { bytes: corrupted, original: undefined }, 'corrupt');
    else {
      this.#arrive(delayMs, { bytes: Buffer.from(original), original });
      if (duplicateMs > 0) this.#arrive(delayMs + duplicateMs, { bytes: Buffer.from(original), original }, 'duplicate');
    }
  }

  get counts(): Readonly<Record<string, number>> {
    return this.#counts;
  }

  #burst(): boolean {
    const { burstEnter, burstLeave, burstDrop } = this.faults;
    this.#isBurst = this.#random.chance(this.#isBurst ? 1 - burstLeave : burstEnter);
    return this.#random.chance(burstDrop) && this.#isBurst;
  }

  #corrupted(original: Buffer): Buffer | undefined {
    const isCorrupt = this.#random.chance(this.faults.corrupt);
    const bits = this.#random.integer(1, 8);
    const random = this.#random.fork();
    if (!isCorrupt) return undefined;
    const bytes = Buffer.from(original);
    for (let flipped = 0; flipped < bits; flipped++) {
      const at = random.integer(0, bytes.length - 1);
      bytes[at] = (bytes[at] as number) ^ (1 << random.integer(0, 7));
    }
    return bytes.equals(original) ? undefined : bytes;
  }

  #reorderMs(): number {
    const isReordered = this.#random.chance(this.faults.reorder);
    const delayMs = this.#random.fraction() * this.faults.reorderMs;
    if (isReordered) this.#counts.reorder++;
    return isReordered ? delayMs : 0;
  }

  /** Noise, a datagram of another session, or one of this session with a counter far ahead: whoever taps the link can. */
  #forged(original: Buffer): Buffer | undefined {
    const isForged = this.#random.chance(this.faults.forge);
    const kind = this.#random.integer(0, 4);
    const random = this.#random.fork();
    if (!isForged) return undefined;
    if (kind === 0) return random.bytes(random.integer(0, 200));
    const bytes = Buffer.from(original);
    if (kind === 1) random.bytes(4).copy(bytes, 4);
    else if (kind === 2) bytes.writeUIntBE(2 ** 40 + random.next(), 9, 6);
    else if (kind === 3) bytes.writeUIntBE(random.integer(1, 2 ** 20), 15, 6);
    else random.bytes(bytes.length - HEADER_BYTES).copy(bytes, HEADER_BYTES);
    return bytes;
  }

  #arrive(delayMs: number, delivery: Delivery, count?: 'forge' | 'corrupt' | 'duplicate'): void {
    if (count !== undefined) this.#counts[count]++;
    this.#time.after(delayMs, () => this.#deliver(delivery));
  }
}
