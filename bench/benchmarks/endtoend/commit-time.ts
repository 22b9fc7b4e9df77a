/** When the receiver committed a record, from its audit log: to the millisecond, and nobody had to ask while it worked. Pure. */

interface AuditEntry {
  readonly at: string;
  readonly event: string;
  readonly [outcome: string]: unknown;
}

const OUTCOMES = ['published', 'superseded', 'quarantined', 'held', 'expired'] as const;

/**
 * Wall time of the commit that brought the total to `records` outcomes. Throws where the log knows of none. One transaction
 * is open at a time, so a commit is of the last decision; one whose outcome was unclean is decided again, and counts once.
 */
export function commitTimeMs(auditLog: string, records: number): number {
  let decided = 0;
  let total = 0;
  for (const line of auditLog.split('\n')) {
    if (line === '') continue;
    const entry = JSON.parse(line) as AuditEntry;
    if (entry.event === 'transaction') decided = OUTCOMES.reduce((sum, name) => sum + Number(entry[name] ?? 0), 0);
    if (entry.event !== 'transaction-committed') continue;
    total += decided;
    decided = 0;
    if (total >= records) return Date.parse(entry.at);
  }
  throw new Error(`the audit log shows ${total} of ${records} records committed`);
}
