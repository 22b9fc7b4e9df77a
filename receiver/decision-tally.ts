/** What became of the records of a group: counted for progress and metrics, named for the audit log. */
import type { AuditEvent } from '../src/audit/audit-log.ts';
import type { WireRecord } from '../src/wire/record.ts';
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

  get tallies(): readonly Tally[] {
    return [...this.#tallies.values()];
  }

  get audit(): readonly AuditEvent[] {
    return this.#audit;
  }

  get outcomes(): Readonly<Record<Outcome, number>> {
    const outcomes = zeros(OUTCOMES);
    for (const { outcome, count } of this.#tallies.values()) outcomes[outcome] += count;
    return outcomes;
  }

  count(kind: RecordKind, outcome: Outcome, reason?: string, count = 1): void {
    const name = `${kind} ${outcome} ${reason ?? ''}`;
    const known = this.#tallies.get(name)?.count ?? 0;
    this.#tallies.set(name, { kind, outcome, ...(reason !== undefined && { reason }), count: known + count });
  }

  note(entry: AuditEvent): void {
    this.#audit.push(entry);
  }
}
