/** A measured figure beside the limit of the same run, and whether it meets its target. Pure. */

/** A floor or a ceiling, of the value itself or of its ratio to the limit. */
export interface Target {
  readonly of: 'value' | 'ratio';
  readonly atLeast?: number;
  readonly atMost?: number;
}

export interface Measurement {
  /** Begins with the benchmark's name and a dot. */
  readonly name: string;
  readonly unit: string;
  /** One a run, in the order of the runs; at least one. */
  readonly samples: readonly number[];
  /** What bounds the figure, measured in the same run. As many samples: each is paired with that of its run. */
  readonly limit?: { readonly what: string; readonly samples: readonly number[] };
  readonly target?: Target;
}

/** Least, median and greatest of the runs. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** One line of the table, and one entry of `results` in the JSON. Values are medians. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly runs: readonly number[];
  readonly spread: Spread;
  readonly limit?: number;
  readonly limitOf?: string;
  readonly ratio?: number;
  readonly ratioSpread?: Spread;
  readonly target?: Target;
  readonly met?: boolean;
}

export function spreadOf(samples: readonly number[]): Spread {
  // `sort` would leave one that is no number at an edge, where no median sees it.
  if (samples.some(Number.isNaN)) return { min: Number.NaN, median: Number.NaN, max: Number.NaN };
  const sorted = [...samples].sort((a, b) => a - b);
  const [min, max] = [sorted[0], sorted.at(-1)];
  if (min === undefined || max === undefined) throw new Error('a figure without samples');
  const middle = (sorted.length - 1) / 2;
  const lower = sorted[Math.floor(middle)] as number;
  const upper = sorted[Math.ceil(middle)] as number;
  return { min, median: (lower + upper) / 2, max };
}

/** Of a quick run, whose sizes are not those that a target was set for. */
export function withoutTarget({ target: _target, met: _met, ...rest }: Figure): Figure {
  return rest;
}

/** Of a report: a figure that is no number, or one beside a limit that is none, is wrong, and must not pass as slow. */
export function withFigureFaults<
  Report extends { readonly figures: readonly Figure[]; readonly faults: readonly string[] },
>(report: Report): Report {
  const odd = report.figures.filter(
    ({ runs, limit = 1, ratio = 1 }) => ![...runs, limit, ratio].every(Number.isFinite),
  );
  return { ...report, faults: [...report.faults, ...odd.map(({ name }) => `${name} or its limit is no number`)] };
}

/** Ratios are taken run by run, so that a machine that slows down between two runs does not enter them. */
export function figure({ name, unit, samples, limit, target }: Measurement): Figure {
  const spread = spreadOf(samples);
  if (limit !== undefined && limit.samples.length !== samples.length) {
    throw new Error(`${name}: ${samples.length} runs and ${limit.samples.length} limits`);
  }
  const ratioSpread = limit && spreadOf(samples.map((sample, run) => sample / (limit.samples[run] as number)));
  const judged = target?.of === 'ratio' ? ratioSpread?.median : spread.median;
  return {
    name,
    value: spread.median,
    unit,
    runs: samples,
    spread,
    ...(limit && ratioSpread
      ? { limit: spreadOf(limit.samples).median, limitOf: limit.what, ratio: ratioSpread.median, ratioSpread }
      : {}),
    ...(target ? { target, met: judged !== undefined && meets(judged, target) } : {}),
  };
}

function meets(value: number, { atLeast, atMost }: Target): boolean {
  return value >= (atLeast ?? Number.NEGATIVE_INFINITY) && value <= (atMost ?? Number.POSITIVE_INFINITY);
}
