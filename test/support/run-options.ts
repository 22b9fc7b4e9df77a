/** The command line of the long runs: `--name NUMBER`, all whole, each with a default and bounds. */
import { parseArgs } from 'node:util';

export interface NumberOption {
  readonly byDefault: number;
  readonly min: number;
  readonly max: number;
}

/** The values; ends the process with 2 and the usage where they are wrong, with 0 for --help. */
export function readRunOptions<N extends string>(
  usage: string,
  options: Readonly<Record<N, NumberOption>>,
): Readonly<Record<N, number>> {
  const names = Object.keys(options) as N[];
  const known = Object.fromEntries(names.map((name) => [name, { type: 'string' } as const]));
  try {
    const { values } = parseArgs({ options: { ...known, help: { type: 'boolean' } } });
    if (values.help === true) end(usage, 0);
    return Object.fromEntries(
      names.map((name) => [
        name,
        wholeNumber(name, (values as Readonly<Record<string, unknown>>)[name], options[name]),
      ]),
    ) as never;
  } catch (error) {
    return end(`${(error as Error).message}\n\n${usage}`, 2);
  }
}

function wholeNumber(name: string, text: unknown, { byDefault, min, max }: NumberOption): number {
  const value = text === undefined ? byDefault : Number(text);
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
  throw new Error(`--${name} takes a whole number from ${min} to ${max}, not ${text}.`);
}

function end(text: string, code: number): never {
  (code === 0 ? console.log : console.error)(text);
  process.exit(code);
}
