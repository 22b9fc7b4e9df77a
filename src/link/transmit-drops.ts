/**
 * What this machine lost of what it sends, behind the socket: in the queue of the interface (tc-stats(8)) and at the interface
 * itself (rtnl_link_stats64). `send` hears of neither; a filter on the way out (nftables) counts nowhere here.
 */
import { readFileSync } from 'node:fs';
import { readInterfaceCounter } from './interface-counters.ts';
import type { SendDrops } from './link.ts';
import type { UdpAddon } from './udp-addon.ts';
import { isUnanswered } from './unanswered-neighbour.ts';

export class TransmitDrops {
  readonly #name: string;
  readonly #address: string;
  readonly #queue: RisingCount;
  readonly #interface: RisingCount;
  #sum = 0;
  #roseMs: number | undefined;

  /** Counts from now on. Without an addon nobody asks the kernel about queues. */
  constructor(name: string, address: string, addon: Pick<UdpAddon, 'queueDrops'> | undefined) {
    this.#name = name;
    this.#address = address;
    this.#queue = new RisingCount(() => {
      const index = readInterfaceCounter(name, 'ifindex');
      return index === undefined ? undefined : addon?.queueDrops?.(index);
    });
    this.#interface = new RisingCount(() => {
      // tx_errors holds tx_carrier_errors and the other kinds.
      const [dropped, errors] = ['tx_dropped', 'tx_errors'].map((of) => readInterfaceCounter(name, `statistics/${of}`));
      return dropped === undefined || errors === undefined ? undefined : dropped + errors;
    });
  }

  /** Some microseconds each time. */
  read(): SendDrops {
    const counts = { interfaceName: this.#name, queue: this.#queue.total(), interface: this.#interface.total() };
    const sum = (counts.queue ?? 0) + (counts.interface ?? 0);
    if (sum > this.#sum) this.#roseMs = performance.now();
    this.#sum = sum;
    return {
      ...counts,
      ...(this.#roseMs !== undefined && { seenAgeMs: performance.now() - this.#roseMs }),
      ...(isUnanswered(neighbours(), this.#address, this.#name) && { unanswered: this.#address }),
    };
  }
}

function neighbours(): string {
  try {
    return readFileSync('/proc/net/arp', 'latin1');
  } catch {
    return '';
  }
}

/** Follows a counter that begins anew when its interface or queue does. */
class RisingCount {
  readonly #read: () => number | undefined;
  #last: number | undefined;
  #total = 0;

  constructor(read: () => number | undefined) {
    this.#read = read;
    this.#last = read();
  }

  /** Since it was made; undefined as long as it could not be read. */
  total(): number | undefined {
    const now = this.#read();
    if (now !== undefined) {
      if (this.#last !== undefined) this.#total += now < this.#last ? now : now - this.#last;
      this.#last = now;
    }
    return this.#last === undefined ? undefined : this.#total;
  }
}
