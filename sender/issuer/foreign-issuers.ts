/**
 * Foreign issuers: answers ─► [foreign issuers] ─► line queue. When each is asked next, which set of keys was seen, and
 * whether it may cross: at once, or once an operator approved exactly this set. Pure but for the store; the desk asks.
 */
import type { ForeignIssuerConfig } from '../../src/config/sender-config.ts';
import { sha256Hex } from '../../src/crypto/digest.ts';
import { FOREIGN_LIMITS } from '../../src/limits.ts';
import type { Store } from '../../src/store/database.ts';
import type { TrustState } from '../journal/trust-state.ts';
import {
  type FailedAnswer,
  FOREIGN_FAILURES,
  type ForeignFailure,
  judgeAnswer,
  type WholeAnswer,
} from './foreign-answer.ts';
import type { ForeignQuestion } from './foreign-question.ts';
import { type ForeignRow, putForeignRow, readForeignRows } from './foreign-table.ts';
import type { IssuerEntry } from './issuer-entry.ts';
import { freshMs, pollWaitMs, retryWaitMs } from './poll-times.ts';

export interface ForeignIssuersOptions {
  readonly config: readonly ForeignIssuerConfig[];
  readonly store: Store;
  /** That of the journal, which says what the disk refused. */
  readonly transaction: <T>(work: () => T) => T;
  readonly trust: Pick<TrustState, 'keySetOf'>;
}

/** What an answer changed, once a change. */
export type ForeignEvent =
  | { readonly kind: 'failed'; readonly failure: ForeignFailure; readonly seen: string }
  | { readonly kind: 'answers-again' }
  | { readonly kind: 'seen'; readonly sha256: string; readonly needsApproval: boolean };

export type FetchOutcome = 'changed' | 'unchanged' | 'not-modified' | ForeignFailure;

export interface ForeignStatus {
  readonly issuer: string;
  /** Of its key set, or its own where that is discovered. */
  readonly url: string;
  readonly approve: ForeignIssuerConfig['approve'];
  readonly pollMs: number;
  readonly nextMs: number;
  readonly answeredAtMs?: number;
  readonly answerAgeMs?: number;
  /** Since the last good answer. */
  readonly failure?: { readonly reason: ForeignFailure; readonly seen: string; readonly inARow: number };
  /** Failing for long, or since it was named. */
  readonly isOverdue: boolean;
  /** Of this run. */
  readonly fetches: Readonly<Partial<Record<FetchOutcome, number>>>;
  /** Of the set seen last. */
  readonly leftOut: readonly string[];
  readonly seen?: { readonly sha256: string; readonly keys: number; readonly sinceMs: number };
  readonly decision: Decision;
}

export type Decision = 'none-seen' | 'approved' | 'waiting' | 'rejected';

export class ForeignIssuers {
  readonly #options: ForeignIssuersOptions;
  readonly #rows = new Map<string, ForeignRow>();
  readonly #nextMs = new Map<string, number>();
  readonly #asked = new Set<string>();
  readonly #fetches = new Map<string, Partial<Record<FetchOutcome, number>>>();
  /** By issuer, the set that was handed over by this run. */
  readonly #handed = new Map<string, string>();
  #hasChanged = true;

  /** One that was asked lately is asked when it would have been, had the sender run on. */
  constructor(nowMs: number, wallMs: number, options: ForeignIssuersOptions) {
    this.#options = options;
    const known = new Map(readForeignRows(options.store).map((row) => [row.issuer, row]));
    for (const config of options.config) {
      const { issuer } = config;
      const url = placeOf(config);
      const row = known.get(issuer);
      const isSamePlace = row?.url === url;
      this.#rows.set(issuer, { ...(row ?? NOTHING), issuer, url, ...(!isSamePlace && { etag: null, nextMs: wallMs }) });
      // A clock that was set back must not silence it for long.
      const waitMs = isSamePlace ? Math.min(Math.max(0, row.nextMs - wallMs), FOREIGN_LIMITS.maxPollMs) : 0;
      this.#nextMs.set(issuer, nowMs + waitMs);
      this.#fetches.set(issuer, {});
    }
  }

  /** Those to be asked now; each is under way until `handleAnswer`. */
  take(nowMs: number): readonly ForeignQuestion[] {
    const due = [...this.#rows.values()].filter(
      ({ issuer }) => !this.#asked.has(issuer) && (this.#nextMs.get(issuer) as number) <= nowMs,
    );
    for (const { issuer } of due) this.#asked.add(issuer);
    return due.map(({ issuer, etag }) => this.#question(issuer, etag));
  }

  /** Durable when it returns. Throws as the transaction; then it is as if nobody had asked. */
  handleAnswer(
    nowMs: number,
    wallMs: number,
    question: ForeignQuestion,
    answer: WholeAnswer | FailedAnswer,
  ): ForeignEvent | undefined {
    const { issuer } = question;
    this.#asked.delete(issuer);
    const config = this.#configOf(issuer);
    const row = this.#rows.get(issuer);
    if (row === undefined || config === undefined) return undefined;
    const judged = 'failure' in answer ? answer : judgeAnswer(answer, { hadEtag: question.etag !== undefined, wallMs });
    if (typeof judged === 'object' && 'failure' in judged) return this.#handleFailure(nowMs, wallMs, row, judged);
    const { headers } = answer as WholeAnswer;
    const waitMs = pollWaitMs(issuer, wallMs, { usualMs: config.pollSeconds * 1_000, fresh: freshMs(headers, wallMs) });
    const good = {
      ...row,
      nextMs: wallMs + waitMs,
      answeredMs: wallMs,
      failures: 0,
      failingMs: null,
      failure: null,
      failureSeen: null,
    };
    const isNew = typeof judged === 'object' && judged.jwks !== row.jwks;
    const etag = headers.etag ?? (judged === 'not-modified' ? row.etag : null);
    this.#put(nowMs, waitMs, {
      ...good,
      etag: etag !== null && etag.length <= FOREIGN_LIMITS.maxEtagCharacters ? etag : null,
      ...(typeof judged === 'object' && { jwks: judged.jwks, leftOut: JSON.stringify(judged.leftOut) }),
      ...(isNew && { seenMs: wallMs }),
    });
    this.#count(issuer, judged === 'not-modified' ? 'not-modified' : isNew ? 'changed' : 'unchanged');
    if (isNew) {
      const sha256 = sha256Hex(judged.jwks);
      return { kind: 'seen', sha256, needsApproval: this.#decisionOf(issuer) === 'waiting' };
    }
    return row.failures > 0 ? { kind: 'answers-again' } : undefined;
  }

  /** Sets that may cross and were not said yet. Throws as the transaction. */
  entries(): readonly IssuerEntry[] {
    if (!this.#hasChanged) return [];
    const ready = [...this.#rows.values()].flatMap((row) => {
      const isReady =
        row.jwks !== null && row.jwks !== this.#handed.get(row.issuer) && this.#decisionOf(row.issuer) === 'approved';
      return isReady ? [{ ...row, jwks: row.jwks as string }] : [];
    });
    for (const row of ready) {
      // What crossed by itself counts as approved, should the config ask for approval later.
      const sha256 = sha256Hex(row.jwks);
      if (row.approved !== sha256) this.#write({ ...row, approved: sha256 });
    }
    const fresh = ready.filter(({ issuer, jwks }) => this.#options.trust.keySetOf(issuer) !== jwks);
    for (const { issuer, jwks } of ready) this.#handed.set(issuer, jwks);
    this.#hasChanged = false;
    return fresh.map(({ issuer, jwks }) => ({ kind: 'said', record: { kind: 'key-set', issuer, jwks } }));
  }

  /** An operator's word on exactly this set; the same word again changes nothing. The issuer, or why not. */
  decide(
    decision: 'approved' | 'rejected',
    sha256: string,
  ): { readonly issuer: string } | { readonly refused: string } {
    const found = [...this.#rows.values()].find(({ jwks }) => jwks !== null && sha256Hex(jwks) === sha256);
    if (found === undefined) {
      return { refused: 'No issuer publishes this set any more: look again with `diode-sender key-sets DIR`.' };
    }
    const { issuer } = found;
    if (this.#configOf(issuer)?.approve !== 'manual') {
      return { refused: `Sets of ${issuer} cross by themselves: config.yaml says approve: automatic.` };
    }
    const { approved, rejected } = found;
    if (decision === 'approved')
      this.#write({ ...found, approved: sha256, rejected: rejected === sha256 ? null : rejected });
    else this.#write({ ...found, rejected: sha256, approved: approved === sha256 ? null : approved });
    this.#hasChanged = true;
    return { issuer };
  }

  /** From memory. */
  status(wallMs: number): readonly ForeignStatus[] {
    return this.#options.config.map((config) => {
      const { issuer, approve, pollSeconds } = config;
      const row = this.#rows.get(issuer) as ForeignRow;
      const { answeredMs, failure, failureSeen, failures, failingMs, jwks, seenMs } = row;
      return {
        issuer,
        url: placeOf(config),
        approve,
        pollMs: pollSeconds * 1_000,
        nextMs: row.nextMs,
        ...(answeredMs !== null && { answeredAtMs: answeredMs, answerAgeMs: Math.max(0, wallMs - answeredMs) }),
        ...(failure !== null && { failure: { reason: failure, seen: failureSeen ?? '', inARow: failures } }),
        isOverdue: failingMs !== null && (answeredMs === null || wallMs - failingMs >= FOREIGN_LIMITS.overdueMs),
        fetches: { ...this.#fetches.get(issuer) },
        leftOut: JSON.parse(row.leftOut) as readonly string[],
        ...(jwks !== null && { seen: { sha256: sha256Hex(jwks), keys: keyCount(jwks), sinceMs: seenMs ?? 0 } }),
        decision: this.#decisionOf(issuer),
      };
    });
  }

  #handleFailure(nowMs: number, wallMs: number, row: ForeignRow, answer: FailedAnswer): ForeignEvent | undefined {
    const { failure, seen, askedMs } = answer;
    const failures = row.failures + 1;
    const waitMs = retryWaitMs(row.issuer, wallMs, { failures, askedMs });
    this.#put(nowMs, waitMs, {
      ...row,
      nextMs: wallMs + waitMs,
      failures,
      failingMs: row.failingMs ?? wallMs,
      failure,
      failureSeen: seen,
    });
    this.#count(row.issuer, failure);
    return failures === 1 || failure !== row.failure ? { kind: 'failed', failure, seen } : undefined;
  }

  /** Without the ETag where the place is discovered: the metadata may name another one the next time. */
  #question(issuer: string, etag: string | null): ForeignQuestion {
    const { jwks, jwksHost } = this.#configOf(issuer) as ForeignIssuerConfig;
    if (jwks === undefined) return { issuer, ...(jwksHost !== undefined && { jwksHost }) };
    return { issuer, jwks, ...(etag !== null && { etag }) };
  }

  #decisionOf(issuer: string): Decision {
    const row = this.#rows.get(issuer) as ForeignRow;
    return decisionOf(row, this.#configOf(issuer)?.approve ?? 'manual');
  }

  #configOf(issuer: string): ForeignIssuerConfig | undefined {
    return this.#options.config.find((each) => each.issuer === issuer);
  }

  #put(nowMs: number, waitMs: number, row: ForeignRow): void {
    // Also where the disk refuses the row: asked again at once, it would be asked a thousand times a second.
    this.#nextMs.set(row.issuer, nowMs + waitMs);
    this.#write(row);
    this.#hasChanged = true;
  }

  #write(row: ForeignRow): void {
    this.#options.transaction(() => putForeignRow(this.#options.store, row));
    this.#rows.set(row.issuer, row);
  }

  #count(issuer: string, outcome: FetchOutcome): void {
    const counts = this.#fetches.get(issuer) as Partial<Record<FetchOutcome, number>>;
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
}

export const FETCH_OUTCOMES: readonly FetchOutcome[] = ['changed', 'unchanged', 'not-modified', ...FOREIGN_FAILURES];

/** What the config says of where its keys are. */
function placeOf({ issuer, jwks }: ForeignIssuerConfig): string {
  return jwks ?? issuer;
}

export function decisionOf(
  { jwks, approved, rejected }: ForeignRow,
  approve: ForeignIssuerConfig['approve'],
): Decision {
  if (jwks === null) return 'none-seen';
  if (approve === 'automatic') return 'approved';
  const sha256 = sha256Hex(jwks);
  if (sha256 === approved) return 'approved';
  return sha256 === rejected ? 'rejected' : 'waiting';
}

const NOTHING: Omit<ForeignRow, 'issuer' | 'url'> = {
  etag: null,
  nextMs: 0,
  answeredMs: null,
  failures: 0,
  failingMs: null,
  failure: null,
  failureSeen: null,
  jwks: null,
  seenMs: null,
  leftOut: '[]',
  approved: null,
  rejected: null,
};

function keyCount(jwks: string): number {
  return (JSON.parse(jwks) as { readonly keys: readonly unknown[] }).keys.length;
}
