/** What a run over a broken product says of the fault. Pure. */

export interface RunEnd {
  readonly code: number;
  readonly output: string;
  /** It stood still and was killed. */
  readonly isTimedOut: boolean;
}

export interface Verdict {
  readonly isCaught: boolean;
  /** Who noticed, or what is to be seen instead. */
  readonly by: string;
}

/** Of the simulator: a contradiction is a sentence that names its seed. */
export function simulatorVerdict({ output, isTimedOut }: RunEnd): Verdict {
  const found = /^seed (\d+): (.*?)\. Replay: /m.exec(output);
  if (found !== null) return { isCaught: true, by: `seed ${found[1]}: ${found[2]}` };
  return { isCaught: false, by: isTimedOut ? TIMED_OUT : lastLine(output) };
}

/** Of a suite: a test that failed, and not for want of time, which a busy machine lacks as well. */
export function suiteVerdict({ code, output, isTimedOut }: RunEnd, suite: string): Verdict {
  if (isTimedOut) return { isCaught: false, by: TIMED_OUT };
  if (code !== 1 || failedTests(output) === 0) return { isCaught: false, by: lastLine(output) };
  if (isOutOfTime(output)) return { isCaught: false, by: `${suite}: only out of time, which is no catch` };
  return { isCaught: true, by: suite };
}

/** Tests failed, and all of them for want of time. */
export function isOutOfTime(output: string): boolean {
  const timedOut = (output.match(/(?:Test|Hook) timed out in \d+ms/g) ?? []).length;
  return failedTests(output) > 0 && failedTests(output) <= timedOut;
}

function failedTests(output: string): number {
  return Number(/Tests +(\d+) failed/.exec(output)?.[1] ?? 0);
}

function lastLine(output: string): string {
  return output.trim().split('\n').at(-1) ?? '';
}

const TIMED_OUT = 'stood still until it was killed, which is no catch';
