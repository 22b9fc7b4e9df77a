/**
 * What a serial link does by default, from its speed. A byte takes ten bits on the line (8N1: a start bit, eight, a stop
 * bit), so 9,600 baud are 960 bytes a second, and what takes no time at 50 Mbit/s takes seconds here.
 */
import { RECEIVER_LIMITS, SENDER_LIMITS, WIRE_LIMITS } from '../limits.ts';

/** Speeds that Linux and stty(1) know by name. */
export const BAUDS = [
  1_200, 2_400, 4_800, 9_600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 500_000, 576_000, 921_600, 1_000_000,
  1_152_000, 1_500_000, 2_000_000, 2_500_000, 3_000_000, 3_500_000, 4_000_000,
] as const;

export const DEFAULT_BAUD = 115_200;

export interface SerialDefaults {
  /** In bits of bytes, eight each, as every rate here: start and stop bits are not counted. */
  readonly rateBitsPerSecond: number;
  readonly symbolBytes: number;
  readonly repairPercent: number;
  readonly repeatAfterMs: readonly number[];
  readonly helloIntervalMs: number;
  readonly batchBodyBytes: number;
  /** The receiver's. */
  readonly holdMs: number;
}

const REPAIR_PERCENT = 10;
/** At 38,400 baud a frame of the size below takes about as long as above; slower lines wait longer in proportion. */
const UNSCALED_BAUD = 38_400;
const REPEAT_AFTER_MS = [1_000, 10_000, 60_000] as const;
/** A hello to one receiver takes 1,200 bytes with its repair: 12,000 bits, and at most a fiftieth of the line. */
const HELLO_BITS_TIMES_FIFTY = 600_000;
const MAX_HELLO_INTERVAL_MS = 600_000;
/** Two bytes of body for each bit a second: compressed to a fifth, a frame takes some five seconds, repair included. */
const BODY_BYTES_FOR_A_BAUD = 2;
const MIN_BODY_BYTES = 8_192;

export function serialDefaults(baud: number): SerialDefaults {
  const slowness = Math.max(1, UNSCALED_BAUD / baud);
  const body = Math.max(BODY_BYTES_FOR_A_BAUD * baud, MIN_BODY_BYTES);
  return {
    rateBitsPerSecond: Math.floor((baud * 8) / 10),
    symbolBytes: WIRE_LIMITS.defaultSerialSymbolBytes,
    repairPercent: REPAIR_PERCENT,
    repeatAfterMs: REPEAT_AFTER_MS.map((afterMs) => afterMs * slowness),
    helloIntervalMs: Math.min(
      Math.max(RECEIVER_LIMITS.defaultHelloIntervalMs, Math.ceil((HELLO_BITS_TIMES_FIFTY * 1_000) / baud)),
      MAX_HELLO_INTERVAL_MS,
    ),
    batchBodyBytes: Math.min(body, SENDER_LIMITS.batchBodyBytes),
    holdMs: RECEIVER_LIMITS.holdMs * slowness,
  };
}
