/** Many records in one entry: an entry each would cost the log more than the records cost the pipeline. */
import { AUDIT_LIMITS } from '../limits.ts';
import type { AuditEvent } from './audit-log.ts';

/** Entries `event` with `records`, in order, each of about `recordListBytes`. */
export function recordLists(event: string, records: readonly string[]): readonly AuditEvent[] {
  const entries: AuditEvent[] = [];
  let first = 0;
  let bytes = 0;
  for (const [at, record] of records.entries()) {
    bytes += record.length;
    if (bytes < AUDIT_LIMITS.recordListBytes && at < records.length - 1) continue;
    entries.push({ event, records: records.slice(first, at + 1) });
    first = at + 1;
    bytes = 0;
  }
  return entries;
}
