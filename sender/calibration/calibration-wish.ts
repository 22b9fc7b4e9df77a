/** What a calibration is to send: as typed, else by the link of the config. Pure. */

import type { SerialSendConfig, UdpSendConfig } from '../../src/config/sender-config.ts';
import { BAUDS } from '../../src/config/serial-defaults.ts';
import { CALIBRATION_LIMITS, WIRE_LIMITS } from '../../src/limits.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import type { SweepWish } from './calibration-plan.ts';

export interface TypedWish {
  /** Megabits a second. */
  readonly from?: number;
  readonly to?: number;
  readonly steps?: number;
  readonly seconds?: number;
  readonly sizes?: readonly number[];
  readonly bursts?: readonly number[];
}

/** Of the interface towards the diode. */
export interface KnownMtu {
  readonly device: string;
  readonly mtuBytes: number;
  readonly symbolBytes: number;
}

const MEGABIT = 1_000_000;
/** From a fifth of the config's rate to twenty times it: 10 Mbit/s to 1 Gbit/s by default. */
const UDP = { below: 5, above: 20, rates: 12, seconds: 2, sizes: [512, 1_408], bursts: [16, 64, 256] } as const;
/** A line has one speed; what it does not carry at less than that is noise. */
const SERIAL = { below: 2, rates: 3, seconds: 10, sizes: [64, 192, 512] } as const;
const MAX_RATE = 100_000_000_000;

/** Throws DiodeError `usage`. */
export function sweepWish(
  typed: TypedWish,
  link: UdpSendConfig | SerialSendConfig,
  mtu: KnownMtu | undefined,
): SweepWish {
  const wish = link.kind === 'udp' ? udpWish(typed, link, mtu) : serialWish(typed, link);
  const { fromBitsPerSecond: from, toBitsPerSecond: to, rates, sizes, bursts } = wish;
  if (from > to)
    throw refusal(
      `The sweep would go down, from ${from / MEGABIT} to ${to / MEGABIT} Mbit/s.`,
      'Swap --from and --to.',
    );
  const steps = rates + sizes.length + bursts.length;
  const { maxSteps } = CALIBRATION_LIMITS;
  if (steps > maxSteps) throw refusal(`These are ${steps} steps.`, `Give ${maxSteps} at most.`);
  return wish;
}

function udpWish(typed: TypedWish, link: UdpSendConfig, mtu: KnownMtu | undefined): SweepWish {
  const { rateBitsPerSecond, symbolBytes } = link;
  const largest = mtu?.symbolBytes ?? WIRE_LIMITS.defaultSymbolBytes;
  const fragmented = [symbolBytes, ...(typed.sizes ?? [])].find((size) => mtu !== undefined && size > mtu.symbolBytes);
  if (mtu !== undefined && fragmented !== undefined) {
    const seen = `The MTU of ${mtu.device} is ${mtu.mtuBytes}: datagrams with symbols of ${fragmented} bytes would be fragmented.`;
    throw refusal(seen, `Up to ${mtu.symbolBytes} fit: set link.symbolBytes or --sizes to that, or raise the MTU.`);
  }
  return {
    fromBitsPerSecond: bits(typed.from) ?? Math.max(1_000, rateBitsPerSecond / UDP.below),
    toBitsPerSecond: bits(typed.to) ?? Math.min(MAX_RATE, rateBitsPerSecond * UDP.above),
    rates: typed.steps ?? UDP.rates,
    seconds: typed.seconds ?? UDP.seconds,
    symbolBytes,
    sizes: typed.sizes ?? [...new Set([...UDP.sizes, largest])].filter((size) => size <= largest),
    bursts: typed.bursts ?? UDP.bursts,
  };
}

function serialWish(typed: TypedWish, { baud, rateBitsPerSecond, symbolBytes }: SerialSendConfig): SweepWish {
  if (typed.bursts !== undefined && typed.bursts.length > 0) {
    throw refusal('A serial line carries one byte after the other: there are no bursts.', 'Leave out --bursts.');
  }
  const to = bits(typed.to) ?? rateBitsPerSecond;
  if (to > rateBitsPerSecond) {
    const next = BAUDS.find((each) => each > baud);
    const seen = `A line of ${baud} baud carries ${rateBitsPerSecond / MEGABIT} Mbit/s, a byte in ten bits.`;
    throw refusal(seen, `Leave out --to${next === undefined ? '' : `, or try link.baud: ${next} on both sides`}.`);
  }
  return {
    fromBitsPerSecond: bits(typed.from) ?? to / SERIAL.below,
    toBitsPerSecond: to,
    rates: typed.steps ?? SERIAL.rates,
    seconds: typed.seconds ?? SERIAL.seconds,
    symbolBytes,
    sizes: typed.sizes ?? SERIAL.sizes,
    bursts: [],
  };
}

function bits(megabits: number | undefined): number | undefined {
  return megabits === undefined ? undefined : Math.round(megabits * MEGABIT);
}

function refusal(seen: string, cure: string): DiodeError {
  return new DiodeError('usage', seen, cure);
}
