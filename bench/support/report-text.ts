/** What a run prints: the table of figures, and the profiles. Pure. */
import type { ProgramProfile } from './benchmark.ts';
import type { Figure, Spread, Target } from './figure.ts';

const COLUMNS = ['figure', 'median', 'from … to', 'limit', 'ratio', 'target', 'met'] as const;

/** A Markdown table, so that it goes into docs/benchmarks.md as it is. */
export function figureTable(figures: readonly Figure[]): string {
  return markdownTable(COLUMNS, figures.map(figureRow));
}

function figureRow({ name, value, unit, spread, limit, limitOf, ratio, ratioSpread, target, met }: Figure): string[] {
  return [
    name,
    `${amountText(value)} ${unit}`,
    range(spread),
    limit === undefined ? '' : `${amountText(limit)} ${unit}, ${limitOf}`,
    ratio === undefined || ratioSpread === undefined ? '' : `${amountText(ratio)} × (${range(ratioSpread)})`,
    target === undefined ? '' : targetText(target, unit),
    met === undefined ? '' : met ? 'yes' : 'no',
  ];
}

export function profileTable({ program, costs, busySeconds, auditSeconds, idleSeconds }: ProgramProfile): string {
  const rows = costs.map(({ place, selfSeconds }) => [
    place,
    `${selfSeconds.toFixed(2)} s`,
    `${((100 * selfSeconds) / busySeconds).toFixed(1)}%`,
  ]);
  const heading = `${program}: busy ${busySeconds.toFixed(2)} s, idle ${idleSeconds.toFixed(2)} s`;
  const table = `${heading}\n\n${markdownTable(['self time of', 'seconds', 'of busy'], rows)}`;
  if (auditSeconds === undefined) return table;
  const share = ((100 * auditSeconds) / busySeconds).toFixed(1);
  return `${table}\n\nAudit log, with all that it calls: ${auditSeconds.toFixed(2)} s, ${share}% of busy.`;
}

export function markdownTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  return [line(heads), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

function range({ min, max }: Spread): string {
  return min === max ? amountText(min) : `${amountText(min)} … ${amountText(max)}`;
}

function targetText({ of, atLeast, atMost }: Target, unit: string): string {
  const suffix = of === 'ratio' ? '×' : unit;
  return [
    atLeast === undefined ? [] : [`≥ ${amountText(atLeast)}`],
    atMost === undefined ? [] : [`≤ ${amountText(atMost)}`],
  ]
    .flat()
    .map((bound) => `${bound} ${suffix}`)
    .join(', ');
}

/** Three digits that matter, thousands apart. */
export function amountText(value: number): string {
  const digits = value === 0 || Math.abs(value) >= 100 ? 0 : 2 - Math.floor(Math.log10(Math.abs(value)));
  return Number(value.toFixed(Math.max(0, digits))).toLocaleString('en-US', { maximumFractionDigits: 10 });
}
