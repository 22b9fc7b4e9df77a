/**
 * trust desk ─► **key withdrawal** ─► transaction plan
 *
 * Puts issuers' keys that the bundle revokes into the tables, from which the sweep takes back what they signed. Asked with every
 * plan, it does something only where they are others than the last time.
 *
 * RECEIVER_LIMITS.maxRevokedKeys bounds what the sender says, and not these: the bytes of a bundle bound them (2,300 keys), and
 * root holders meant each.
 */
import type { ReceiverStore } from '../receiver-store.ts';

/** The same list as long as nothing in it is another. */
export type RevokedKeys = readonly { readonly issuer: string; readonly keyId: string }[];

export class KeyWithdrawal {
  readonly #store: ReceiverStore;
  readonly #revokedKeys: () => RevokedKeys;
  /** In the tables already. */
  #done: RevokedKeys | undefined;

  constructor(store: ReceiverStore, revokedKeys: () => RevokedKeys) {
    this.#store = store;
    this.#revokedKeys = revokedKeys;
  }

  /** Here rather than when the bundle is adopted: behind recovery, which decides again what was decided before it. */
  takeBack(nowMs: number): void {
    const keys = this.#revokedKeys();
    if (keys === this.#done) return;
    const { store, tokens } = this.#store;
    const fresh = keys.filter(({ issuer, keyId }) => tokens.findRevokedKey(issuer, keyId) === undefined);
    const always = { issuedBeforeMs: Number.MAX_SAFE_INTEGER, untilMs: Number.MAX_SAFE_INTEGER };
    const put = () => {
      for (const key of fresh) tokens.putRevokedKey({ ...key, ...always, saidAtMs: nowMs });
    };
    if (fresh.length > 0) store.transaction(put)();
    this.#done = keys;
  }
}
