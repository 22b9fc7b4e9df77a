/**
 * A position that Kafka told and this disk did not know: frames up to there were published, by this stream's receiver of before.
 * Whether the sender at hand is the one that signed them shows only when it goes on from there, or names that very head. Until
 * then nothing that came from it says what was published. Pure.
 */
export class AdoptedPosition {
  #sequence: number | undefined;
  #sinceMs: number | undefined;

  constructor(sequence: number | undefined) {
    this.#sequence = sequence;
  }

  adopt(sequence: number): void {
    this.#sequence = sequence;
    this.#sinceMs = undefined;
  }

  confirm(): void {
    this.#sequence = undefined;
  }

  /**
   * Whether `head` lies below it, and is of no hello that was overtaken but of a journal that ends there: `holdMs` after the
   * position was told, all that was sent before is here. Counted from the first question, so that it begins anew with a restart.
   */
  isBehindUs(nowMs: number, head: number, holdMs: number): boolean {
    if (this.#sequence === undefined) return false;
    this.#sinceMs ??= nowMs;
    return head < this.#sequence && nowMs - this.#sinceMs >= holdMs;
  }

  /** Undefined where there is none, or it is confirmed. */
  get sequence(): number | undefined {
    return this.#sequence;
  }
}
