/** A calibration as a chart: what arrived of each rate, what was lost and where, and how long the runs of losses were. Pure. */
import { rateText } from '../../src/cli/calibration-text.ts';
import type { ChartOption } from '../../src/cli/svg-chart.ts';
import { type Advice, bestOf, ladderOf, rateOf } from './calibration-advice.ts';
import type { LossPlaces } from './calibration-places.ts';
import type { StepMeasure } from './calibration-tally.ts';

export const CHART_SIZE = { width: 900, height: 900 } as const;

const PLACES: readonly (readonly [keyof LossPlaces, string, string])[] = [
  ['before', 'before this machine', '#c0392b'],
  ['interface', 'at the interface', '#e67e22'],
  ['backlog', 'in a core’s backlog', '#d4ac0d'],
  ['between', 'between interface and socket', '#8e44ad'],
  ['socket', 'at the socket', '#16a085'],
  ['line', 'spoiled on the line', '#7f8c8d'],
  ['elsewhere', 'not known where', '#555555'],
];
const BLUE = '#1f5fa8';
/** Without a browser the width of letters is a guess: room for a wrong one. */
const LEGEND = { itemGap: 40, itemWidth: 16 } as const;
const GRIDS = [
  { top: 70, height: 210, left: 80, right: 40 },
  { top: 370, height: 190, left: 80, right: 40 },
  { top: 670, height: 160, left: 80, right: 40 },
];

export function calibrationChart(measures: readonly StepMeasure[], advice: Advice): ChartOption {
  const steps = bestOf(measures);
  const ladder = ladderOf(steps);
  const rates = ladder.map((step) => rateText(rateOf(step)));
  const places = PLACES.filter(([place]) => ladder.some((step) => step.places[place] > 0));
  const { rateBitsPerSecond: rate } = advice;
  const wanted = rate === undefined ? 'no rate is recommended' : `recommended: ${rateText(rate)}`;
  return {
    title: [
      { text: `Calibration, ${wanted}`, left: 16, top: 8, textStyle: { fontSize: 16 } },
      { text: 'What arrived of each rate (Mbit/s on the wire)', left: 72, top: 38, textStyle: { fontSize: 12 } },
      { text: 'Lost, and where (percent of what was sent)', left: 72, top: 308, textStyle: { fontSize: 12 } },
      { text: 'Runs of losses by their length, over all steps', left: 72, top: 638, textStyle: { fontSize: 12 } },
    ],
    legend: [
      { data: ['sent', 'arrived'], top: 36, right: 40, ...LEGEND },
      { data: places.map(([, name]) => name), top: 330, right: 40, ...LEGEND },
    ],
    grid: GRIDS,
    xAxis: [
      { type: 'category', gridIndex: 0, data: rates },
      { type: 'category', gridIndex: 1, data: rates },
      { type: 'category', gridIndex: 2, data: runNames(steps), name: 'datagrams', nameLocation: 'middle', nameGap: 28 },
    ],
    yAxis: [
      { type: 'value', gridIndex: 0, min: 0, axisLabel: { formatter: megabitLabel } },
      { type: 'value', gridIndex: 1, min: 0 },
      { type: 'value', gridIndex: 2, min: 0, minInterval: 1 },
    ],
    series: [
      {
        name: 'sent',
        type: 'line',
        data: ladder.map(rateOf),
        lineStyle: { type: 'dashed' },
        itemStyle: { color: '#7f8c8d' },
        ...(rate !== undefined && {
          markLine: { symbol: 'none', silent: true, label: { show: false }, data: [{ yAxis: rate }] },
        }),
      },
      {
        name: 'arrived',
        type: 'line',
        symbolSize: 7,
        data: ladder.map((step) => (rateOf(step) * step.received) / step.sent),
        itemStyle: { color: BLUE },
      },
      ...places.map(
        ([place, name, color]) =>
          ({
            name,
            type: 'bar',
            stack: 'lost',
            xAxisIndex: 1,
            yAxisIndex: 1,
            itemStyle: { color },
            data: ladder.map((step) => Number(((step.places[place] * 100) / step.sent).toPrecision(3))),
          }) as const,
      ),
      { type: 'bar', xAxisIndex: 2, yAxisIndex: 2, itemStyle: { color: BLUE }, data: runCounts(steps) },
    ],
  };
}

function megabitLabel(bitsPerSecond: number): string {
  return String(Number((bitsPerSecond / 1e6).toPrecision(3)));
}

function runCounts(steps: readonly StepMeasure[]): number[] {
  const classes = Math.max(1, ...steps.map(({ loss }) => loss.classes.length));
  return Array.from({ length: classes }, (_, at) => steps.reduce((sum, { loss }) => sum + (loss.classes[at] ?? 0), 0));
}

/** 1, 2, 3–4, 5–8 … */
function runNames(steps: readonly StepMeasure[]): string[] {
  return runCounts(steps).map((_, at) => (at < 2 ? String(at + 1) : `${2 ** (at - 1) + 1}–${2 ** at}`));
}
