/** The largest value of the last while, in two halves, so that it costs two numbers. Pure. */
export class RecentMaximum {
  readonly #halfMs: number;
  #half = Number.NEGATIVE_INFINITY;
  #before = 0;
  #now = 0;

  /** A value counts for at least half of `windowMs`, and for `windowMs` at most. */
  constructor(windowMs: number) {
    this.#halfMs = windowMs / 2;
  }

  add(nowMs: number, value: number): void {
    this.#turn(nowMs);
    this.#now = Math.max(this.#now, value);
  }

  /** 0 where there was none. */
  value(nowMs: number): number {
    this.#turn(nowMs);
    return Math.max(this.#before, this.#now);
  }

  #turn(nowMs: number): void {
    const half = Math.floor(nowMs / this.#halfMs);
    if (half === this.#half) return;
    this.#before = half === this.#half + 1 ? this.#now : 0;
    this.#now = 0;
    this.#half = half;
  }
}
