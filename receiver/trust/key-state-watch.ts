/**
 * trust bundle, time ─► **key state watch** ─► trust desk, audit log
 *
 * Which keys of the bundle are in another state than at the last look, by their time or by another bundle. Pure.
 */
import { type KeyState, keyState, steadyTime } from '../../src/crypto/key-state.ts';
import type { TrustBundle } from '../../src/trust/trust-bundle.ts';
import { bundleKeys } from './bundle-keys.ts';

export interface KeyStateChange {
  /** A stream, or an issuer. */
  readonly of: string;
  /** Hex of the id that frames name, or the `kid` of an issuer's. */
  readonly key: string;
  readonly from: KeyState;
  readonly to: KeyState;
}

export class KeyStateWatch {
  #bundle: TrustBundle | undefined;
  #states: ReadonlyMap<string, KeyState> = new Map();
  /** No key changes its state from the first on and before the second. */
  #steady = { fromMs: 0, untilMs: 0 };

  /** None at the first look, and none of keys that the bundle before did not name: they are as the bundle says. */
  look(bundle: TrustBundle, nowMs: number): readonly KeyStateChange[] {
    if (bundle === this.#bundle && nowMs >= this.#steady.fromMs && nowMs < this.#steady.untilMs) return [];
    const keys = bundleKeys(bundle);
    const before = this.#states;
    this.#bundle = bundle;
    this.#states = new Map(keys.map((key) => [`${key.of} ${key.key}`, keyState(key, nowMs)]));
    this.#steady = steadyTime(keys, nowMs);
    return keys.flatMap(({ of, key, ...times }) => {
      const from = before.get(`${of} ${key}`);
      const to = keyState(times, nowMs);
      return from === undefined || from === to ? [] : [{ of, key, from, to }];
    });
  }
}
