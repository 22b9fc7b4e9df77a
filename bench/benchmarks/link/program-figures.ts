/** From the rates that were tried to figures and a table. Pure. */
import type { BenchmarkTable } from '../../support/benchmark.ts';
import { type Figure, figure, spreadOf } from '../../support/figure.ts';
import { allLost } from './burst.ts';
import type { Step } from './program-step.ts';

/** Of one run: every rate that was tried, and the highest one carried. */
export interface Search {
  readonly steps: readonly Step[];
  readonly highest: number | undefined;
}

export interface ProgramRun {
  readonly receiving: Search;
  /** Absent without a Kafka. */
  readonly publishing?: Search | undefined;
  /** Bits a second of a sender whose rate bounds nothing, and nobody receives. */
  readonly alone?: number | undefined;
}

/** Of its rate; below, it is the sender that does not carry it. */
const LEAST_PACE = 0.9;

/** Why a rate was not carried; undefined where it was. */
export function missedFor(step: Step): 'datagrams' | 'frames' | 'pace' | undefined {
  if (allLost(step.lost) > 0) return 'datagrams';
  if (!step.isWhole) return 'frames';
  return step.paceBitsPerSecond < LEAST_PACE * step.rateBitsPerSecond ? 'pace' : undefined;
}

/** `stagesRate`: bits a second on the cable of the stages alone, `cut`; one, since they ran before all of these. */
export function programFigures(runs: readonly ProgramRun[], stagesRate: number): readonly Figure[] {
  const stages = { what: 'median of cut.reach, on the cable', samples: runs.map(() => megabits(stagesRate)) };
  const of = (name: string, rates: readonly number[], limit = stages) =>
    rates.length === runs.length
      ? [figure({ name: `link.programs.${name}`, unit: 'Mbit/s', samples: rates.map(megabits), limit })]
      : [];
  const receiving = runs.map((run) => run.receiving);
  const publishing = runs.flatMap((run) => run.publishing ?? []);
  const alone = runs.flatMap((run) => run.alone ?? []);
  const top = receiving.map(topStep);
  const configured = { what: 'configured', samples: top.map((step) => megabits(step.rateBitsPerSecond)) };
  const highest = (search: Search) => search.highest ?? 0;
  const pace = (step: Step) => step.paceBitsPerSecond;
  return [
    ...of('receive-rate', receiving.map(highest)),
    ...of('receive-rate.publishing', publishing.map(highest)),
    ...of('paced', top.map(pace), configured),
    ...of('send-rate', alone),
  ];
}

/** A row for each rate, medians of its steps. */
export function programTable(runs: readonly ProgramRun[]): BenchmarkTable {
  const heads = [
    ...['receiver', 'configured', 'carried', 'sent, Mbit/s', 'of configured', 'lost: socket', 'interface', 'program'],
    ...['not carried for', 'records published', 'cores: sender', 'receiver'],
  ];
  const kinds = [
    { kind: 'no Kafka', steps: runs.flatMap(({ receiving }) => receiving.steps) },
    { kind: 'publishing', steps: runs.flatMap(({ publishing }) => publishing?.steps ?? []) },
  ];
  return { heads, rows: kinds.flatMap(({ kind, steps }) => rows(kind, steps)) };
}

function rows(kind: string, steps: readonly Step[]): readonly (readonly string[])[] {
  const rates = [...new Set(steps.map(({ rateBitsPerSecond }) => rateBitsPerSecond))].sort((a, b) => a - b);
  return rates.map((rate) => {
    const tried = steps.filter(({ rateBitsPerSecond }) => rateBitsPerSecond === rate);
    const median = (of: (step: Step) => number) => spreadOf(tried.map(of)).median;
    const missed = [...new Set(tried.map(missedFor))].filter((why) => why !== undefined);
    const pace = median(({ paceBitsPerSecond }) => paceBitsPerSecond);
    return [
      kind,
      `${megabits(rate)}`,
      `${tried.filter((step) => missedFor(step) === undefined).length} of ${tried.length}`,
      megabits(pace).toFixed(0),
      `${((100 * pace) / rate).toFixed(1)}%`,
      ...(['socket', 'interface', 'program'] as const).map((place) => count(median(({ lost }) => lost[place]))),
      missed.join(', '),
      count(median(({ published }) => published)),
      ...(['sender', 'receiver'] as const).map((side) => median(({ cores }) => cores[side]).toFixed(2)),
    ];
  });
}

export function stepText(step: Step): string {
  const why = missedFor(step);
  const kept = `${megabits(step.paceBitsPerSecond).toFixed(0)} Mbit/s sent`;
  return `${kept}, ${count(allLost(step.lost))} datagrams of ${count(step.datagrams)} lost${why ? `: not carried (${why})` : ''}`;
}

/** A frame lost at the lowest rate is wrong; elsewhere it is an answer. */
export function faultsOf(runs: readonly ProgramRun[], rates: readonly number[]): readonly string[] {
  const lowest = Math.min(...rates);
  return runs
    .flatMap(({ receiving, publishing }) => [...receiving.steps, ...(publishing?.steps ?? [])])
    .filter(({ rateBitsPerSecond, isWhole }) => rateBitsPerSecond === lowest && !isWhole)
    .map((step) => `frames are missing at ${megabits(lowest)} Mbit/s: ${stepText(step)}`);
}

/** Of the highest rate that was carried, or the lowest that was not. */
function topStep({ steps, highest }: Search): Step {
  const rate = highest ?? Math.min(...steps.map(({ rateBitsPerSecond }) => rateBitsPerSecond));
  return steps.find(({ rateBitsPerSecond }) => rateBitsPerSecond === rate) as Step;
}

function megabits(bitsPerSecond: number): number {
  return bitsPerSecond / 1e6;
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
