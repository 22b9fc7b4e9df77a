/**
 * A benchmark's figures beside their limits, as SVG: the median of each ratio, its spread, its target.
 */
import { drawSvg } from '../../src/cli/svg-chart.ts';
import type { Figure } from './figure.ts';

const WIDTH = 860;
const ROW_HEIGHT = 26;
/** Title above, axis below. */
const TOP = 48;
const BOTTOM = 48;
const NAMES_WIDTH = 330;

/** Undefined where no figure has a limit. Ratios lie on a logarithmic axis: from a hundredth to hundreds. */
export function ratioChart(title: string, figures: readonly Figure[]): string | undefined {
  const rows = figures.flatMap((one) => (one.ratioSpread === undefined ? [] : [{ ...one, ratios: one.ratioSpread }]));
  if (rows.length === 0) return undefined;
  const height = TOP + rows.length * ROW_HEIGHT + BOTTOM;
  return drawSvg(
    {
      title: { text: title, textStyle: { fontSize: 14 } },
      grid: { top: TOP, bottom: BOTTOM, left: NAMES_WIDTH, right: 24 },
      xAxis: {
        type: 'log',
        name: 'ratio to the limit',
        nameLocation: 'middle',
        nameGap: 28,
        axisLabel: { formatter: '{value} ×' },
      },
      yAxis: {
        type: 'category',
        inverse: true,
        data: rows.map(({ name, limitOf }) => `${name} / ${limitOf}`),
        axisLabel: { width: NAMES_WIDTH - 16, overflow: 'truncate' },
      },
      series: [
        {
          type: 'custom',
          data: rows.map(({ ratios }, row) => [ratios.min, ratios.max, row]),
          encode: { x: [0, 1], y: 2 },
          renderItem: (_, api) => {
            const [x1, y1] = api.coord([api.value(0), api.value(2)]) as [number, number];
            const [x2] = api.coord([api.value(1), api.value(2)]) as [number];
            return { type: 'line', shape: { x1, y1, x2, y2: y1 }, style: { stroke: '#7f8c8d', lineWidth: 3 } };
          },
        },
        {
          type: 'scatter',
          symbolSize: 9,
          itemStyle: { color: '#1f5fa8' },
          data: rows.map(({ ratios }, row) => [ratios.median, row]),
        },
        {
          type: 'scatter',
          symbol: 'rect',
          symbolSize: [3, 18],
          itemStyle: { color: '#c0392b' },
          data: rows.flatMap(({ target }, row) => {
            const bound = target?.of === 'ratio' ? (target.atLeast ?? target.atMost) : undefined;
            return bound === undefined ? [] : [[bound, row]];
          }),
        },
      ],
    },
    { width: WIDTH, height },
  );
}
