/** What goes through the whole of it, beside bare node-rdkafka of the same run, and against a rate that needs no limit. Pure. */
import { type Figure, figure } from '../../support/figure.ts';

/** By run. */
export interface RateSamples {
  readonly recordsPerSecond: readonly number[];
  readonly bareRecordsPerSecond: readonly number[];
}

const LEAST_RATIO = 0.35;
const LEAST_RECORDS_PER_SECOND = 20_000;

export function rateFigures({ recordsPerSecond: samples, bareRecordsPerSecond }: RateSamples): readonly Figure[] {
  const unit = 'records/s';
  return [
    figure({
      name: 'endtoend.deltas',
      unit,
      samples,
      limit: { what: 'node-rdkafka alone', samples: bareRecordsPerSecond },
      target: { of: 'ratio', atLeast: LEAST_RATIO },
    }),
    figure({
      name: 'endtoend.deltas.absolute',
      unit,
      samples,
      target: { of: 'value', atLeast: LEAST_RECORDS_PER_SECOND },
    }),
  ];
}
