/** What a consumer of `tokens` has in its hands: of each key the newest token, and until when it is good. Pure. */

/** What it looks at of a record. */
export interface TokenRecord {
  readonly key: string | null;
  /** Null is a tombstone. */
  readonly value: Buffer | null;
}

export class HeldTokens {
  readonly #untilMs = new Map<string, number>();
  /** Tokens that took the place of one before. */
  renewals = 0;
  tombstones = 0;
  /** The least that was left of a token when its successor was read; below 0: there was a moment without any. */
  leastLeftMs = Number.POSITIVE_INFINITY;

  handle({ key, value }: TokenRecord, nowMs: number): void {
    const name = key ?? '';
    if (value === null) {
      this.tombstones++;
      this.#untilMs.delete(name);
      return;
    }
    const before = this.#untilMs.get(name);
    if (before !== undefined) {
      this.renewals++;
      this.leastLeftMs = Math.min(this.leastLeftMs, before - nowMs);
    }
    this.#untilMs.set(name, expiryMs(value));
  }

  /** How many keys have a token that is good now. */
  good(nowMs: number): number {
    let count = 0;
    for (const untilMs of this.#untilMs.values()) if (untilMs > nowMs) count++;
    return count;
  }
}

/** `exp` of a compact JWS. Throws where it is none: that is for the caller to be wrong about. */
function expiryMs(jws: Buffer): number {
  const [, payload = ''] = jws.toString('latin1').split('.');
  const { exp } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as { readonly exp: number };
  return exp * 1_000;
}
