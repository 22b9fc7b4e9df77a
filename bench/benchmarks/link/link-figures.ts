/**
 * A link beside two sums of its parts: with the cipher at the pace of openssl speed, which carries the target, and with our
 * own sealing and opening of one datagram after another. Pure.
 */
import { type Figure, figure } from '../../support/figure.ts';

export interface LinkRun {
  /** Bytes of frames a second. */
  readonly rate: number;
  readonly senderSecondsPerByte: number;
  readonly receiverSecondsPerByte: number;
  /** Sums, in bytes a second. */
  readonly limit: { readonly openssl: number; readonly own: number };
}

const TARGET = { of: 'ratio', atLeast: 0.7 } as const;

export function linkFigures(way: string, runs: readonly LinkRun[], hasTarget: boolean): readonly Figure[] {
  const unit = 'Gb/s';
  const samples = (of: (run: LinkRun) => number) => runs.map((run) => gigabits(of(run)));
  const sum = { what: 'sum of its parts, openssl speed', samples: samples(({ limit }) => limit.openssl) };
  const ownSum = { what: 'sum of its own parts', samples: samples(({ limit }) => limit.own) };
  const rate = samples((one) => one.rate);
  const reach = samples(reachOf);
  const name = `link.${way}`;
  return [
    figure({ name: `${name}.rate`, unit, samples: rate, limit: sum, ...(hasTarget && { target: TARGET }) }),
    figure({ name: `${name}.rate.beside-own-parts`, unit, samples: rate, limit: ownSum }),
    figure({ name: `${name}.reach`, unit, samples: reach, limit: sum }),
    figure({ name: `${name}.reach.beside-own-parts`, unit, samples: reach, limit: ownSum }),
    figure({ name: `${name}.sender-reach`, unit, samples: samples((one) => 1 / one.senderSecondsPerByte) }),
    figure({ name: `${name}.receiver-reach`, unit, samples: samples((one) => 1 / one.receiverSecondsPerByte) }),
  ];
}

/** Bytes a second by the CPU time of the busier side, as on a core of its own. */
export function reachOf({ senderSecondsPerByte, receiverSecondsPerByte }: LinkRun): number {
  return 1 / Math.max(senderSecondsPerByte, receiverSecondsPerByte);
}

export function gigabits(bytesPerSecond: number): number {
  return (bytesPerSecond * 8) / 1e9;
}
