/**
 * Start look: config and state may have changed while no issuer ran, so every row of the plan is looked at once, some at a
 * time; again where the clock was set back, or all that was issued is taken back. Knows who ended meanwhile, until their revocations are journaled. Pure but for the plan.
 */
import { ISSUER_LIMITS } from '../../src/limits.ts';
import { type IssuePlan, type IssueProblem, isIssuedBefore, isLive, type PlanRow } from './issue-plan.ts';
import type { SubjectContent } from './subject-content.ts';
import { contentDigest, type TokenContent } from './token-text.ts';

export interface StartLookParts {
  readonly plan: IssuePlan;
  readonly content: SubjectContent;
  readonly audiences: readonly string[];
  /** Up to when the tokens of its subject were taken back by name. */
  readonly revokedUpToMs: (content: TokenContent) => number;
  /** That of the journal, which says what the disk refused. */
  readonly transaction: <T>(work: () => T) => T;
}

export class StartLook {
  readonly #parts: StartLookParts;
  /** By key. */
  readonly #endedUnseen = new Set<string>();
  /** Where it goes on; undefined: it is done. */
  #from: Pick<PlanRow, 'key' | 'audience'> | undefined = { key: '', audience: '' };

  constructor(parts: StartLookParts) {
    this.#parts = parts;
  }

  get isUnderWay(): boolean {
    return this.#from !== undefined;
  }

  /** Every subject that ended is known, and the revocation of its tokens journaled or in the line queue before long. */
  get knowsAllEnds(): boolean {
    return this.#from === undefined && this.#endedUnseen.size === 0;
  }

  /** Its next rows. Throws as the transaction. */
  handleTurn(wallMs: number): void {
    const from = this.#from;
    if (from === undefined) return;
    const { plan, content, transaction } = this.#parts;
    const rows = plan.after(from.key, from.audience, ISSUER_LIMITS.lookedRows);
    const changed = rows.filter((row) => {
      const now = content.of(row.key, row.audience);
      if (now === undefined && isLive(row, wallMs)) this.#endedUnseen.add(row.key);
      return row.lookMs !== 0 && this.#hasChanged(row, now, wallMs);
    });
    if (changed.length > 0) {
      transaction(() => {
        for (const { key, audience } of changed) plan.setLook(key, audience, 0);
      });
    }
    this.#from = rows.length < ISSUER_LIMITS.lookedRows ? undefined : rows.at(-1);
  }

  /** Its revocation is journaled, or it has no token to take back. */
  handleEnded(key: string): void {
    this.#endedUnseen.delete(key);
  }

  /** From the front: what any of them has may be good no longer. */
  startAnew(): void {
    this.#from = { key: '', audience: '' };
  }

  #hasChanged(row: PlanRow, now: TokenContent | IssueProblem | undefined, wallMs: number): boolean {
    const { audiences, revokedUpToMs } = this.#parts;
    if (now === undefined) return isLive(row, wallMs);
    if (!audiences.includes(row.audience)) return false;
    // One of an audience that is back rests.
    if (typeof now === 'string' || row.content === null || row.lookMs === null) return true;
    const isGood = isIssuedBefore(row.issuedMs ?? 0, wallMs) && (row.issuedMs ?? 0) > revokedUpToMs(now);
    return !isGood || !contentDigest(now).equals(row.content);
  }
}
