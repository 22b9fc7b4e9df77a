/**
 * link ─► control desk ─► **carried trust** ─► trust store, trust desk
 *
 * Statements of root holders that the sender carries: adopted by the rules of those that come by hand, whoever brings them.
 * What is refused is counted by reason and told once; where time may change the answer, it is judged again.
 */
import { sha256Hex } from '../src/crypto/digest.ts';
import { RECEIVER_LIMITS } from '../src/limits.ts';
import { DiodeError } from '../src/ops/diode-error.ts';
import { isSamePayload, readRootContent, readRootJws } from '../src/trust/root-statement.ts';
import { compareBundles, readBundleContent, readBundleJws } from '../src/trust/trust-bundle.ts';
import { isProblem, TRUST_CURES, type TrustReason } from '../src/trust/trust-problem.ts';
import type { Adoption, TrustState } from './trust-state.ts';

/** `trust-unwritten`: the disk or another adoption was in the way. */
export type CarriedOutcome = 'adopted' | 'known' | 'trust-unwritten' | TrustReason;

export interface CarriedStatus {
  /** What came, by what became of it. */
  readonly outcomes: Readonly<Partial<Record<CarriedOutcome, number>>>;
  /** Refused for now, and judged again. */
  readonly waiting: number;
  /** Why the one that came last is refused; absent where it is trusted, or older than what is. */
  readonly refused?: { readonly reason: Refusal; readonly seen: string; readonly cure: string };
}

type Refusal = Exclude<CarriedOutcome, 'adopted' | 'known'>;

export interface CarriedTrustOptions {
  readonly state: () => TrustState;
  /** All of them or nothing, durably, and audited before. */
  readonly adopt: (texts: readonly string[]) => Adoption;
  readonly onAdopted: (state: TrustState) => void;
  readonly onRefused: (refusal: { readonly reason: Refusal; readonly seen: string; readonly sha256: string }) => void;
}

export class CarriedTrust {
  readonly #options: CarriedTrustOptions;
  readonly #outcomes: Partial<Record<CarriedOutcome, number>> = {};
  /** By digest, oldest first. */
  readonly #waiting = new Map<string, readonly string[]>();
  readonly #told = new Set<string>();
  /** Of what was trusted when it came: the same again says nothing new. */
  #known: string | undefined;
  #refused: CarriedStatus['refused'];
  #retryMs: number | undefined;

  constructor(options: CarriedTrustOptions) {
    this.#options = options;
  }

  /** Throws DiodeError `disk-failed`, `audit-failed`: stop then. */
  handleTexts(nowMs: number, texts: readonly string[]): void {
    const sha256 = sha256Hex(texts.join('\n'));
    if (sha256 === this.#known || this.#waiting.has(sha256)) return;
    const outcome = this.#judge(sha256, texts);
    this.#count(outcome);
    if (!RETRIED.has(outcome) || this.#claimsOlder(texts)) return;
    this.#waiting.set(sha256, texts);
    for (const oldest of this.#waiting.keys()) {
      if (this.#waiting.size <= RECEIVER_LIMITS.maxWaitingTrust) break;
      this.#waiting.delete(oldest);
    }
    this.#retryMs ??= nowMs + RECEIVER_LIMITS.trustRetryMs;
  }

  /** Throws as `handleTexts`. */
  poll(nowMs: number): void {
    if (this.#retryMs === undefined || nowMs < this.#retryMs) return;
    for (const [sha256, texts] of [...this.#waiting]) {
      const outcome = this.#judge(sha256, texts);
      if (RETRIED.has(outcome)) continue;
      this.#waiting.delete(sha256);
      this.#count(outcome);
    }
    this.#retryMs = this.#waiting.size === 0 ? undefined : nowMs + RECEIVER_LIMITS.trustRetryMs;
  }

  get status(): CarriedStatus {
    return {
      outcomes: { ...this.#outcomes },
      waiting: this.#waiting.size,
      ...(this.#refused && { refused: this.#refused }),
    };
  }

  #judge(sha256: string, texts: readonly string[]): CarriedOutcome {
    const adoption = this.#adopt(this.#needed(texts));
    if (adoption.outcome !== 'refused') {
      this.#known = sha256;
      this.#refused = undefined;
      if (adoption.outcome === 'adopted') this.#options.onAdopted(adoption.state);
      return adoption.outcome;
    }
    const { reason, seen } = adoption;
    // An old copy that is played again says nothing of what the sender carries now.
    if (!this.#claimsOlder(texts)) this.#refused = { reason, seen, cure: cureOf(reason) };
    this.#tell(sha256, { reason, seen });
    return reason;
  }

  #adopt(
    texts: readonly string[],
  ): Exclude<Adoption, { outcome: 'refused' }> | { outcome: 'refused'; reason: Refusal; seen: string } {
    try {
      const adoption = this.#options.adopt(texts);
      return adoption.outcome === 'refused' ? { outcome: 'refused', ...adoption.problem } : adoption;
    } catch (error) {
      if (!(error instanceof DiodeError) || FATAL.has(error.code)) throw error;
      return { outcome: 'refused', reason: 'trust-unwritten', seen: `${error.seen} ${error.cure}` };
    }
  }

  /** Without root statements that are believed here, or from before the pinned one: they are for receivers that are not as far. */
  #needed(texts: readonly string[]): readonly string[] {
    const { roots } = this.#options.state();
    const first = roots[0]?.version ?? 0;
    return texts.filter((text) => {
      const jws = readRootJws(text);
      const content = isProblem(jws) ? jws : readRootContent(jws.payload);
      if (isProblem(content)) return true;
      return content.version >= first && !roots.some((known) => isSamePayload(text, known.text));
    });
  }

  /** By its own word, which is enough for what is refused anyway: its holders may be none any more. */
  #claimsOlder(texts: readonly string[]): boolean {
    const state = this.#options.state();
    const jws = readBundleJws(texts.at(-1) ?? '');
    const content = isProblem(jws) ? jws : readBundleContent(jws.payload);
    if (isProblem(content)) return false;
    const isOldRoot = content.root < (state.roots.at(-1)?.version ?? 0);
    return isOldRoot || (state.bundle !== undefined && compareBundles(content, state.bundle) < 0);
  }

  #tell(sha256: string, refusal: { readonly reason: Refusal; readonly seen: string }): void {
    const name = `${sha256} ${refusal.reason}`;
    if (this.#told.has(name)) return;
    this.#told.add(name);
    for (const oldest of this.#told) {
      if (this.#told.size <= RECEIVER_LIMITS.maxToldTrust) break;
      this.#told.delete(oldest);
    }
    this.#options.onRefused({ ...refusal, sha256 });
  }

  #count(outcome: CarriedOutcome): void {
    this.#outcomes[outcome] = (this.#outcomes[outcome] ?? 0) + 1;
  }
}

const FATAL: ReadonlySet<string> = new Set(['disk-failed', 'audit-failed']);

/** A token may expire, the clock be set, and a root be given by hand whose holders signed it. */
const RETRIED: ReadonlySet<CarriedOutcome> = new Set<CarriedOutcome>([
  'trust-unwritten',
  'tokens-orphaned',
  'root-needed',
  'root-gap',
  'signature-unknown',
  'signatures-missing',
  'root-expired',
  'bundle-expired',
]);

function cureOf(reason: Refusal): string {
  return reason === 'trust-unwritten' ? 'It is tried again every minute.' : TRUST_CURES[reason];
}
