/**
 * link ─► control desk ─► **carried trust** ─► trust store, trust desk
 *
 * Statements of root holders that the sender carries: adopted by the rules of those that come by hand, whoever brings them.
 * What is refused is counted by reason and told once; where time may change the answer, it is judged again.
 */
import { sha256Hex } from '../../src/crypto/digest.ts';
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { isSamePayload, readRootContent, readRootJws } from '../../src/trust/root-statement.ts';
import { compareBundles, readBundleContent, readBundleJws } from '../../src/trust/trust-bundle.ts';
import { isProblem, TRUST_CURES, type TrustReason } from '../../src/trust/trust-problem.ts';
import { type Adoption, adopt, type TrustState } from './trust-state.ts';

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
  readonly stream: string;
  /** The time that trust is judged at. */
  readonly nowMs: () => number;
  readonly state: () => TrustState;
  /** All of them or nothing, durably, and audited before; it takes the disk and a lock. */
  readonly adopt: (texts: readonly string[]) => Adoption;
  /** What the disk has now; `state` may have it already. */
  readonly onTrusted: (state: TrustState) => void;
  readonly onRefused: (refusal: { readonly reason: Refusal; readonly seen: string; readonly sha256: string }) => void;
}

type Outcome = Exclude<Adoption, { outcome: 'refused' }> | { outcome: 'refused'; reason: Refusal; seen: string };

/** What became of one that came. */
interface Judgement {
  readonly outcome: CarriedOutcome;
  /** Absent where it is trusted, or older than what is: an old copy that is played again says nothing of what is carried now. */
  readonly refused?: CarriedStatus['refused'];
  readonly isOlder: boolean;
}

export class CarriedTrust {
  readonly #options: CarriedTrustOptions;
  readonly #outcomes: Partial<Record<CarriedOutcome, number>> = {};
  /** By digest, oldest first. */
  readonly #waiting = new Map<string, readonly string[]>();
  readonly #told = new Set<string>();
  /** By digest, oldest first: what the same again would be judged as, as long as the same is trusted. */
  readonly #judged = new Map<string, Judgement>();
  #judgedFor: TrustState | undefined;
  #refused: CarriedStatus['refused'];
  #retryMs: number | undefined;

  constructor(options: CarriedTrustOptions) {
    this.#options = options;
  }

  /** Throws DiodeError `disk-failed`, `audit-failed`: stop then. */
  handleTexts(nowMs: number, texts: readonly string[]): void {
    const sha256 = sha256Hex(texts.join('\n'));
    if (this.#waiting.has(sha256)) return;
    const before = this.#settled.get(sha256);
    if (before !== undefined) {
      if (!before.isOlder) this.#refused = before.refused;
      return;
    }
    const judgement = this.#judge(sha256, texts, (needed) => this.#adoptIfNew(needed));
    this.#count(judgement.outcome);
    if (RETRIED.has(judgement.outcome) && !judgement.isOlder) {
      putBounded(this.#waiting, sha256, texts, RECEIVER_LIMITS.maxWaitingTrust);
      this.#retryMs ??= nowMs + RECEIVER_LIMITS.trustRetryMs;
    } else putBounded(this.#settled, sha256, judgement, RECEIVER_LIMITS.maxJudgedTrust);
  }

  /** Throws as `handleTexts`. */
  poll(nowMs: number): void {
    if (this.#retryMs === undefined || nowMs < this.#retryMs) return;
    for (const [sha256, texts] of [...this.#waiting]) {
      // By the disk: whoever gave a root by hand may have ended before telling us.
      const judgement = this.#judge(sha256, texts, (needed) => this.#adopt(needed));
      if (RETRIED.has(judgement.outcome)) continue;
      this.#waiting.delete(sha256);
      putBounded(this.#settled, sha256, judgement, RECEIVER_LIMITS.maxJudgedTrust);
      this.#count(judgement.outcome);
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

  get #settled(): Map<string, Judgement> {
    const state = this.#options.state();
    if (state !== this.#judgedFor) this.#judged.clear();
    this.#judgedFor = state;
    return this.#judged;
  }

  #judge(sha256: string, texts: readonly string[], judge: (needed: readonly string[]) => Outcome): Judgement {
    const adoption = judge(this.#needed(texts));
    if (adoption.outcome !== 'refused') {
      this.#options.onTrusted(adoption.state);
      this.#refused = undefined;
      return { outcome: adoption.outcome, isOlder: false };
    }
    const { reason, seen } = adoption;
    this.#tell(sha256, { reason, seen });
    if (this.#claimsOlder(texts)) return { outcome: reason, isOlder: true };
    this.#refused = { reason, seen, cure: cureOf(reason) };
    return { outcome: reason, refused: this.#refused, isOlder: false };
  }

  /** Signatures first, in memory: only what would be adopted costs the disk and the lock. */
  #adoptIfNew(texts: readonly string[]): Outcome {
    const { state, stream, nowMs } = this.#options;
    const judged = adopt(state(), texts, { stream, nowMs: nowMs() });
    return judged.outcome === 'adopted' ? this.#adopt(texts) : outcomeOf(judged);
  }

  #adopt(texts: readonly string[]): Outcome {
    try {
      return outcomeOf(this.#options.adopt(texts));
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

function outcomeOf(adoption: Adoption): Outcome {
  return adoption.outcome === 'refused' ? { outcome: 'refused', ...adoption.problem } : adoption;
}

/** The oldest goes where it is full. */
function putBounded<Value>(map: Map<string, Value>, name: string, value: Value, max: number): void {
  map.set(name, value);
  for (const oldest of map.keys()) {
    if (map.size <= max) return;
    map.delete(oldest);
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
