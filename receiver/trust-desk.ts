/**
 * trust store ─► **trust desk** ─► sender's keys, token policy, `trust` topic
 *
 * What a running receiver with a root makes of its trust state: which keys hold, and what to say of it. It is read anew when a
 * command adopted something.
 */
import { RECEIVER_LIMITS } from '../src/limits.ts';
import type { RequestHandlers } from '../src/ops/request-desk.ts';
import type { TrustBundle } from '../src/trust/trust-bundle.ts';
import { currentRoot, type TrustState } from './trust-state.ts';
import { type KeyStatus, TrustedKeys } from './trusted-keys.ts';

export interface TrustStatus {
  readonly root: {
    readonly version: number;
    readonly threshold: number;
    readonly holders: number;
    readonly expiresAtMs: number;
  };
  readonly bundle: { readonly version: number; readonly issuers: number; readonly expiresAtMs: number };
  /** Of this stream's sender. */
  readonly keys: readonly KeyStatus[];
  /** When bundle or root do, whichever is first. */
  readonly expiresAtMs: number;
  /** Nothing new is trusted; what was goes on. */
  readonly isExpired: boolean;
  readonly isExpiringSoon: boolean;
  /** The sender has another agreement key since: it counts from the next start on. */
  readonly needsRestart: boolean;
}

export interface TrustDeskOptions {
  readonly stream: string;
  /** With a bundle that names the stream. */
  readonly state: TrustState;
  readonly read: () => TrustState | undefined;
  /** The time that trust is judged at. */
  readonly nowMs: () => number;
  /** Keys and issuers may be others now. */
  readonly onChange: (state: TrustState) => void;
}

export class TrustDesk {
  readonly senderKeys: TrustedKeys;
  readonly #options: TrustDeskOptions;
  readonly #agreementKey: string;
  #state: TrustState;

  constructor(options: TrustDeskOptions) {
    this.#options = options;
    this.#state = options.state;
    this.#agreementKey = this.#sender.agreementKey;
    this.senderKeys = new TrustedKeys(this.#sender.keys, options.nowMs);
  }

  get bundle(): TrustBundle {
    return this.#state.bundle as TrustBundle;
  }

  /** `trust`, of a command that adopted something. */
  get requests(): RequestHandlers {
    return {
      trust: () => {
        const wasChanged = this.#reload();
        const { root, version } = this.bundle;
        return {
          outcome: 'done',
          detail: { root: currentRoot(this.#state).version, bundleRoot: root, bundle: version, wasChanged },
        };
      },
    };
  }

  get status(): TrustStatus {
    const { version, threshold, keys, expiresMs } = currentRoot(this.#state);
    const { bundle } = this;
    const nowMs = this.#options.nowMs();
    const endMs = Math.min(bundle.expiresMs, expiresMs);
    return {
      root: { version, threshold, holders: keys.length, expiresAtMs: expiresMs },
      bundle: { version: bundle.version, issuers: bundle.issuers.length, expiresAtMs: bundle.expiresMs },
      keys: this.senderKeys.status,
      expiresAtMs: endMs,
      isExpired: nowMs >= endMs,
      isExpiringSoon: nowMs >= endMs - RECEIVER_LIMITS.trustExpiryAlarmMs,
      needsRestart: this.#sender.agreementKey !== this.#agreementKey,
    };
  }

  /** Whether anything is another than before. */
  #reload(): boolean {
    const state = this.#options.read();
    const isSame = state?.bundle?.text === this.bundle.text && state.roots.length === this.#state.roots.length;
    if (state?.bundle === undefined || isSame) return false;
    this.#state = state;
    this.senderKeys.replace(this.#sender.keys);
    this.#options.onChange(state);
    return true;
  }

  get #sender() {
    const { stream } = this.#options;
    const listed = this.bundle.senders.find((each) => each.stream === stream);
    const agreementKey = Buffer.from(listed?.agreementKey ?? []).toString('hex');
    return { keys: listed?.keys ?? [], agreementKey };
  }
}
