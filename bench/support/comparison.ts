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

/** By name; or what is wrong with the text. */
export function readEarlier(text: string): ReadonlyMap<string, EarlierFigure> | string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return 'it is no JSON';
  }
  const results = (parsed as { results?: unknown } | null)?.results;
  if (!Array.isArray(results)) return 'it has no "results", as --json writes them';
  const figures = new Map<string, EarlierFigure>();
  for (const result of results as (Partial<Record<string, unknown>> | null)[]) {
    const { name, value, unit, ratio } = result ?? {};
    if (typeof name !== 'string' || typeof value !== 'number' || typeof unit !== 'string') {
      return 'one of its results has no name, value or unit';
    }
    figures.set(name, { value, unit, ...(typeof ratio === 'number' && { ratio }) });
  }
  return figures;
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
