/** How many may be taken now, where so many a second may, and a second's worth at once. Pure. */
export class RateBucket {
  readonly #perSecond: number;
  #count: number;
  #atMs: number;

  constructor(nowMs: number, perSecond: number) {
    this.#perSecond = perSecond;
    this.#count = perSecond;
    this.#atMs = nowMs;
  }

  available(nowMs: number): number {
    const gained = (Math.max(0, nowMs - this.#atMs) * this.#perSecond) / 1_000;
    this.#count = Math.min(this.#perSecond, this.#count + gained);
    this.#atMs = nowMs;
    return Math.floor(this.#count);
  }

  take(count: number): void {
    this.#count -= count;
  }
}
