/** This run beside an earlier one (`--compare FILE`, written by `--json`). Pure. */
import type { BenchmarkTable } from './benchmark.ts';
import type { Figure } from './figure.ts';
import { amountText } from './report-text.ts';

/** What is read of an earlier figure. */
export interface EarlierFigure {
  readonly value: number;
  readonly unit: string;
  /** To the limit of its own run. */
  readonly ratio?: number;
}

const HEADS = ['figure', 'now', 'before', 'now / before', 'ratio to its limit', 'before', 'now / before'] as const;

/** What an earlier run wrote. */
export interface EarlierRun {
  /** By name. */
  readonly figures: ReadonlyMap<string, EarlierFigure>;
  readonly machine: RunMachine;
  /** Results that are no figures, as one that is no number is none in JSON. */
  readonly skipped: number;
}

/** What a figure means nothing without, of a run of ours or an earlier one. */
export type RunMachine = Readonly<Partial<Record<(typeof COMPARED)[number] | 'commit', unknown>>>;

const COMPARED = ['cpu', 'cores', 'kernel', 'seed', 'isQuick', 'isProfiled'] as const;

/** Or what is wrong with the text. */
export function readEarlier(text: string): EarlierRun | string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return 'it is no JSON';
  }
  const { results, machine } = (parsed ?? {}) as { results?: unknown; machine?: RunMachine };
  if (!Array.isArray(results)) return 'it has no "results", as --json writes them';
  const figures = new Map<string, EarlierFigure>();
  for (const result of results as (Partial<Record<string, unknown>> | null)[]) {
    const { name, value, unit, ratio } = result ?? {};
    if (typeof name !== 'string' || typeof value !== 'number' || typeof unit !== 'string') continue;
    figures.set(name, { value, unit, ...(typeof ratio === 'number' && { ratio }) });
  }
  if (figures.size === 0 && results.length > 0) return 'none of its results has a name, value and unit';
  return { figures, machine: machine ?? {}, skipped: results.length - figures.size };
}

/** What the two runs are, and in what they differ that figures depend on. */
export function comparisonNotes(machine: RunMachine, { machine: before, skipped }: EarlierRun): readonly string[] {
  const differing = COMPARED.filter((part) => machine[part] !== before[part]);
  return [
    `compared with commit ${before.commit ?? 'unknown'}`,
    ...differing.map((part) => `${part} differs: ${machine[part] ?? 'unknown'}, before ${before[part] ?? 'unknown'}`),
    ...(skipped > 0 ? [`${skipped} results of the earlier run are no figures`] : []),
  ];
}

/** Names that one run has and the other lacks, of one benchmark. */
export function unmatchedNotes(
  benchmark: string,
  figures: readonly Figure[],
  { figures: earlier }: EarlierRun,
): readonly string[] {
  const now = new Set(figures.map(({ name }) => name));
  const gone = [...earlier.keys()].filter((name) => name.startsWith(`${benchmark}.`) && !now.has(name));
  const added = [...now].filter((name) => !earlier.has(name));
  return [
    ...(added.length > 0 ? [`not measured before: ${added.join(', ')}`] : []),
    ...(gone.length > 0 ? [`measured before alone: ${gone.join(', ')}`] : []),
  ];
}

/** Of the figures that both have in one unit; undefined where there is none. Other machines show in values, less in ratios. */
export function comparisonTable(
  figures: readonly Figure[],
  earlier: ReadonlyMap<string, EarlierFigure>,
): BenchmarkTable | undefined {
  const rows = figures.flatMap((now) => {
    const before = earlier.get(now.name);
    return before?.unit === now.unit ? [row(now, before)] : [];
  });
  return rows.length === 0 ? undefined : { heads: HEADS, rows };
}

function row(now: Figure, before: EarlierFigure): string[] {
  const values = [`${amountText(now.value)} ${now.unit}`, amountText(before.value), change(now.value, before.value)];
  if (now.ratio === undefined || before.ratio === undefined) return [now.name, ...values, '', '', ''];
  return [now.name, ...values, amountText(now.ratio), amountText(before.ratio), change(now.ratio, before.ratio)];
}

function change(now: number, before: number): string {
  return before === 0 ? '' : `${amountText(now / before)} ×`;
}
