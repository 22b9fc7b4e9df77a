/** Row judge: a row of the plan ─► [row judge] ─► what is to be signed, ended or written. Pure but for the plan. */
import { SECOND_MS } from '../../src/limits.ts';
import { type IssuePlan, isIssuedBefore, isLive, type PlanRow } from './issue-plan.ts';
import type { IssuedToken, WantedToken } from './issuer-entry.ts';
import type { SubjectContent } from './subject-content.ts';
import { contentDigest, type TokenContent } from './token-text.ts';

export interface RowJudgeParts {
  readonly plan: IssuePlan;
  readonly content: SubjectContent;
  readonly audiences: readonly string[];
  /** Up to when the tokens of its subject were taken back by name. */
  readonly revokedUpToMs: (content: TokenContent) => number;
  /** A subject without tokens has none that could be taken back. */
  readonly onEnded: (key: string) => void;
}

export class RowJudge {
  readonly #parts: RowJudgeParts;

  constructor(parts: RowJudgeParts) {
    this.#parts = parts;
  }

  /** What is to be signed or ended, or what is to be written where nothing is. */
  judge(row: PlanRow, wallMs: number): WantedToken | { readonly ended: string } | (() => void) {
    const { plan, audiences, revokedUpToMs, onEnded } = this.#parts;
    const { key, audience, renewMs } = row;
    const content = this.#parts.content.of(key, audience);
    if (content === undefined) {
      if (plan.rowsOf(key).some((each) => isLive(each, wallMs))) return { ended: key };
      return () => {
        onEnded(key);
        plan.setEnded(key, 0);
      };
    }
    if (!audiences.includes(audience)) return () => plan.setLook(key, audience, null);
    if (typeof content === 'string') return () => plan.setProblem(key, audience, content);
    const allowedMs = secondAfter(Math.max(row.revokedMs, revokedUpToMs(content)));
    if (wallMs < allowedMs) return () => plan.setLook(key, audience, allowedMs);
    const issuedMs = row.issuedMs ?? 0;
    const isGood = isIssuedBefore(issuedMs, wallMs) && issuedMs > revokedUpToMs(content);
    const isUnchanged = isGood && row.content !== null && contentDigest(content).equals(row.content);
    if (isUnchanged && renewMs !== null && renewMs > wallMs) return () => plan.setLook(key, audience, renewMs);
    return { key, content };
  }

  /** A signed token still is what its subject should have. */
  isCurrent({ key, audience, content, issuedAtMs, expiresAtMs }: IssuedToken, row: PlanRow, wallMs: number): boolean {
    const now = this.#parts.content.of(key, audience);
    return (
      row.lookMs !== null &&
      row.revokedMs < issuedAtMs &&
      typeof now === 'object' &&
      contentDigest(now).equals(content) &&
      this.#parts.revokedUpToMs(now) < issuedAtMs &&
      isIssuedBefore(issuedAtMs, wallMs) &&
      wallMs < issuedAtMs + (expiresAtMs - issuedAtMs) / 2
    );
  }
}

/** iat counts whole seconds, and what was taken back includes the second of the revocation. */
function secondAfter(revokedMs: number): number {
  return revokedMs <= 0 ? 0 : (Math.floor(revokedMs / SECOND_MS) + 1) * SECOND_MS;
}
