/** How the issuer does, for status and metrics. */
import type { IssueProblem } from './issue-plan.ts';

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
