/** What the demo shows while it runs: one line that is redrawn on a terminal, a line every few seconds elsewhere. */
import { readStatus } from '../support/diode-pair.ts';
import type { Delivery } from '../workload/delivery.ts';

export interface RelayCounts {
  readonly received: number;
  readonly dropped: number;
  readonly duplicated: number;
  readonly reordered: number;
}

interface ScreenOptions {
  readonly wanted: { readonly deltas: number; readonly good: number; readonly bad: number };
  readonly delivery: Delivery;
  readonly ops: { readonly sender: number; readonly receiver: number };
  readonly relayCounts: () => Promise<RelayCounts>;
}

const PLAIN_EVERY_MS = 2_000;

export class Screen {
  readonly #options: ScreenOptions;
  readonly #startedMs = performance.now();
  #drawnMs = Number.NEGATIVE_INFINITY;
  #lastArrived = 0;
  #lastArrivedMs = this.#startedMs;

  constructor(options: ScreenOptions) {
    this.#options = options;
  }

  async draw(): Promise<void> {
    const nowMs = performance.now();
    if (!process.stdout.isTTY && nowMs - this.#drawnMs < PLAIN_EVERY_MS) return;
    const line = await this.#line(nowMs);
    this.#drawnMs = nowMs;
    process.stdout.write(process.stdout.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
  }

  /** What the run came to, below the last progress line. */
  async finish(): Promise<void> {
    if (process.stdout.isTTY) process.stdout.write('\n');
    const relay = await this.#options.relayCounts();
    const receiver = await readStatus(this.#options.ops.receiver);
    const blocks = numbers(receiver, 'blocks');
    console.log(
      `relay: ${relay.received} datagrams, ${relay.dropped} dropped (${percent(relay.dropped, relay.received)}), ` +
        `${relay.duplicated} duplicated, ${relay.reordered} reordered`,
    );
    console.log(
      `receiver: ${blocks.recovered ?? 0} blocks recovered by FEC (${blocks.recoveredSymbols ?? 0} symbols rebuilt), ` +
        `${blocks.sourceComplete ?? 0} complete without, ${numbers(receiver, 'frames').released ?? 0} frames released`,
    );
  }

  async #line(nowMs: number): Promise<string> {
    const { wanted, delivery, ops } = this.#options;
    const [receiver, relay] = await Promise.all([readStatus(ops.receiver), this.#options.relayCounts()]);
    const { identity, tokens, quarantine } = delivery.counts;
    const arrived = identity + tokens + quarantine;
    const perSecond = ((arrived - this.#lastArrived) * 1000) / Math.max(1, nowMs - this.#lastArrivedMs);
    this.#lastArrived = arrived;
    this.#lastArrivedMs = nowMs;
    const seconds = ((nowMs - this.#startedMs) / 1000).toFixed(1);
    const freshness = numbers(receiver, 'freshness').sinceCreationMs;
    return [
      `${seconds} s`,
      `deltas ${identity}/${wanted.deltas}`,
      `tokens ${tokens}/${wanted.good}`,
      `quarantined ${quarantine}/${wanted.bad}`,
      `${Math.round(perSecond)} records/s`,
      `lost ${percent(relay.dropped, relay.received)}`,
      `recovered ${numbers(receiver, 'blocks').recovered ?? 0} blocks`,
      freshness === undefined ? '' : `fresh ${Math.round(freshness)} ms`,
    ]
      .filter((part) => part !== '')
      .join('  ');
  }
}

/** The object of that name, wherever it stands in the status. */
function numbers(status: Record<string, unknown> | undefined, name: string): Record<string, number | undefined> {
  if (status === undefined) return {};
  const direct = status[name] ?? (status.front as Record<string, unknown> | undefined)?.[name];
  return (direct ?? {}) as Record<string, number | undefined>;
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '0%' : `${((100 * part) / whole).toFixed(1)}%`;
}
