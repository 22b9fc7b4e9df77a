/**
 * Token issuer: state of subjects ─► [token issuer] ─► issuer desk, which signs ─► line queue ─► flush. Knows which subject
 * needs a token now, says what it is to say, and takes it into plan and log when its frame is journaled. Without a clock,
 * a key or randomness: the desk has them.
 */
import type { TokenIssuerConfig } from '../../src/config/sender-config.ts';
import type { JsonObject } from '../../src/identity/json-value.ts';
import { subjectKey } from '../../src/identity/key.ts';
import { ISSUER_LIMITS, SECOND_MS } from '../../src/limits.ts';
import type { PublicJwk } from '../../src/signer/signer.ts';
import type { Store } from '../../src/store/database.ts';
import type { DeltaRecord, RevocationRecord, TokenRecord, WireRecord } from '../../src/wire/record.ts';
import type { Revision } from '../../src/wire/revision.ts';
import type { SubjectState } from '../journal/subject-state.ts';
import type { TrustState } from '../journal/trust-state.ts';
import { IssuePlan, isRenewal, type PlanRow, rowName } from './issue-plan.ts';
import { IssuedLog, type LiveKey } from './issued-log.ts';
import type { IssuedToken, IssuerOutcome, WantedToken } from './issuer-entry.ts';
import type { IssuerStatus } from './issuer-status.ts';
import { LinkMargins } from './link-margins.ts';
import { putOwnKey } from './own-keys.ts';
import { RateBucket } from './rate-bucket.ts';
import { renewalMs, renewalsPerSecond, shortestLifetimeMs } from './renewal-schedule.ts';
import { RowJudge } from './row-judge.ts';
import { StartLook } from './start-look.ts';
import { SubjectContent } from './subject-content.ts';
import type { TokenContent } from './token-text.ts';

export interface TokenIssuerOptions {
  readonly config: TokenIssuerConfig;
  readonly store: Store;
  /** That of the journal, which says what the disk refused. */
  readonly transaction: <T>(work: () => T) => T;
  readonly state: SubjectState;
  readonly trust: Pick<TrustState, 'revokedUpToMs'>;
  /** Of the link. */
  readonly lastRepeatMs: number;
  readonly holdMs: number;
}

export interface TakenTokens {
  readonly wanted: readonly (WantedToken | { readonly ended: string })[];
  /** More rows are due, and the rate lets more pass: nobody waits for them. */
  readonly hasMore: boolean;
}

export interface KeysBefore {
  readonly lastKeyId?: string;
  readonly live: readonly LiveKey[];
}

const BATCHES_PER_SECOND = 10;

export class TokenIssuer {
  readonly #options: TokenIssuerOptions;
  readonly #plan: IssuePlan;
  readonly #log: IssuedLog;
  readonly #bucket: RateBucket;
  readonly #content: SubjectContent;
  readonly #margins: LinkMargins;
  /** Names of rows given to the desk and not journaled yet, each with its key; as many as the desk takes at once. */
  readonly #underWay = new Map<string, string>();
  readonly #look: StartLook;
  readonly #judge: RowJudge;
  readonly #counts = { issued: 0, dropped: 0, unsigned: 0, revoked: 0, lapsed: 0 };
  /** Keys whose tokens were made due in this run. */
  readonly #revokedKeys = new Set<string>();
  /** Whose turn it is: where there is room for one at a time, the others would never have any. */
  #isRenewalsTurn = false;
  #nowMs = 0;
  /** Wall clock less monotonic clock, at most since it was set back. */
  #clockMs = Number.NEGATIVE_INFINITY;

  constructor(nowMs: number, wallMs: number, options: TokenIssuerOptions) {
    const { config, store, transaction, trust } = options;
    this.#options = options;
    this.#plan = new IssuePlan(store, config.audiences);
    this.#log = new IssuedLog(store);
    this.#bucket = new RateBucket(nowMs, config.maxTokensPerSecond);
    this.#content = new SubjectContent(options);
    const { audiences } = config;
    const revokedUpToMs = ({ iss, sub }: TokenContent) => trust.revokedUpToMs(iss, sub);
    const parts = { plan: this.#plan, content: this.#content, audiences, revokedUpToMs };
    this.#look = new StartLook({ ...parts, transaction });
    this.#judge = new RowJudge({ ...parts, onEnded: (key) => this.#look.handleEnded(key) });
    const { lastRepeatMs, holdMs } = options;
    this.#margins = new LinkMargins({ lastRepeatMs, holdMs, marginMs: config.marginSeconds * SECOND_MS });
    this.#nowMs = nowMs;
    this.#plan.takeUp(config.subjectType, wallMs);
  }

  /**
   * Inside the flush's transaction, behind each record that was applied to the state: what its subject's tokens were is
   * taken back at once where it ended, and looked at again where it changed.
   */
  handleRecord(record: WireRecord, wallMs: number): readonly RevocationRecord[] {
    const { subjectType } = this.#options.config;
    if (record.kind === 'revocation') this.#handleRevocation(record);
    if (record.kind === 'member' && this.#content.readsGroups)
      this.#plan.markKnown(subjectKey(subjectType, record.member));
    if (record.kind !== 'delta') return [];
    if (record.type === 'Group' && this.#content.namesGroups) this.#markMembers(record.id);
    if (record.type !== subjectType) return [];
    const key = subjectKey(record.type, record.id);
    this.#look.handleEnded(key);
    if (isActive(record)) {
      this.#plan.markSubject(key);
      return [];
    }
    return this.#end(key, wallMs);
  }

  /**
   * What to sign now within the rate, what changed and what is due to be renewed by turns, so that a crowd of the ones lets no
   * token of the others lapse; and subjects that ended unnoticed. Throws as the transaction.
   */
  take(nowMs: number, wallMs: number, most: number): TakenTokens {
    this.#nowMs = nowMs;
    this.#watchClock(wallMs - nowMs);
    this.#look.handleTurn(wallMs);
    const room = Math.min(most, this.#bucket.available(nowMs));
    // Not one by one: each batch has its own look into the plan.
    if (room < Math.min(most, this.#options.config.maxTokensPerSecond / BATCHES_PER_SECOND)) {
      return { wanted: [], hasMore: false };
    }
    const rows = this.#dueRows(wallMs);
    const wanted: (WantedToken | { readonly ended: string })[] = [];
    const given: PlanRow[] = [];
    const settle: (() => void)[] = [];
    for (const row of rows) {
      if (wanted.length === room) break;
      const judged = this.#judge.judge(row, wallMs);
      if (typeof judged === 'function') settle.push(judged);
      else {
        wanted.push(judged);
        given.push(row);
      }
    }
    if (settle.length > 0) {
      this.#options.transaction(() => {
        for (const write of settle) write();
      });
    }
    // Behind the transaction: where the disk is full, all of them are due as before.
    for (const row of given) this.#underWay.set(rowName(row), row.key);
    this.#bucket.take(wanted.length);
    if (wanted.length % 2 === 1) this.#isRenewalsTurn = !this.#isRenewalsTurn;
    return { wanted, hasMore: rows.length === ISSUER_LIMITS.lookedRows && wanted.length < room };
  }

  /** Set back, it leaves tokens of a time to come, whose renewal is as far away. */
  #watchClock(clockMs: number): void {
    const isSetBack = clockMs < this.#clockMs - ISSUER_LIMITS.aheadMs;
    if (isSetBack) this.#look.startAnew();
    this.#clockMs = isSetBack ? clockMs : Math.max(clockMs, this.#clockMs);
  }

  /** At most `lookedRows`: most of them may be as they should be, as after a large group changed. */
  #dueRows(wallMs: number): readonly PlanRow[] {
    const limit = ISSUER_LIMITS.lookedRows + this.#underWay.size;
    const due = this.#plan.due(wallMs, limit);
    const renewals = this.#plan.dueRenewals(wallMs, limit);
    const byName = new Map<string, PlanRow>();
    for (let at = 0; at < limit && byName.size < ISSUER_LIMITS.lookedRows; at++) {
      for (const row of this.#isRenewalsTurn ? [renewals[at], due[at]] : [due[at], renewals[at]]) {
        if (row !== undefined && !this.#underWay.has(rowName(row))) byName.set(rowName(row), row);
      }
    }
    return [...byName.values()].slice(0, ISSUER_LIMITS.lookedRows);
  }

  /** Inside the flush's transaction: what takes back the tokens of a subject that is not there any more. */
  endRecords(key: string, wallMs: number): readonly RevocationRecord[] {
    const isThere = this.#plan.rowsOf(key).some(({ audience }) => this.#content.of(key, audience) !== undefined);
    return isThere ? [] : this.#end(key, wallMs);
  }

  /**
   * Inside the flush's transaction: the records of a signed token, its own last; undefined where it is not what its subject
   * should have any more. `handleFramed` follows for the token's record.
   */
  records(token: IssuedToken, wallMs: number): readonly (RevocationRecord | TokenRecord)[] | undefined {
    const row = this.#plan.row(token.key, token.audience);
    if (row === undefined || !this.#judge.isCurrent(token, row, wallMs)) return undefined;
    const record: TokenRecord = { kind: 'token', jws: token.jws };
    const isRenamed = row.subject !== null && row.subject !== token.subject && (row.expiresMs ?? 0) > wallMs;
    return isRenamed ? [this.#revocation(row.subject as string, wallMs), record] : [record];
  }

  /** Inside the flush's transaction: the token has its place. True where the one before had expired. */
  handleFramed(token: IssuedToken, revision: Revision): boolean {
    const { key, audience, content, issuedAtMs, expiresAtMs, subject } = token;
    const row = this.#plan.row(key, audience);
    const isInTurn = row !== undefined && isRenewal(row, issuedAtMs);
    const renewMs = renewalMs({ issuedAtMs, expiresAtMs, isInTurn }, this.#margins.at(this.#nowMs), rowName(token));
    this.#plan.setLive({ key, audience, content, renewMs, expiresMs: expiresAtMs, issuedMs: issuedAtMs, subject });
    this.#log.add(token, revision);
    return typeof row?.expiresMs === 'number' && row.expiresMs <= issuedAtMs;
  }

  /** After the commit: each is journaled, or dropped since its subject changed meanwhile. */
  handleJournaled({ settled, issued, lapsed, revoked }: IssuerOutcome): void {
    for (const entry of settled) {
      if (entry.kind === 'issued') this.#underWay.delete(rowName(entry.token));
      if (entry.kind === 'ended') {
        this.#forget(entry.key);
        this.#look.handleEnded(entry.key);
      }
    }
    this.#counts.issued += issued;
    this.#counts.lapsed += lapsed;
    this.#counts.revoked += revoked;
    this.#counts.dropped += settled.filter(({ kind }) => kind === 'issued').length - issued;
  }

  /** The desk could not sign it: it is due as before. */
  handleUnsigned({ key, content }: WantedToken): void {
    this.#underWay.delete(rowName({ key, audience: content.aud }));
    this.#counts.unsigned++;
  }

  /** Not the key that signs; all that are revoked, again and again. Throws as the transaction. */
  handleRevokedKeys(keyIds: ReadonlySet<string>, wallMs: number): void {
    const fresh = [...keyIds].filter((keyId) => !this.#revokedKeys.has(keyId));
    if (fresh.length === 0) return;
    const live = this.liveKeyIds(wallMs);
    const { transaction, config } = this.#options;
    transaction(() => {
      for (const keyId of fresh) if (live.includes(keyId)) this.#plan.markSigned(config.issuer, keyId, wallMs);
    });
    for (const keyId of fresh) this.#revokedKeys.add(keyId);
  }

  /** A frame waited so long for its first pass. */
  handleFirstPass(nowMs: number, ageMs: number): void {
    this.#nowMs = nowMs;
    this.#margins.handleFirstPass(nowMs, ageMs);
  }

  /** What the log need not keep any more; inside a transaction. Returns how many rows went. */
  purge(wallMs: number, maxRows: number): number {
    const keepMs = this.#options.config.logDays * 86_400_000;
    return this.#log.purge(wallMs - keepMs, maxRows) + this.#plan.purge(wallMs - 86_400_000, maxRows);
  }

  /** Keys under which a token of this issuer may still be good. */
  liveKeyIds(wallMs: number): readonly string[] {
    return this.#log.liveKeyIds(this.#options.config.issuer, wallMs);
  }

  /**
   * The key of this run, before it signs. What was signed with before: the key of the last token, and all of tokens that may
   * still be good. Throws as the transaction.
   */
  handleKey(publicJwk: PublicJwk, wallMs: number): KeysBefore {
    const { config, store, transaction } = this.#options;
    const { issuer } = config;
    const keyId = publicJwk.kid;
    transaction(() => putOwnKey(store, issuer, publicJwk));
    const lastKeyId = this.#log.lastKeyId(issuer);
    const live = this.#log.liveKeys(issuer, wallMs).filter((key) => key.keyId !== keyId);
    return { live, ...(lastKeyId !== undefined && { lastKeyId }) };
  }

  /** Every subject that ended is known, and the revocation of its tokens journaled or in the line queue before long. */
  get knowsAllEnds(): boolean {
    return this.#look.knowsAllEnds;
  }

  /** How long after one status the next must have arrived. */
  statusSpanMs(nowMs: number, intervalMs: number): number {
    this.#nowMs = nowMs;
    return this.#margins.statusSpanMs(nowMs, intervalMs);
  }

  /** The look at all rows after the start is not over. */
  get isLooking(): boolean {
    return this.#look.isUnderWay;
  }

  /** Reads the plan. */
  status(nowMs: number, wallMs: number): IssuerStatus {
    this.#nowMs = nowMs;
    const { lifetimeSeconds, maxTokensPerSecond } = this.#options.config;
    const lifetimeMs = lifetimeSeconds * SECOND_MS;
    const margins = this.#margins.at(nowMs);
    const { live, due } = this.#plan.counts(wallMs);
    return {
      live,
      due,
      ...this.#counts,
      problems: this.#plan.problems(),
      lifetimeMs,
      shortestLifetimeMs: shortestLifetimeMs(margins),
      neededPerSecond: renewalsPerSecond(live, lifetimeMs, margins),
      maxPerSecond: maxTokensPerSecond,
    };
  }

  /** Of a source, or of its own where a name changed: whoever else has that name needs another token. */
  #handleRevocation({ issuer, target }: RevocationRecord): void {
    if (issuer !== this.#options.config.issuer) return;
    if ('subject' in target) this.#plan.markNamed(target.subject);
    if ('everyone' in target) this.#look.startAnew();
  }

  #markMembers(group: string): void {
    const { state, config } = this.#options;
    for (const { member, memberType } of state.membersOf(group)) {
      if (memberType === config.subjectType) this.#plan.markKnown(subjectKey(memberType, member));
    }
  }

  /** One revocation for each name that its live tokens have. */
  #end(key: string, wallMs: number): readonly RevocationRecord[] {
    const live = this.#plan.rowsOf(key).filter(({ expiresMs }) => (expiresMs ?? 0) > wallMs);
    const subjects = new Set(live.map(({ subject }) => subject as string));
    this.#plan.setEnded(key, subjects.size > 0 ? wallMs : 0);
    for (const subject of subjects) this.#plan.markNamed(subject);
    return [...subjects].map((subject) => this.#revocation(subject, wallMs));
  }

  /** Of every audience, those that the config names no longer too: it is judged anew where it is there again. */
  #forget(key: string): void {
    for (const [name, owner] of this.#underWay) if (owner === key) this.#underWay.delete(name);
  }

  #revocation(subject: string, wallMs: number): RevocationRecord {
    return { kind: 'revocation', issuer: this.#options.config.issuer, target: { subject, issuedBeforeMs: wallMs } };
  }
}

function isActive({ operation, resource }: DeltaRecord): boolean {
  if (operation === 'delete' || resource === undefined) return false;
  return (JSON.parse(resource) as JsonObject).active !== false;
}
