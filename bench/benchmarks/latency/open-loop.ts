/**
 * Appends lines at times that were fixed beforehand, whatever becomes of those before: what has to wait, because something
 * was slow, is appended late and its time counts from when it was due. So no omission is coordinated with what is measured.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** In microseconds of the machine's monotonic clock, which all its processes share. */
export interface Schedule {
  readonly startUs: number;
  readonly everyUs: number;
  readonly count: number;
}

const LOOP_US = 2_000;
/** Of which the loop is a fiftieth. */
const APART_US = 100_000;

export function nowUs(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}

export function dueUs({ startUs, everyUs }: Schedule, index: number): number {
  return startUs + index * everyUs;
}

/** How many of them are due. Pure. */
export function dueCount({ startUs, everyUs, count }: Schedule, atUs: number): number {
  if (atUs < startUs) return 0;
  return Math.min(count, Math.floor((atUs - startUs) / everyUs) + 1);
}

/** Calls `work` at each time, one after the other: late where the one before took too long. */
export async function atEach(schedule: Schedule, work: (index: number) => Promise<void>): Promise<void> {
  for (let index = 0; index < schedule.count; index++) {
    await until(schedule, index);
    await work(index);
  }
}

/** Answers by how much the latest of its appends came behind its time. */
export async function appendOnTime(
  path: string,
  schedule: Schedule,
  line: (index: number) => string,
): Promise<{ readonly latestUs: number }> {
  const file = openSync(path, 'a');
  let done = 0;
  let latestUs = 0;
  try {
    while (done < schedule.count) {
      await until(schedule, done);
      const atUs = nowUs();
      const due = dueCount(schedule, atUs);
      latestUs = Math.max(latestUs, atUs - dueUs(schedule, done));
      const lines = Array.from({ length: due - done }, (_, index) => `${line(done + index)}\n`);
      writeSync(file, lines.join(''));
      done = due;
    }
  } finally {
    closeSync(file);
  }
  return { latestUs };
}

/**
 * Timers count whole milliseconds and fire up to two late, which would pass for latency. Where times are far apart, the last
 * of the wait is a loop; where they are not, it would take a core from what is measured.
 */
async function until(schedule: Schedule, index: number): Promise<void> {
  const atUs = dueUs(schedule, index);
  const loopUs = schedule.everyUs >= APART_US ? LOOP_US : 0;
  for (let waitUs = atUs - nowUs(); waitUs > loopUs; waitUs = atUs - nowUs()) {
    await delay(Math.ceil((waitUs - loopUs) / 1_000));
  }
  while (nowUs() < atUs) {
    // Until it is time.
  }
}
