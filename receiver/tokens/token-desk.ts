/**
 * Tokens and revocations, once their signatures were judged: replay, revocation, order within a slot. Pure over what
 * the tables remember.
 *
 * A revocation takes effect at once and for good: the current token of its slot gets a tombstone, and what it names is
 * remembered until no such token can be valid any more, so that a token that comes later is refused.
 */
import { tokenKey } from '../../src/identity/key.ts';
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import type { TokenFacts, TokenVerdict } from '../../src/token/token-checker.ts';
import type { RevocationRecord } from '../../src/wire/record.ts';
import { compareRevisions, type Revision } from '../../src/wire/revision.ts';
import type { GroupMemory } from '../publish/group-memory.ts';
import { isHolderGone, type SubjectAttributes } from './token-holder.ts';
import type { KnownToken } from './token-table.ts';
import { type Withdrawal, withdraw } from './token-withdrawal.ts';

export interface TokenLimits {
  readonly maxTokenIds: number;
  readonly maxRevocations: number;
  /** Whether the policy now in force takes any tokens of this issuer. */
  readonly isKnown: (issuer: string) => boolean;
  /** Longest life of a token of this issuer, skew included; 0 for an issuer whose tokens are refused anyway. */
  readonly maxLifetimeMs: (issuer: string) => number;
  /** Of each issuer the SCIM attribute of a User that its `sub` is; none: its tokens outlive their subjects. */
  readonly subjectAttributes?: SubjectAttributes;
}

/** What is remembered, and changes, while tokens are decided. */
export type TokenMemory = Pick<
  GroupMemory,
  | 'findSubject'
  | 'putSubject'
  | 'subjectsNamed'
  | 'findToken'
  | 'putToken'
  | 'tokenCount'
  | 'findCurrent'
  | 'findCurrentOf'
  | 'putCurrent'
  | 'dropCurrent'
  | 'findRevokedToken'
  | 'findRevokedSubject'
  | 'findRevokedKey'
  | 'revokeToken'
  | 'revokeSubject'
  | 'revokeKey'
  | 'revocationCount'
  | 'revokedKeyCount'
>;

const { maxRevokedKeys } = RECEIVER_LIMITS;

export type TokenDecision =
  | { readonly outcome: 'published'; readonly token: KnownToken }
  | { readonly outcome: 'superseded'; readonly jti: string }
  | {
      readonly outcome: 'quarantined' | 'expired';
      readonly reason: string;
      readonly detail: string;
      readonly key?: string;
      readonly jti?: string;
    };

/** Decides a token whose signature and claims were judged, and remembers it where it is admitted. */
export function decideToken(
  verdict: TokenVerdict,
  revision: Revision,
  memory: TokenMemory,
  rules: TokenLimits & { readonly isCarried: (issuer: string) => boolean },
): TokenDecision {
  if (!verdict.accepted) {
    const { code, detail, jti, facts } = verdict;
    // A snapshot may have brought it, or its successor, while it held.
    if (facts !== undefined && isSaid(facts, revision, memory)) return { outcome: 'superseded', jti: facts.jti };
    const outcome = code === 'expired' ? 'expired' : 'quarantined';
    return { outcome, reason: code, detail, ...(jti !== undefined && { jti }) };
  }
  const { jti, sha256, issuer, subject, keyId, issuedAtMs, expiresAtMs } = verdict.facts;
  const refuse = (reason: string, detail: string, key?: string): TokenDecision => {
    return { outcome: 'quarantined', reason, detail, jti, ...(key !== undefined && { key }) };
  };
  if (!rules.isCarried(issuer)) return refuse('issuer-not-carried', 'This stream carries no tokens of its issuer.');
  const key = slotKey(verdict.facts);
  if (key === undefined) return refuse('key-too-long', 'Its issuer, subject, audiences and slot make too long a key.');
  const known = memory.findToken(issuer, jti);
  if (known?.sha256 === sha256) return { outcome: 'superseded', jti };
  if (known !== undefined) return refuse('jti-reused', 'Another token had this jti before.', key);
  if (isRevoked(verdict.facts, memory)) return refuse('revoked', 'It was revoked before it came.', key);
  if (isHolderGone({ issuer, subject }, memory, rules.subjectAttributes)) {
    return refuse('subject-inactive', 'Its subject was deleted or is not active.', key);
  }
  if (memory.tokenCount >= rules.maxTokenIds) {
    return refuse('token-ids-full', `More than ${rules.maxTokenIds} live token ids cannot be remembered.`, key);
  }
  const token: KnownToken = { issuer, jti, sha256, key, subject, keyId, issuedAtMs, expiresAtMs };
  memory.putToken(token);
  if (!isNewer(revision, key, memory)) return { outcome: 'superseded', jti };
  memory.putSubject(key, { revision, isDeleted: false });
  memory.putCurrent(token);
  return { outcome: 'published', token };
}

/**
 * When a revocation takes effect: in turn; before its turn, while its frame waits for one below; or again, in the turn of a
 * frame whose revocations took effect before.
 */
export type RevocationTurn = 'in-turn' | 'early' | 'again';

/**
 * What a revocation withdraws: current tokens alone. `isRemembered` is false where no more revocations can be remembered;
 * the current ones are withdrawn even then. Those of a key or of a whole issuer may be any number: they are for the sweep,
 * which has its transactions before the next group's.
 */
export function decideRevocation(
  { issuer, target }: RevocationRecord,
  revision: Revision,
  memory: TokenMemory,
  limits: TokenLimits & { readonly asOfMs: number; readonly saidAtMs: number },
): { readonly withdrawals: readonly Withdrawal[]; readonly isRemembered: boolean } {
  const isRemembered = isKnown(issuer, target, memory) || memory.revocationCount < limits.maxRevocations;
  const lifetimeMs = limits.maxLifetimeMs(issuer);
  let current: readonly KnownToken[];
  if ('key' in target || 'everyone' in target) {
    const { saidAtMs } = limits;
    const keyId = 'key' in target ? target.key : '';
    const bound = 'key' in target ? FOR_EVER : boundOf(target.issuedBeforeMs, lifetimeMs);
    const isRoom = memory.findRevokedKey(issuer, keyId) !== undefined || memory.revokedKeyCount < maxRevokedKeys;
    if (isRoom) memory.revokeKey({ issuer, keyId, ...bound, saidAtMs });
    return { withdrawals: [], isRemembered: isRoom };
  }
  if ('jti' in target) {
    const { jti } = target;
    // What it names was issued before, or the issuer used the jti twice: then the second one lives no longer either.
    if (isRemembered) memory.revokeToken({ issuer, jti, untilMs: limits.asOfMs + lifetimeMs });
    const key = memory.findToken(issuer, jti)?.key;
    const token = key === undefined ? undefined : memory.findCurrent(key);
    current = token?.jti === jti && token.issuer === issuer ? [token] : [];
  } else {
    const { subject, issuedBeforeMs } = target;
    if (isRemembered) memory.revokeSubject({ issuer, subject, issuedBeforeMs, untilMs: issuedBeforeMs + lifetimeMs });
    current = memory.findCurrentOf(issuer, subject).filter((token) => token.issuedAtMs <= issuedBeforeMs);
  }
  return { withdrawals: current.map((token) => withdraw(token, revision, memory)), isRemembered };
}

/** A kid is never used again, and whoever has the key dates tokens as they like. */
const FOR_EVER = { issuedBeforeMs: Number.MAX_SAFE_INTEGER, untilMs: Number.MAX_SAFE_INTEGER } as const;

function boundOf(issuedBeforeMs: number, lifetimeMs: number) {
  return { issuedBeforeMs, untilMs: issuedBeforeMs + lifetimeMs };
}

function isKnown(issuer: string, target: RevocationRecord['target'], memory: TokenMemory): boolean {
  if ('jti' in target) return memory.findRevokedToken(issuer, target.jti) !== undefined;
  return 'subject' in target && memory.findRevokedSubject(issuer, target.subject) !== undefined;
}

/** By its jti, its subject, the key that signed it, or with all of its issuer. */
export function isRevoked(
  { issuer, jti, subject, keyId, issuedAtMs }: Omit<KnownToken, 'key' | 'sha256' | 'expiresAtMs'>,
  known: Pick<GroupMemory, 'findRevokedToken' | 'findRevokedSubject' | 'findRevokedKey'>,
): boolean {
  const bounds = [
    known.findRevokedSubject(issuer, subject),
    known.findRevokedKey(issuer, ''),
    known.findRevokedKey(issuer, keyId),
  ];
  return (
    known.findRevokedToken(issuer, jti) !== undefined ||
    bounds.some((bound) => bound !== undefined && issuedAtMs <= bound.issuedBeforeMs)
  );
}

function isSaid(facts: TokenFacts, revision: Revision, memory: TokenMemory): boolean {
  const key = slotKey(facts);
  return key !== undefined && !isNewer(revision, key, memory);
}

function slotKey({ issuer, subject, audience, slot }: TokenFacts): string | undefined {
  return tokenKey({ issuer, subject, audiences: audience, slot });
}

/** Whether nothing newer, nor this itself, was published under the key. */
export function isNewer(revision: Revision, key: string, memory: Pick<GroupMemory, 'findSubject'>): boolean {
  const last = memory.findSubject(key)?.revision;
  return last === undefined || compareRevisions(revision, last) > 0;
}
