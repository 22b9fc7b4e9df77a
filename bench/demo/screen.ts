/** What the demo shows while it runs: one line that is redrawn on a terminal, a line every few seconds elsewhere. */
import type { ReceiverStatus } from '../../receiver/ops/receiver-status.ts';
import { readMetric, readStatus } from '../support/diode-pair.ts';
import type { Delivery } from '../workload/delivery.ts';
import { type DemoLink, percent } from './demo-link.ts';

interface ScreenOptions {
  readonly wanted: { readonly deltas: number; readonly good: number; readonly bad: number };
  readonly delivery: Delivery;
  readonly ops: { readonly sender: number; readonly receiver: number };
  readonly link: Pick<DemoLink, 'spoiled' | 'summary'>;
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
    console.log(await this.#options.link.summary());
    const receiver = await readStatus<ReceiverStatus>(this.#options.ops.receiver);
    if (receiver === undefined) return;
    const { blocks, frames, recoveredSymbols } = receiver.intake;
    console.log(
      `receiver: ${blocks.recovered} blocks recovered by FEC (${recoveredSymbols} symbols rebuilt), ` +
        `${blocks['source-complete']} complete without, ${frames.released ?? 0} frames released in order`,
    );
  }

  async #line(nowMs: number): Promise<string> {
    const { wanted, delivery, ops } = this.#options;
    const [receiver, spoiled, freshnessSeconds] = await Promise.all([
      readStatus<ReceiverStatus>(ops.receiver),
      this.#options.link.spoiled(),
      readMetric(ops.receiver, 'diode_receiver_last_freshness_seconds'),
    ]);
    const { identity, tokens, quarantine } = delivery.counts;
    const arrived = identity + tokens + quarantine;
    const perSecond = ((arrived - this.#lastArrived) * 1000) / Math.max(1, nowMs - this.#lastArrivedMs);
    this.#lastArrived = arrived;
    this.#lastArrivedMs = nowMs;
    const seconds = ((nowMs - this.#startedMs) / 1000).toFixed(1);
    return [
      `${seconds} s`,
      `deltas ${identity}/${wanted.deltas}`,
      `tokens ${tokens}/${wanted.good}`,
      `quarantined ${quarantine}/${wanted.bad}`,
      `${Math.round(perSecond)} records/s`,
      `lost ${percent(spoiled.part, spoiled.whole)}`,
      `recovered ${receiver?.intake.blocks.recovered ?? 0} blocks`,
      freshnessSeconds === undefined ? '' : `fresh ${Math.round(freshnessSeconds * 1000)} ms`,
    ]
      .filter((part) => part !== '')
      .join('  ');
  }
}
