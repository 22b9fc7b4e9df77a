/** What became of the records of a group: counted for progress and metrics, named for the audit log. */
import type { AuditEvent } from '../../src/audit/audit-log.ts';
import type { WireRecord } from '../../src/wire/record.ts';
import { OUTCOMES, type Outcome, zeros } from './progress.ts';

export type RecordKind = WireRecord['kind'] | 'frame';

export interface Tally {
  readonly kind: RecordKind;
  readonly outcome: Outcome;
  /** Of quarantined and expired records. */
  readonly reason?: string;
  readonly count: number;
}

export class DecisionTally {
  readonly #tallies = new Map<string, Tally>();
  readonly #audit: AuditEvent[] = [];
  /** Records that were held until now. */
  #settled = 0;

  get tallies(): readonly Tally[] {
    return [...this.#tallies.values()];
  }

  get audit(): readonly AuditEvent[] {
    return this.#audit;
  }

  /** How the totals change: what was held before and is no longer comes off. */
  get outcomes(): Readonly<Record<Outcome, number>> {
    const outcomes = zeros(OUTCOMES);
    for (const { outcome, count } of this.#tallies.values()) outcomes[outcome] += count;
    outcomes.held -= this.#settled;
    return outcomes;
  }

  count(kind: RecordKind, outcome: Outcome, reason?: string, count = 1): void {
    const name = `${kind} ${outcome} ${reason ?? ''}`;
    const known = this.#tallies.get(name)?.count ?? 0;
    this.#tallies.set(name, { kind, outcome, ...(reason !== undefined && { reason }), count: known + count });
  }

  /** A record that was counted as held has another outcome now. */
  settle(kind: RecordKind, outcome: Exclude<Outcome, 'held'>): void {
    this.count(kind, outcome);
    this.#settled += 1;
  }

  note(entry: AuditEvent): void {
    this.#audit.push(entry);
  }
}
