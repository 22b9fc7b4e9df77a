/**
 * The sender's signing keys as the trust bundle names them, each by its state now. A key that is not active yet is as good as
 * unknown: its frames are held until it is. Pure but for the clock that it is given.
 */

import { signingKeyId } from '../../src/crypto/digest.ts';
import { judgeKeyUse, type KeyState, keyState } from '../../src/crypto/key-state.ts';
import type { SenderSigningKey } from '../../src/trust/trust-bundle.ts';
import type { SenderKeys } from '../intake/frame-verifier.ts';

export interface KeyStatus {
  /** Hex of `signingKeyId`, as frames and hellos name it. */
  readonly keyId: string;
  readonly state: KeyState;
  readonly activeFromMs?: number;
  readonly passiveFromMs?: number;
  readonly revokedFromMs?: number;
}

export class TrustedKeys implements SenderKeys {
  readonly #nowMs: () => number;
  #keys: ReadonlyMap<string, SenderSigningKey> = new Map();

  /** `nowMs`: the time that trust is judged at. */
  constructor(keys: readonly SenderSigningKey[], nowMs: () => number) {
    this.#nowMs = nowMs;
    this.replace(keys);
  }

  replace(keys: readonly SenderSigningKey[]): void {
    this.#keys = new Map(keys.map((key) => [signingKeyId(key.signingKey).toString('hex'), key]));
  }

  find(keyId: Uint8Array, signedAtMs: number): ReturnType<SenderKeys['find']> {
    const key = this.#keys.get(Buffer.from(keyId).toString('hex'));
    if (key === undefined) return undefined;
    const use = judgeKeyUse(key, { signedAtMs, nowMs: this.#nowMs() });
    if (use === 'holds') return key.signingKey;
    return use === 'pending' ? undefined : USES[use];
  }

  get status(): readonly KeyStatus[] {
    const nowMs = this.#nowMs();
    return [...this.#keys].map(([keyId, key]) => {
      const { activeFromMs, passiveFromMs, revokedFromMs } = key;
      return {
        keyId,
        state: keyState(key, nowMs),
        ...(activeFromMs > 0 && { activeFromMs }),
        ...(passiveFromMs !== undefined && { passiveFromMs }),
        ...(revokedFromMs !== undefined && { revokedFromMs }),
      };
    });
  }
}

const USES = { passive: 'key-ended', revoked: 'key-revoked' } as const;
