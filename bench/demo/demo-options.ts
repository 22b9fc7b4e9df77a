import { parseArgs } from 'node:util';
import { BAUDS } from '../../src/config/serial-defaults.ts';

const LINKS = ['udp', 'serial', 'media'] as const;
export type DemoLinkKind = (typeof LINKS)[number];

/** A serial line carries a hundredth of what the loopback does, so there is less to carry. */
const DEFAULTS = {
  udp: { deltas: 10_000, tokens: 1_000 },
  serial: { deltas: 2_000, tokens: 100 },
  media: { deltas: 10_000, tokens: 1_000 },
} as const;

export interface DemoOptions {
  readonly link: DemoLinkKind;
  readonly deltas: number;
  readonly tokens: number;
  readonly loss: number;
  readonly seed: number;
  readonly rateBitsPerSecond: number;
  /** Of a serial line. */
  readonly baud: number;
  readonly keep: boolean;
}

const USAGE = `npm run demo -- [--link udp] [--deltas 10000] [--tokens 1000] [--loss 0.03] [--seed 1] [--rate 50000000] [--keep]

  --link KIND   udp; serial: a serial line, played over pseudo-terminals (Linux with socat); media: bundles on sticks,
                of which one in three is lost
  --deltas N    identity records to carry, 1 to 1000000; over a serial line 2000 by default
  --tokens N    JWTs to carry, one in twenty of them bad, 0 to 100000; over a serial line 100 by default
  --loss F      fraction of datagrams that the relay drops or the noise spoils, 0 to 0.5
  --seed N      makes the same people, changes and losses again
  --rate N      UDP: bits per second on the wire, at least 1000000
  --baud N      serial: speed of the line, ${BAUDS[0]} to ${BAUDS.at(-1)}; 921600 by default
  --keep        leave directories and logs behind`;

/** The options, or the text that says how to write them. */
export function readDemoOptions(args: readonly string[]): DemoOptions | string {
  let values: Record<string, string | boolean | undefined>;
  try {
    const text = { type: 'string' } as const;
    const options = { deltas: text, tokens: text, loss: text, seed: text, rate: text, link: text, baud: text } as const;
    values = parseArgs({ args: [...args], options: { ...options, keep: { type: 'boolean' } } }).values;
  } catch (error) {
    return `${(error as Error).message}\n\n${USAGE}`;
  }
  const link = LINKS.find((kind) => kind === (values.link ?? 'udp'));
  if (link === undefined) return USAGE;
  const deltas = number(values.deltas, DEFAULTS[link].deltas, [1, 1_000_000]);
  const tokens = number(values.tokens, DEFAULTS[link].tokens, [0, 100_000]);
  const loss = number(values.loss, 0.03, [0, 0.5], 'fraction');
  const seed = number(values.seed, 1, [0, 2 ** 32 - 1]);
  const rateBitsPerSecond = number(values.rate, 50_000_000, [1_000_000, 100_000_000_000]);
  const baud = number(values.baud, 921_600, [BAUDS[0], BAUDS[BAUDS.length - 1] as number]);
  if (!(BAUDS as readonly (number | undefined)[]).includes(baud)) return USAGE;
  if (![deltas, tokens, loss, seed, rateBitsPerSecond].every((value) => value !== undefined)) return USAGE;
  return { link, baud, deltas, tokens, loss, seed, rateBitsPerSecond, keep: values.keep === true } as DemoOptions;
}

function number(
  text: string | boolean | undefined,
  byDefault: number,
  [min, max]: readonly [number, number],
  kind: 'whole' | 'fraction' = 'whole',
): number | undefined {
  const value = text === undefined ? byDefault : Number(text);
  const isKind = kind === 'fraction' ? Number.isFinite(value) : Number.isSafeInteger(value);
  return isKind && value >= min && value <= max ? value : undefined;
}
