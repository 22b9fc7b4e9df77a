/** The counters of the intake, by outcome. */
import { type BlockSample, DATAGRAM_OUTCOMES, type DatagramOutcome } from './assembler.ts';
import { CONTROL_OUTCOMES, type ControlOutcome } from './control-desk.ts';
import { HELLO_OUTCOMES, type HelloOutcome } from './hello-desk.ts';
import type { FrameOutcome } from './intake-observer.ts';

export class IntakeCounters {
  readonly datagrams = zeros(DATAGRAM_OUTCOMES);
  readonly hellos = zeros(HELLO_OUTCOMES);
  readonly controls = zeros(CONTROL_OUTCOMES);
  readonly frames: Partial<Record<FrameOutcome, number>> = {};
  readonly blocks = zeros(['source-complete', 'recovered', 'failed', 'evicted']);
  datagramBytes = 0;
  recalledDatagrams = 0;
  recoveredSymbols = 0;

  countDatagram(outcome: DatagramOutcome): void {
    this.datagrams[outcome]++;
  }

  countHello(outcome: HelloOutcome): void {
    this.hellos[outcome]++;
  }

  countControl(outcome: ControlOutcome): void {
    this.controls[outcome]++;
  }

  countFrame(outcome: FrameOutcome, count = 1): void {
    this.frames[outcome] = (this.frames[outcome] ?? 0) + count;
  }

  countBlock(sample: BlockSample): void {
    this.blocks[sample.outcome]++;
    if (sample.outcome === 'recovered') this.recoveredSymbols += sample.missingSymbols;
  }
}

/** A counter of each name. */
export function zeros<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
}
