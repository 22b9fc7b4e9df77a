/**
 * Repeat schedule: which frame is to be sent again, and when. All frames take the same delays, so each repeat is a plain
 * queue in sequence. Pure.
 */
import { SENDER_LIMITS } from '../../src/limits.ts';

/** A frame that waits for its next pass (2 …). */
export interface WaitingRepeat {
  readonly sequence: number;
  readonly pass: number;
  /** When the first pass ended; the delays count from here. */
  readonly firstPassMs: number;
}

/** The pass of the first repeat. */
export const FIRST_REPEAT = 2;

/** A queue whose head leaves cheaply: the array is cut when half of it has left. */
interface Queue {
  entries: WaitingRepeat[];
  head: number;
}

export class RepeatSchedule {
  readonly #delaysMs: readonly number[];
  readonly #maxLatenessMs: number;
  /** Index p: what waits for pass p + 2. */
  readonly #queues: readonly Queue[];
  #waiting = 0;
  #skipped = 0;
  #resumedMs = Number.NEGATIVE_INFINITY;

  /** `repeatAfterMs`: rising, counted from the end of the first pass. */
  constructor(repeatAfterMs: readonly number[]) {
    this.#delaysMs = repeatAfterMs;
    this.#maxLatenessMs = Math.max(SENDER_LIMITS.maxRepeatLatenessMs, repeatAfterMs.at(-1) ?? 0);
    this.#queues = repeatAfterMs.map(() => ({ entries: [], head: 0 }));
  }

  /** Queues the pass where the schedule has it. In sequence for each pass. */
  handleWaiting(repeat: WaitingRepeat): void {
    const queue = this.#queues[repeat.pass - 2];
    if (queue === undefined) return;
    queue.entries.push(repeat);
    this.#waiting++;
  }

  /** Lateness counts from here at the earliest: before it nobody could send. */
  handleResumed(nowMs: number): void {
    this.#resumedMs = nowMs;
  }

  /**
   * Takes the next repeat that is due: the earliest pass first, since it still meets the receiver's hold time; in a pass
   * the oldest first. Only passes up to `lastPass` are looked at.
   */
  poll(nowMs: number, lastPass = Number.POSITIVE_INFINITY): WaitingRepeat | undefined {
    const queue = this.#queues.find((candidate, index) => {
      if (index + FIRST_REPEAT > lastPass) return false;
      const head = candidate.entries[candidate.head];
      return head !== undefined && this.#dueMs(head) <= nowMs;
    });
    return queue && this.#shift(queue);
  }

  /** Takes a repeat that fresh frames left no capacity for within the bounds; counted as skipped. Call until undefined. */
  pollSkipped(nowMs: number): WaitingRepeat | undefined {
    const queue = this.#queues.find(({ entries, head }) => {
      const first = entries[head];
      if (first === undefined) return false;
      const isLate = nowMs - Math.max(this.#dueMs(first), this.#resumedMs) > this.#maxLatenessMs;
      return isLate || entries.length - head > SENDER_LIMITS.maxWaitingRepeats;
    });
    if (queue === undefined) return undefined;
    this.#skipped++;
    return this.#shift(queue);
  }

  nextDeadlineMs(): number | undefined {
    let next: number | undefined;
    for (const { entries, head } of this.#queues) {
      const first = entries[head];
      if (first === undefined) continue;
      const dueMs = this.#dueMs(first);
      if (next === undefined || dueMs < next) next = dueMs;
    }
    return next;
  }

  get waitingCount(): number {
    return this.#waiting;
  }

  get skippedCount(): number {
    return this.#skipped;
  }

  #dueMs(repeat: WaitingRepeat): number {
    return repeat.firstPassMs + (this.#delaysMs[repeat.pass - 2] as number);
  }

  #shift(queue: Queue): WaitingRepeat | undefined {
    const first = queue.entries[queue.head++];
    if (queue.head > 1024 && queue.head * 2 > queue.entries.length) {
      queue.entries = queue.entries.slice(queue.head);
      queue.head = 0;
    }
    this.#waiting--;
    return first;
  }
}
