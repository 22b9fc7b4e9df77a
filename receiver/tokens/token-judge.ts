/** Every token of a group through its issuer's policy; nothing is remembered here. */
import type { IssuerPolicy } from '../../src/config/receiver-config.ts';
import { DAY_MS, RECEIVER_LIMITS, SECOND_MS } from '../../src/limits.ts';
import type { TokenVerdict } from '../../src/token/token-checker.ts';
import type { TokenRecord } from '../../src/wire/record.ts';
import type { GroupFrame } from '../publish/group-frame.ts';
import { tokensIn } from '../publish/group-reader.ts';
import type { TokenLimits } from './token-desk.ts';
import type { SubjectAttributes } from './token-holder.ts';

export interface TokenJudge {
  /** Verdicts on compact JWS as of `nowMs`, in their order. */
  judge(tokens: readonly string[], nowMs: number): Promise<readonly TokenVerdict[]>;
}

export async function judgeTokens(
  judge: TokenJudge,
  frames: readonly Pick<GroupFrame, 'content'>[],
  nowMs: number,
): Promise<ReadonlyMap<TokenRecord, TokenVerdict>> {
  const tokens = tokensOf(frames);
  if (tokens.length === 0) return new Map();
  const texts = tokens.map(({ jws }) => jws);
  const verdicts = await judge.judge(texts, nowMs);
  return new Map(tokens.map((token, index) => [token, verdicts[index] as TokenVerdict]));
}

export function tokensOf(frames: readonly Pick<GroupFrame, 'content'>[]): readonly TokenRecord[] {
  return frames.flatMap(({ content }) => (typeof content === 'string' ? [] : tokensIn(content)));
}

/**
 * How long token ids and revocations matter. A revocation holds for the longest life of a token that was issued before
 * it, with the skews of issuer and receiver; of an issuer that is not configured, for a day, should it be meanwhile.
 */
export function tokenLimits(issuers: readonly IssuerPolicy[], maxClockSkewMs: number): TokenLimits {
  const lifetimes = new Map(
    issuers.map(({ issuer, maxLifetimeSeconds, clockSkewSeconds }) => [
      issuer,
      (maxLifetimeSeconds + 2 * clockSkewSeconds) * SECOND_MS + maxClockSkewMs,
    ]),
  );
  return {
    maxTokenIds: RECEIVER_LIMITS.maxTokenIds,
    maxRevocations: RECEIVER_LIMITS.maxRevocations,
    isKnown: (issuer) => lifetimes.has(issuer),
    maxLifetimeMs: (issuer) => lifetimes.get(issuer) ?? DAY_MS,
    subjectAttributes: subjectAttributes(issuers),
  };
}

/** The attribute of a User that the `sub` of each issuer is. */
export function subjectAttributes(issuers: readonly IssuerPolicy[]): SubjectAttributes {
  return new Map(issuers.map(({ issuer, subjectAttribute = 'id' }) => [issuer, subjectAttribute]));
}

/** A token is accepted until so long after its `exp`, so its id is kept as long; a minute for rounding. */
export function expirySlackMs(issuers: readonly IssuerPolicy[]): number {
  return Math.max(0, ...issuers.map(({ clockSkewSeconds }) => clockSkewSeconds)) * SECOND_MS + 60 * SECOND_MS;
}
