/** Runs of frames: sets of sequences, as ascending ranges that neither touch nor overlap. Pure. */

/** Sequences `from` to `to`, both included. */
export interface FrameRun {
  readonly from: number;
  readonly to: number;
}

/** The same frames in any order, overlapping or touching, as runs. */
export function joinRuns(ranges: readonly FrameRun[]): readonly FrameRun[] {
  const runs: FrameRun[] = [];
  for (const { from, to } of [...ranges].sort((a, b) => a.from - b.from)) {
    const last = runs.at(-1);
    if (last !== undefined && from <= last.to + 1)
      runs[runs.length - 1] = { from: last.from, to: Math.max(last.to, to) };
    else runs.push({ from, to });
  }
  return runs;
}

/** What of the runs lies within both ends. */
export function runsWithin(runs: readonly FrameRun[], from: number, to: number): readonly FrameRun[] {
  return runs
    .map((run) => ({ from: Math.max(run.from, from), to: Math.min(run.to, to) }))
    .filter((run) => run.from <= run.to);
}

/** Without one frame: its run shrinks, splits or goes. */
export function runsWithout(runs: readonly FrameRun[], sequence: number): readonly FrameRun[] {
  return runs.flatMap((run) => {
    if (sequence < run.from || sequence > run.to) return [run];
    return [
      { from: run.from, to: sequence - 1 },
      { from: sequence + 1, to: run.to },
    ].filter(({ from, to }) => from <= to);
  });
}

export function countFrames(runs: readonly FrameRun[]): number {
  return runs.reduce((sum, { from, to }) => sum + to - from + 1, 0);
}

/** Of ranges that are written as pairs, both ends included. */
export function countPlaces(ranges: readonly (readonly [first: number, last: number])[]): number {
  return ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
}

/** "1042–1044, 1100": for people. */
export function describeRuns(runs: readonly FrameRun[]): string {
  return runs.map(({ from, to }) => (from === to ? `${from}` : `${from}–${to}`)).join(', ');
}
