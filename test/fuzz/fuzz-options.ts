/** The command line of `npm run test:fuzz`. */
import { parseArgs } from 'node:util';
import { FUZZ_TARGETS } from './target-list.ts';

export interface FuzzOptions {
  /** All targets together. */
  readonly seconds: number;
  readonly targets: readonly string[];
  /** Replays one input without the engine. */
  readonly inputPath?: string;
  /** Afterwards the committed corpus becomes the fewest inputs that reach all that was reached. */
  readonly isKept: boolean;
}

const USAGE = `Usage: npm run test:fuzz -- [--seconds N] [--target NAME]… [--keep]
       npm run test:fuzz -- --target NAME --input FILE

Coverage-guided fuzzing of every parser of bytes. A failing input is written to test/fuzz/failures/NAME, where npm test
meets it from then on, with the command that replays it.

  --seconds N     for all targets together; 60 where it is left out
  --target NAME   only this one; may stand several times
  --input FILE    runs one input without the engine, to see what it does
  --keep          afterwards test/fuzz/corpus/NAME becomes the fewest inputs that reach all that was reached

Examples:
  npm run test:fuzz -- --seconds 120
  npm run test:fuzz -- --seconds 3600 --keep
  npm run test:fuzz -- --seconds 30 --target hello --target payload

Targets:
${FUZZ_TARGETS.map(({ name, about }) => `  ${name.padEnd(15)} ${about}`).join('\n')}`;

/** A text is what to print instead: help, or what is wrong. */
export function readFuzzOptions(args: readonly string[]): FuzzOptions | string {
  let values: { seconds?: string; target?: string[]; input?: string; keep?: boolean; help?: boolean };
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        seconds: { type: 'string' },
        target: { type: 'string', multiple: true },
        input: { type: 'string' },
        keep: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }));
  } catch (error) {
    return `${(error as Error).message}\n\n${USAGE}`;
  }
  if (values.help) return USAGE;
  const seconds = Number(values.seconds ?? 60);
  if (!Number.isInteger(seconds) || seconds < 1) return `--seconds is a whole number above 0.\n\n${USAGE}`;
  const names = FUZZ_TARGETS.map(({ name }) => name);
  const targets = values.target ?? names;
  const unknown = targets.find((name) => !names.includes(name));
  if (unknown !== undefined) return `There is no target ${unknown}.\n\n${USAGE}`;
  if (values.input !== undefined && targets.length !== 1) return `--input needs one --target.\n\n${USAGE}`;
  return {
    seconds,
    targets,
    isKept: values.keep ?? false,
    ...(values.input !== undefined && { inputPath: values.input }),
  };
}
