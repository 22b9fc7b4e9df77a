/** When the receiver committed a record, from its audit log: to the millisecond, and nobody had to ask while it worked. Pure. */

interface AuditEntry {
  readonly at: string;
  readonly event: string;
  readonly through?: string;
  readonly [outcome: string]: unknown;
}

const OUTCOMES = ['published', 'superseded', 'quarantined', 'held', 'expired'] as const;

/**
 * Wall time of the commit that brought the total to `records` outcomes. Throws where the log knows of none. A transaction
 * whose outcome was unclean is decided again under the same name, and counts once.
 */
export function commitTimeMs(auditLog: string, records: number): number {
  const decided = new Map<string, number>();
  const committed = new Set<string>();
  let total = 0;
  for (const line of auditLog.split('\n')) {
    if (line === '') continue;
    const entry = JSON.parse(line) as AuditEntry;
    const through = entry.through ?? '';
    if (entry.event === 'transaction') {
      decided.set(
        through,
        OUTCOMES.reduce((sum, outcome) => sum + Number(entry[outcome] ?? 0), 0),
      );
    }
    if (entry.event !== 'transaction-committed' || committed.has(through)) continue;
    committed.add(through);
    total += decided.get(through) ?? 0;
    if (total >= records) return Date.parse(entry.at);
  }
  throw new Error(`the audit log shows ${total} of ${records} records committed`);
}
