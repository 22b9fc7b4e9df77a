/**
 * Token issuer: state of subjects ─► [token issuer] ─► issuer desk, which signs ─► line queue ─► flush. Knows which subject
 * needs a token now, says what it is to say, and takes it into plan and log when its frame is journaled. Without a clock,
 * a key or randomness: the desk has them.
 */
import type { TokenIssuerConfig } from '../../src/config/sender-config.ts';
import type { JsonObject, JsonValue } from '../../src/identity/json-value.ts';
import { subjectKey } from '../../src/identity/key.ts';
import { ISSUER_LIMITS, RECEIVER_LIMITS, WIRE_LIMITS } from '../../src/limits.ts';
import type { Store } from '../../src/store/database.ts';
import type {
  DeltaRecord,
  KeySetRecord,
  RevocationRecord,
  StatusRecord,
  TokenRecord,
  WireRecord,
} from '../../src/wire/record.ts';
import type { Revision } from '../../src/wire/revision.ts';
import type { SubjectState } from '../subject-state.ts';
import { asksForGroupNames, asksForGroups, type IssuableSubject, mapClaims, textAt, valueAt } from './claim-mapping.ts';
import { confirmationOf } from './holder-key.ts';
import { IssuePlan, type IssueProblem, type PlanRow } from './issue-plan.ts';
import { IssuedLog, type LoggedToken } from './issued-log.ts';
import { RateBucket } from './rate-bucket.ts';
import { RecentMaximum } from './recent-maximum.ts';
import { type RenewalMargins, renewalMs, renewalsPerSecond, shortestLifetimeMs } from './renewal-schedule.ts';
import { contentDigest, type TokenContent } from './token-text.ts';

export interface TokenIssuerOptions {
  readonly config: TokenIssuerConfig;
  readonly store: Store;
  /** That of the journal, which says what the disk refused. */
  readonly transaction: <T>(work: () => T) => T;
  readonly state: SubjectState;
  /** Of the link. */
  readonly lastRepeatMs: number;
  readonly holdMs: number;
}

/** What the desk is to sign. */
export interface WantedToken {
  readonly key: string;
  readonly content: TokenContent;
}

export interface TakenTokens {
  readonly wanted: readonly (WantedToken | { readonly ended: string })[];
  /** More rows are due, and the rate lets more pass: nobody waits for them. */
  readonly hasMore: boolean;
}

/** Signed, on its way to the journal. */
export interface IssuedToken extends LoggedToken {
  readonly key: string;
  readonly jws: string;
  readonly content: Uint8Array;
}

/** What the issuer hands to the line queue beside the lines of a source. */
export type IssuerEntry =
  | { readonly kind: 'issued'; readonly token: IssuedToken }
  /** The subject ended while no issuer ran. */
  | { readonly kind: 'ended'; readonly key: string }
  /** What the sender itself has to say: keys of an issuer, its own or a foreign one, and how fresh its revocations are. */
  | { readonly kind: 'said'; readonly record: KeySetRecord | StatusRecord };

/** What became of the entries of one flush. */
export interface IssuerOutcome {
  readonly settled: readonly IssuerEntry[];
  /** Tokens journaled, those among them whose predecessor had expired, and subjects whose tokens were taken back. */
  readonly issued: number;
  readonly lapsed: number;
  readonly revoked: number;
}

export interface IssuerStatus {
  /** Tokens that are good now, as far as they were journaled. */
  readonly live: number;
  /** Subjects that wait to be looked at; what is being signed included. */
  readonly due: number;
  /**
   * Of this run: journaled, changed meanwhile and dropped, given back by a key that did not sign (they are due as before),
   * subjects whose tokens were taken back, and late renewals.
   */
  readonly issued: number;
  readonly dropped: number;
  readonly unsigned: number;
  readonly revoked: number;
  readonly lapsed: number;
  /** Subjects of which no token can be made. */
  readonly problems: Readonly<Partial<Record<IssueProblem, number>>>;
  readonly lifetimeMs: number;
  readonly shortestLifetimeMs: number;
  /** What so many tokens need, and what the config lets pass. */
  readonly neededPerSecond: number;
  readonly maxPerSecond: number;
}

const SECOND_MS = 1_000;
const BATCHES_PER_SECOND = 10;

export class TokenIssuer {
  readonly #options: TokenIssuerOptions;
  readonly #plan: IssuePlan;
  readonly #log: IssuedLog;
  readonly #bucket: RateBucket;
  readonly #linkMs = new RecentMaximum(ISSUER_LIMITS.linkWindowMs);
  readonly #readsGroups: boolean;
  readonly #namesGroups: boolean;
  /** By key and audience: given to the desk and not journaled yet. */
  readonly #underWay = new Set<string>();
  /** By key and audience: ended while no issuer ran, as the look found them, until their revocations are journaled. */
  readonly #endedUnseen = new Set<string>();
  readonly #counts = { issued: 0, dropped: 0, unsigned: 0, revoked: 0, lapsed: 0 };
  /** Where a look at all rows after the start goes on; undefined: it is done. */
  #lookedFrom: { readonly key: string; readonly audience: string } | undefined = { key: '', audience: '' };
  #nowMs = 0;

  constructor(nowMs: number, options: TokenIssuerOptions) {
    const { config, store } = options;
    this.#options = options;
    this.#plan = new IssuePlan(store, config.audiences);
    this.#log = new IssuedLog(store);
    this.#bucket = new RateBucket(nowMs, config.maxTokensPerSecond);
    this.#readsGroups = [...Object.values(config.claims), config.subject, config.confirmation?.from ?? ''].some(
      asksForGroups,
    );
    this.#namesGroups = Object.values(config.claims).some(asksForGroupNames);
    this.#nowMs = nowMs;
    this.#plan.takeUp(config.subjectType);
  }

  /**
   * Inside the flush's transaction, behind each record that was applied to the state: what its subject's tokens were is
   * taken back at once where it ended, and looked at again where it changed.
   */
  handleRecord(record: WireRecord, wallMs: number): readonly RevocationRecord[] {
    const { subjectType } = this.#options.config;
    if (record.kind === 'member' && this.#readsGroups) this.#plan.markKnown(subjectKey(subjectType, record.member));
    if (record.kind !== 'delta') return [];
    if (record.type === 'Group' && this.#namesGroups) this.#markMembers(record.id);
    if (record.type !== subjectType) return [];
    const key = subjectKey(record.type, record.id);
    this.#forgetEnded(key);
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
    this.#lookAround(wallMs);
    const room = Math.min(most, this.#bucket.available(nowMs));
    // Not one by one: each batch has its own look into the plan.
    if (room < Math.min(most, this.#options.config.maxTokensPerSecond / BATCHES_PER_SECOND)) {
      return { wanted: [], hasMore: false };
    }
    const rows = this.#dueRows(wallMs);
    const wanted: (WantedToken | { readonly ended: string })[] = [];
    const names: string[] = [];
    const settle: (() => void)[] = [];
    for (const row of rows) {
      if (wanted.length === room) break;
      const judged = this.#judge(row, wallMs);
      if (typeof judged === 'function') settle.push(judged);
      else {
        wanted.push(judged);
        names.push(nameOf(row));
      }
    }
    if (settle.length > 0) {
      this.#options.transaction(() => {
        for (const write of settle) write();
      });
    }
    // Behind the transaction: where the disk is full, all of them are due as before.
    for (const name of names) this.#underWay.add(name);
    this.#bucket.take(wanted.length);
    return { wanted, hasMore: rows.length === ISSUER_LIMITS.lookedRows && wanted.length < room };
  }

  /** At most `lookedRows`: most of them may be as they should be, as after a large group changed. */
  #dueRows(wallMs: number): readonly PlanRow[] {
    const limit = ISSUER_LIMITS.lookedRows + this.#underWay.size;
    const due = this.#plan.due(wallMs, limit);
    const renewals = this.#plan.dueRenewals(wallMs, limit);
    const byName = new Map<string, PlanRow>();
    for (let at = 0; at < limit && byName.size < ISSUER_LIMITS.lookedRows; at++) {
      for (const row of [due[at], renewals[at]]) {
        if (row !== undefined && !this.#underWay.has(nameOf(row))) byName.set(nameOf(row), row);
      }
    }
    return [...byName.values()].slice(0, ISSUER_LIMITS.lookedRows);
  }

  /** Inside the flush's transaction: what takes back the tokens of a subject that is not there any more. */
  endRecords(key: string, wallMs: number): readonly RevocationRecord[] {
    const isThere = this.#plan.rowsOf(key).some(({ audience }) => this.#contentOf(key, audience) !== undefined);
    return isThere ? [] : this.#end(key, wallMs);
  }

  /**
   * Inside the flush's transaction: the records of a signed token, its own last; undefined where it is not what its subject
   * should have any more. `handleFramed` follows for the token's record.
   */
  records(token: IssuedToken, wallMs: number): readonly (RevocationRecord | TokenRecord)[] | undefined {
    const row = this.#plan.row(token.key, token.audience);
    const content = this.#contentOf(token.key, token.audience);
    const isCurrent =
      row !== undefined &&
      row.lookMs !== null &&
      row.revokedMs < token.issuedAtMs &&
      typeof content === 'object' &&
      contentDigest(content).equals(token.content) &&
      wallMs < token.issuedAtMs + (token.expiresAtMs - token.issuedAtMs) / 2;
    if (!isCurrent) return undefined;
    const record: TokenRecord = { kind: 'token', jws: token.jws };
    const isRenamed = row.subject !== null && row.subject !== token.subject && (row.expiresMs ?? 0) > wallMs;
    return isRenamed ? [this.#revocation(row.subject as string, wallMs), record] : [record];
  }

  /** Inside the flush's transaction: the token has its place. True where the one before had expired. */
  handleFramed(token: IssuedToken, revision: Revision): boolean {
    const { key, audience, content, issuedAtMs, expiresAtMs, subject } = token;
    const row = this.#plan.row(key, audience);
    const isInTurn =
      row !== undefined && row.lookMs !== null && row.lookMs === row.renewMs && isOnTime(row, issuedAtMs);
    const renewMs = renewalMs({ issuedAtMs, expiresAtMs, isInTurn }, this.#margins(), nameOf(token));
    this.#plan.setLive({ key, audience, content, renewMs, expiresMs: expiresAtMs, subject });
    this.#log.add(token, revision);
    return typeof row?.expiresMs === 'number' && row.expiresMs <= issuedAtMs;
  }

  /** After the commit: each is journaled, or dropped since its subject changed meanwhile. */
  handleJournaled({ settled, issued, lapsed, revoked }: IssuerOutcome): void {
    for (const entry of settled) {
      if (entry.kind === 'issued') this.#underWay.delete(nameOf(entry.token));
      if (entry.kind === 'ended') {
        this.#forget(entry.key);
        this.#forgetEnded(entry.key);
      }
    }
    this.#counts.issued += issued;
    this.#counts.lapsed += lapsed;
    this.#counts.revoked += revoked;
    this.#counts.dropped += settled.filter(({ kind }) => kind === 'issued').length - issued;
  }

  /** The desk could not sign it: it is due as before. */
  handleUnsigned({ key, content }: WantedToken): void {
    this.#underWay.delete(nameOf({ key, audience: content.aud }));
    this.#counts.unsigned++;
  }

  /** A frame waited so long for its first pass. */
  handleFirstPass(nowMs: number, ageMs: number): void {
    this.#nowMs = nowMs;
    this.#linkMs.add(nowMs, ageMs);
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

  /** Every subject that ended is known, and the revocation of its tokens journaled or in the line queue before long. */
  get knowsAllEnds(): boolean {
    return this.#lookedFrom === undefined && this.#endedUnseen.size === 0;
  }

  /** How long after one status the next must have arrived: whoever reads has it then, though its first pass was lost. */
  statusSpanMs(nowMs: number, intervalMs: number): number {
    this.#nowMs = nowMs;
    const { linkMs, lastRepeatMs, holdMs, marginMs } = this.#margins();
    const spanMs = Math.ceil(intervalMs + linkMs + lastRepeatMs + holdMs + marginMs);
    return Math.min(RECEIVER_LIMITS.maxStatusIntervalMs, Math.max(2 * intervalMs, spanMs));
  }

  /** The look at all rows after the start is not over. */
  get isLooking(): boolean {
    return this.#lookedFrom !== undefined;
  }

  /** Reads the plan. */
  status(nowMs: number, wallMs: number): IssuerStatus {
    this.#nowMs = nowMs;
    const { lifetimeSeconds, maxTokensPerSecond } = this.#options.config;
    const lifetimeMs = lifetimeSeconds * SECOND_MS;
    const margins = this.#margins();
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

  /** Config and state may have changed while no issuer ran: every row is looked at once, some at a time. */
  #lookAround(wallMs: number): void {
    const from = this.#lookedFrom;
    if (from === undefined) return;
    const rows = this.#plan.after(from.key, from.audience, ISSUER_LIMITS.lookedRows);
    const changed = rows.filter((row) => {
      const content = this.#contentOf(row.key, row.audience);
      if (content === undefined && isLive(row, wallMs)) this.#endedUnseen.add(nameOf(row));
      return row.lookMs !== 0 && hasChanged(row, content, wallMs);
    });
    if (changed.length > 0) {
      this.#options.transaction(() => {
        for (const { key, audience } of changed) this.#plan.setLook(key, audience, 0);
      });
    }
    this.#lookedFrom = rows.length < ISSUER_LIMITS.lookedRows ? undefined : rows.at(-1);
  }

  /** What is to be signed or ended, or what is to be written where nothing is. */
  #judge(row: PlanRow, wallMs: number): WantedToken | { readonly ended: string } | (() => void) {
    const { key, audience, renewMs, revokedMs } = row;
    const content = this.#contentOf(key, audience);
    if (content === undefined) {
      if (isLive(row, wallMs)) return { ended: key };
      return () => {
        this.#endedUnseen.delete(nameOf(row));
        this.#plan.setLook(key, audience, null);
      };
    }
    if (typeof content === 'string') return () => this.#plan.setProblem(key, audience, content);
    // iat counts whole seconds, and what was taken back includes the second of the revocation.
    const allowedMs = revokedMs === 0 ? 0 : (Math.floor(revokedMs / SECOND_MS) + 1) * SECOND_MS;
    if (wallMs < allowedMs) return () => this.#plan.setLook(key, audience, allowedMs);
    const isUnchanged = row.content !== null && contentDigest(content).equals(row.content);
    if (isUnchanged && renewMs !== null && renewMs > wallMs) {
      return () => this.#plan.setLook(key, audience, renewMs);
    }
    return { key, content };
  }

  /** Undefined for a subject that has no tokens. */
  #contentOf(key: string, audience: string): TokenContent | IssueProblem | undefined {
    const { config, state } = this.#options;
    const found = state.subjectAt(key);
    if (found === undefined) return undefined;
    const resource = JSON.parse(found.resource) as JsonObject;
    if (resource.active === false) return undefined;
    const subject: IssuableSubject = { resource, groups: this.#groupsOf(found.type, found.id) };
    const sub = textAt(subject, config.subject, WIRE_LIMITS.maxIdBytes);
    if (sub === undefined) return 'subject';
    const more: Record<string, JsonValue> = mapClaims(config.claims, subject);
    const { confirmation } = config;
    const holderKey = confirmation && valueAt(subject, confirmation.from);
    if (confirmation !== undefined && holderKey !== undefined) {
      const cnf = confirmationOf(holderKey, confirmation.as);
      if (cnf === undefined) return 'holder-key';
      more.cnf = cnf;
    }
    if (Buffer.byteLength(JSON.stringify(more)) > ISSUER_LIMITS.maxClaimBytes) return 'too-large';
    return { iss: config.issuer, sub, aud: audience, client_id: config.clientId, more };
  }

  #groupsOf(type: string, id: string): IssuableSubject['groups'] {
    if (!this.#readsGroups) return [];
    const { state } = this.#options;
    return state.groupsOf(type, id).map((value) => {
      if (!this.#namesGroups) return { value };
      const group = state.subjectAt(subjectKey('Group', value));
      const { displayName } = group === undefined ? {} : (JSON.parse(group.resource) as JsonObject);
      return typeof displayName === 'string' ? { value, display: displayName } : { value };
    });
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
    return [...subjects].map((subject) => this.#revocation(subject, wallMs));
  }

  #forget(key: string): void {
    for (const audience of this.#options.config.audiences) this.#underWay.delete(nameOf({ key, audience }));
  }

  #forgetEnded(key: string): void {
    for (const audience of this.#options.config.audiences) this.#endedUnseen.delete(nameOf({ key, audience }));
  }

  #revocation(subject: string, wallMs: number): RevocationRecord {
    return { kind: 'revocation', issuer: this.#options.config.issuer, target: { subject, issuedBeforeMs: wallMs } };
  }

  #margins(): RenewalMargins {
    const { config, lastRepeatMs, holdMs } = this.#options;
    return {
      linkMs: this.#linkMs.value(this.#nowMs),
      lastRepeatMs,
      holdMs,
      marginMs: config.marginSeconds * SECOND_MS,
    };
  }
}

export function isIssuerEntry(entry: { readonly kind: string }): entry is IssuerEntry {
  return entry.kind === 'issued' || entry.kind === 'ended' || entry.kind === 'said';
}

function isLive({ expiresMs }: PlanRow, wallMs: number): boolean {
  return (expiresMs ?? 0) > wallMs;
}

function hasChanged(row: PlanRow, content: TokenContent | IssueProblem | undefined, wallMs: number): boolean {
  if (content === undefined) return isLive(row, wallMs);
  return typeof content === 'string' || row.content === null || !contentDigest(content).equals(row.content);
}

function isActive({ operation, resource }: DeltaRecord): boolean {
  if (operation === 'delete' || resource === undefined) return false;
  return (JSON.parse(resource) as JsonObject).active !== false;
}

/** Within a second or two of its turn: later, it waited in a crowd. */
function isOnTime({ renewMs }: PlanRow, issuedAtMs: number): boolean {
  return issuedAtMs - (renewMs ?? 0) <= ISSUER_LIMITS.inTurnMs;
}

function nameOf({ key, audience }: { readonly key: string; readonly audience: string }): string {
  return `${key} ${audience}`;
}
