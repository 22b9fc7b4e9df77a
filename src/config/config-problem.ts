/** One thing that is wrong in a config file, and how all of them read together. */
import { OPS_LIMITS } from '../limits.ts';
import { DiodeError } from '../ops/diode-error.ts';

export interface ConfigProblem {
  /** Dotted, such as `link.repeatAfterMs[2]`; empty where the file as a whole is meant. */
  readonly path: string;
  /** From 1; absent where the setting is missing. */
  readonly line?: number;
  /** Completes "the setting …": what was found. */
  readonly seen: string;
  /** A sentence: what to do. */
  readonly cure: string;
}

/** The problems of one config file, the first `maxConfigProblems` by line. `main` prints them; `--json` gives `problems`. */
export class ConfigError extends DiodeError {
  readonly problems: readonly ConfigProblem[];

  constructor(file: string, problems: readonly ConfigProblem[]) {
    const sorted = problems
      .toSorted((a, b) => (a.line ?? Infinity) - (b.line ?? Infinity))
      .slice(0, OPS_LIMITS.maxConfigProblems);
    const heading = `${file} has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:`;
    const lines = sorted.map((problem) => `  ${describe(problem)}`);
    if (sorted.length < problems.length) lines.push(`  … and ${problems.length - sorted.length} more.`);
    super('config-invalid', [heading, ...lines].join('\n'), '');
    this.problems = sorted;
  }
}

function describe({ line, path, seen, cure }: ConfigProblem): string {
  const where = [line === undefined ? '' : `line ${line}`, path].filter((part) => part !== '').join(', ');
  return `${where === '' ? '' : `${where}: `}${seen}. ${cure}`;
}
