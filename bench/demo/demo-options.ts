import { parseArgs } from 'node:util';

export interface DemoOptions {
  readonly deltas: number;
  readonly tokens: number;
  readonly loss: number;
  readonly seed: number;
  readonly rateBitsPerSecond: number;
  readonly keep: boolean;
}

const USAGE = `npm run demo -- [--deltas 10000] [--tokens 1000] [--loss 0.03] [--seed 1] [--rate 50000000] [--keep]

  --deltas N    identity records to carry, 1 to 1000000
  --tokens N    JWTs to carry, one in twenty of them bad, 0 to 100000
  --loss F      fraction of datagrams that the relay drops, 0 to 0.5
  --seed N      makes the same people, changes and losses again
  --rate N      bits per second on the wire, at least 1000000
  --keep        leave directories and logs behind`;

/** The options, or the text that says how to write them. */
export function readDemoOptions(args: readonly string[]): DemoOptions | string {
  let values: Record<string, string | boolean | undefined>;
  try {
    const text = { type: 'string' } as const;
    const options = { deltas: text, tokens: text, loss: text, seed: text, rate: text } as const;
    values = parseArgs({ args: [...args], options: { ...options, keep: { type: 'boolean' } } }).values;
  } catch (error) {
    return `${(error as Error).message}\n\n${USAGE}`;
  }
  const deltas = number(values.deltas, 10_000, [1, 1_000_000]);
  const tokens = number(values.tokens, 1_000, [0, 100_000]);
  const loss = number(values.loss, 0.03, [0, 0.5], 'fraction');
  const seed = number(values.seed, 1, [0, 2 ** 32 - 1]);
  const rateBitsPerSecond = number(values.rate, 50_000_000, [1_000_000, 100_000_000_000]);
  if (![deltas, tokens, loss, seed, rateBitsPerSecond].every((value) => value !== undefined)) return USAGE;
  return { deltas, tokens, loss, seed, rateBitsPerSecond, keep: values.keep === true } as DemoOptions;
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
