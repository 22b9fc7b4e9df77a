/**
 * trust store, link ─► **trust desk** ─► sender's keys, token policy, `trust` topic
 *
 * What a running receiver with a root makes of its trust state: which keys hold, and what to say of it. It is read anew when a
 * command adopted something, and adopts what the sender carries; and it tells when a key's time has come.
 */
import { type KeyState, keyState, steadyTime } from '../../src/crypto/key-state.ts';
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import type { RequestHandlers } from '../../src/ops/request-desk.ts';
import type { TrustBundle } from '../../src/trust/trust-bundle.ts';
import { type CarriedStatus, CarriedTrust, type CarriedTrustOptions } from './carried-trust.ts';
import { type KeyStateChange, KeyStateWatch } from './key-state-watch.ts';
import type { RevokedKeys } from './key-withdrawal.ts';
import { type Adoption, currentRoot, type TrustState } from './trust-state.ts';
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
  /** What came through the link. */
  readonly carried: CarriedStatus;
}

export interface TrustDeskOptions {
  readonly stream: string;
  /** With a bundle that names the stream. */
  readonly state: TrustState;
  readonly read: () => TrustState | undefined;
  /** See CarriedTrustOptions. */
  readonly adopt: (texts: readonly string[]) => Adoption;
  readonly onRefused: CarriedTrustOptions['onRefused'];
  /** The time that trust is judged at. */
  readonly nowMs: () => number;
  /** Keys and issuers may be others now. */
  readonly onChange: (change: TrustChange) => void;
  /** Keys of any sender or issuer whose time came, or that another bundle moved; before `onChange`. What it throws ends the receiver. */
  readonly onKeyStates: (changes: readonly KeyStateChange[]) => void;
}

export interface TrustChange {
  readonly issuers: TrustBundle['issuers'];
  /** What is missing since before then was signed with a key that is revoked since; 0: no key is. */
  readonly revokedUntilMs: number;
}

interface RevokedIssuerKeys {
  readonly of: TrustBundle | undefined;
  readonly keys: RevokedKeys;
  /** They are the same from then on, and until then. */
  readonly fromMs: number;
  readonly untilMs: number;
}

export class TrustDesk {
  readonly senderKeys: TrustedKeys;
  readonly #options: TrustDeskOptions;
  readonly #agreementKey: string;
  readonly #carried: CarriedTrust;
  readonly #watch = new KeyStateWatch();
  #state: TrustState;
  /** Of the sender's keys, as they were last told. */
  #told: ReadonlyMap<string, KeyState> | undefined;
  /** While the time lies between, from the first on, no key changes its state. */
  #steady = { fromMs: 0, untilMs: 0 };
  #revokedIssuerKeys: RevokedIssuerKeys = { of: undefined, keys: [], fromMs: 0, untilMs: 0 };

  constructor(options: TrustDeskOptions) {
    this.#options = options;
    this.#state = options.state;
    this.#agreementKey = this.#sender.agreementKey;
    this.senderKeys = new TrustedKeys(this.#sender.keys, options.nowMs);
    const { stream, nowMs, adopt, onRefused } = options;
    const onTrusted = (state: TrustState) => void this.#takeOther(state);
    this.#carried = new CarriedTrust({ stream, nowMs, state: () => this.#state, adopt, onTrusted, onRefused });
  }

  /** Statements of root holders that came through the link. Throws DiodeError `disk-failed`, `audit-failed`. */
  handleCarried(nowMs: number, texts: readonly string[]): void {
    this.#carried.handleTexts(nowMs, texts);
  }

  /** With each poll of the intake: a key whose time has come, a statement that may pass now. Throws as `handleCarried`. */
  poll(nowMs: number): void {
    this.#carried.poll(nowMs);
    this.#watchKeys();
    const judgedMs = this.#options.nowMs();
    if (judgedMs >= this.#steady.fromMs && judgedMs < this.#steady.untilMs) return;
    this.#steady = steadyTime(this.#sender.keys, judgedMs);
    const states = this.#keyStates();
    this.#told ??= states;
    const told = this.#told;
    if ([...states].some(([key, state]) => told.get(key) !== state)) this.#tell(states);
  }

  get bundle(): TrustBundle {
    return this.#state.bundle as TrustBundle;
  }

  /** Issuers' keys that are revoked now. Every plan asks, so the bundle is walked only where it or the state of a key is another. */
  get revokedKeys(): RevokedKeys {
    const nowMs = this.#options.nowMs();
    const { bundle } = this;
    const { of, fromMs, untilMs } = this.#revokedIssuerKeys;
    if (of !== bundle || nowMs < fromMs || nowMs >= untilMs) {
      const steady = steadyTime(
        bundle.issuers.flatMap(({ keys }) => keys),
        nowMs,
      );
      this.#revokedIssuerKeys = { of: bundle, keys: revokedKeysIn(bundle, nowMs), ...steady };
    }
    return this.#revokedIssuerKeys.keys;
  }

  /** Up to when the sender's revoked keys signed, by what the bundle says: what is missing since before then comes no more. */
  get revokedUntilMs(): number {
    const ends = this.#revoked.map(({ passiveFromMs = Number.POSITIVE_INFINITY, revokedFromMs = 0 }) =>
      Math.min(passiveFromMs, revokedFromMs),
    );
    return Math.max(0, ...ends);
  }

  /** `trust`, of a command that adopted something. */
  get requests(): RequestHandlers {
    return {
      trust: () => {
        const wasChanged = this.#takeOther(this.#options.read());
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
      carried: this.#carried.status,
    };
  }

  /** Whether anything is another than before. */
  #takeOther(state: TrustState | undefined): boolean {
    const isSame = state?.bundle?.text === this.bundle.text && state.roots.length === this.#state.roots.length;
    if (state?.bundle === undefined || isSame) return false;
    this.#take(state);
    return true;
  }

  #take(state: TrustState): void {
    this.#told ??= this.#keyStates();
    this.#watchKeys();
    this.#state = state;
    this.#watchKeys();
    this.#steady = steadyTime(this.#sender.keys, this.#options.nowMs());
    this.senderKeys.replace(this.#sender.keys);
    this.#tell(this.#keyStates());
  }

  #watchKeys(): void {
    const changes = this.#watch.look(this.bundle, this.#options.nowMs());
    if (changes.length > 0) this.#options.onKeyStates(changes);
  }

  /** A key that is revoked only now may have signed until now, unless its cut-over was before. */
  #tell(states: ReadonlyMap<string, KeyState>): void {
    const nowMs = this.#options.nowMs();
    const fresh = this.#revoked.filter((key) => this.#told?.get(hexOf(key)) !== 'revoked');
    const untilMs = Math.max(0, ...fresh.map(({ passiveFromMs = nowMs }) => Math.min(passiveFromMs, nowMs)));
    this.#told = states;
    this.#options.onChange({ issuers: this.bundle.issuers, revokedUntilMs: untilMs });
  }

  #keyStates(): ReadonlyMap<string, KeyState> {
    const nowMs = this.#options.nowMs();
    return new Map(this.#sender.keys.map((key) => [hexOf(key), keyState(key, nowMs)]));
  }

  get #revoked() {
    const nowMs = this.#options.nowMs();
    return this.#sender.keys.filter((key) => keyState(key, nowMs) === 'revoked');
  }

  get #sender() {
    const { stream } = this.#options;
    const listed = this.bundle.senders.find((each) => each.stream === stream);
    const agreementKey = Buffer.from(listed?.agreementKey ?? []).toString('hex');
    return { keys: listed?.keys ?? [], agreementKey };
  }
}

function revokedKeysIn({ issuers }: TrustBundle, nowMs: number): RevokedKeys {
  return issuers.flatMap(({ issuer, keys }) =>
    keys.filter((key) => keyState(key, nowMs) === 'revoked').map(({ jwk }) => ({ issuer, keyId: String(jwk.kid) })),
  );
}

function hexOf({ signingKey }: { readonly signingKey: Uint8Array }): string {
  return Buffer.from(signingKey).toString('hex');
}
