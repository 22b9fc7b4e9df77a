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

type Counted = Omit<Tally, 'count'> & { count: number };

export class DecisionTally {
  readonly #tallies = new Map<string, Counted>();
  /** Of the last record: most records fare as the one before. */
  #last: Counted | undefined;
  readonly #audit: AuditEvent[] = [];
  /** Records that were held until now. */
  #settled = 0;

  get tallies(): readonly Tally[] {
    return Array.from(this.#tallies.values(), (tally) => ({ ...tally }));
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
    const last = this.#last;
    const isAlike = last !== undefined && last.kind === kind && last.outcome === outcome && last.reason === reason;
    const tally = isAlike ? last : this.#find(kind, outcome, reason);
    tally.count += count;
    this.#last = tally;
  }

  /** A record that was counted as held has another outcome now. */
  settle(kind: RecordKind, outcome: Exclude<Outcome, 'held'>): void {
    this.count(kind, outcome);
    this.#settled += 1;
  }

  note(entry: AuditEvent): void {
    this.#audit.push(entry);
  }

  #find(kind: RecordKind, outcome: Outcome, reason: string | undefined): Counted {
    const name = `${kind} ${outcome} ${reason ?? ''}`;
    const known = this.#tallies.get(name);
    if (known !== undefined) return known;
    const tally = { kind, outcome, ...(reason !== undefined && { reason }), count: 0 };
    this.#tallies.set(name, tally);
    return tally;
  }
}
