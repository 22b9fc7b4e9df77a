/**
 * The sender's signing key, and the next one while it is changed: [signing keys] ─► frame signer, hello announcer.
 *
 * Which of the two signs is decided for each frame and hello by the time that it says, as its receivers will judge it by the
 * bundle: the next key never before the bundle has it active, the old one never once the bundle has it passive. In between
 * the next key takes over when the bundle was sent often enough to have arrived, and from then on for good. Pure.
 */
import { signingKeyId } from '../../src/crypto/digest.ts';
import { type KeyState, type KeyTimes, keyState } from '../../src/crypto/key-state.ts';
import type { SigningKeyPair } from '../../src/crypto/sodium.ts';
import { SENDER_LIMITS } from '../../src/limits.ts';
import type { BundleContent } from '../../src/trust/trust-bundle.ts';

/** The key that signs what says this time. */
export interface KeyAt {
  at(wallMs: number): SigningKeyPair;
}

export interface NextKey {
  readonly pair: SigningKeyPair;
  readonly madeAtMs: number;
  /** It took over, in this run or an earlier one. */
  readonly isInUse: boolean;
}

/** As they lie on disk. */
export interface SigningPair {
  readonly current: SigningKeyPair;
  readonly next: NextKey | undefined;
}

export interface SigningStatus {
  /** Hex of the key that signs now. */
  readonly keyId: string;
  /** By the bundle that is carried; absent where none is. */
  readonly state?: KeyState | 'unlisted';
  /** One that was made and does not sign yet. */
  readonly next?: {
    readonly keyId: string;
    readonly madeAtMs: number;
    readonly state: KeyState | 'unlisted';
    /** It waits longer than root holders should take. */
    readonly isLate: boolean;
  };
}

/** A key with its id, which is asked for at every step. */
type Identified<Key> = Key & { readonly keyId: string };

export class SigningKeys implements KeyAt {
  readonly #stream: string;
  #current: Identified<{ readonly pair: SigningKeyPair }>;
  #next: Identified<NextKey> | undefined;
  #listed: ReadonlyMap<string, KeyTimes> | undefined;

  constructor(stream: string, { current, next }: SigningPair) {
    this.#stream = stream;
    this.#current = identified({ pair: current });
    this.#next = next && identified(next);
  }

  /** A command made the next key. */
  replace({ current, next }: SigningPair): void {
    this.#current = identified({ pair: current });
    this.#next = next && identified(next);
  }

  /** The bundle that is carried from now on. */
  handleBundle({ senders }: Pick<BundleContent, 'senders'>): void {
    const keys = senders.find(({ stream }) => stream === this.#stream)?.keys ?? [];
    this.#listed = new Map(keys.map((key) => [idOf(key.signingKey), key]));
  }

  at(wallMs: number): SigningKeyPair {
    return this.#at(wallMs).pair;
  }

  /** The id of the next key where it takes over now, once `handleTakeOver` has said that this is durable. `passes`: of the bundle. */
  takeOver(wallMs: number, passes: number): string | undefined {
    const next = this.#next;
    if (next === undefined || next.isInUse || !this.#isActive(next, wallMs)) return undefined;
    const isForced = !this.#isActive(this.#current, wallMs);
    return isForced || passes >= SENDER_LIMITS.takeOverPasses ? next.keyId : undefined;
  }

  handleTakeOver(): void {
    if (this.#next !== undefined) this.#next = { ...this.#next, isInUse: true };
  }

  status(wallMs: number): SigningStatus {
    const { keyId } = this.#at(wallMs);
    const next = this.#next;
    return {
      keyId,
      ...(this.#listed && { state: this.#stateOf(keyId, wallMs) }),
      ...(next &&
        next.keyId !== keyId && {
          next: {
            keyId: next.keyId,
            madeAtMs: next.madeAtMs,
            state: this.#stateOf(next.keyId, wallMs),
            isLate: wallMs - next.madeAtMs > SENDER_LIMITS.rotationAlarmMs,
          },
        }),
    };
  }

  #at(wallMs: number): Identified<{ readonly pair: SigningKeyPair }> {
    const next = this.#next;
    if (next === undefined) return this.#current;
    if (next.isInUse || (this.#isActive(next, wallMs) && !this.#isActive(this.#current, wallMs))) return next;
    return this.#current;
  }

  #isActive({ keyId }: Identified<object>, wallMs: number): boolean {
    return this.#stateOf(keyId, wallMs) === 'active';
  }

  #stateOf(keyId: string, wallMs: number): KeyState | 'unlisted' {
    const times = this.#listed?.get(keyId);
    return times === undefined ? 'unlisted' : keyState(times, wallMs);
  }
}

/** One key for all times. */
export function fixedKey(pair: SigningKeyPair): KeyAt {
  return { at: () => pair };
}

function identified<Key extends { readonly pair: SigningKeyPair }>(key: Key): Identified<Key> {
  return { ...key, keyId: idOf(key.pair.publicKey) };
}

function idOf(publicKey: Uint8Array): string {
  return signingKeyId(publicKey).toString('hex');
}
