/**
 * Whether what comes over a serial line is understood. Silence is link-watch.ts's; here bytes do come, and either none of
 * them have a datagram's form, since the two ends differ in speed or the line is noise, or what should be authentic is not,
 * since it is another sender's. Noise on a line that works spoils some datagrams, and never so many in a row.
 */
import { SERIAL_LIMITS } from '../../src/limits.ts';

/** `bytes` since the last datagram that had the form of one; `foreign` datagrams since the last authentic one. */
export type LineEvent =
  | { readonly kind: 'garbled'; readonly bytes: number; readonly foreign: number }
  | { readonly kind: 'clear' };

export interface LineWatchStatus {
  readonly isGarbled: boolean;
  readonly bytes: number;
  readonly foreign: number;
}

/**
 * `authentic`: its tag, or a hello's MAC, holds. `foreign`: it should hold and does not. `formed`: it cannot be told yet, as
 * before a first hello. `noise`: it has not the form of a datagram.
 */
export type DatagramForm = 'authentic' | 'foreign' | 'formed' | 'noise';

export class LineWatch {
  readonly #events: LineEvent[] = [];
  #bytes = 0;
  #foreign = 0;
  #isGarbled = false;
  /** On a link that tells of bytes: on others forged datagrams are counted, and are nobody's cable. */
  #isLine = false;

  handleBytes(count: number): void {
    this.#isLine = true;
    this.#bytes += count;
    this.#judge();
  }

  handleDatagram(form: DatagramForm): void {
    if (form === 'noise' || !this.#isLine) return;
    this.#bytes = 0;
    if (form === 'foreign') {
      this.#foreign++;
      this.#judge();
    }
    if (form !== 'authentic') return;
    this.#foreign = 0;
    if (!this.#isGarbled) return;
    this.#isGarbled = false;
    this.#tell({ kind: 'clear' });
  }

  poll(): LineEvent | undefined {
    return this.#events.shift();
  }

  get status(): LineWatchStatus {
    return { isGarbled: this.#isGarbled, bytes: this.#bytes, foreign: this.#foreign };
  }

  #judge(): void {
    const { garbledBytes, foreignDatagrams } = SERIAL_LIMITS;
    if (this.#isGarbled || (this.#bytes < garbledBytes && this.#foreign < foreignDatagrams)) return;
    this.#isGarbled = true;
    this.#tell({ kind: 'garbled', bytes: this.#bytes, foreign: this.#foreign });
  }

  #tell(event: LineEvent): void {
    // A change and its end at most, where nobody polls.
    if (this.#events.length >= 2) this.#events.shift();
    this.#events.push(event);
  }
}
