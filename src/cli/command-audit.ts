/** Operators' commands leave their trace in an audit log of their own, whether or not `run` runs. */
import type { AuditEvent } from '../audit/audit-log.ts';
import type { DirectoryLayout } from '../config/directory-layout.ts';
import { OPS_LIMITS } from '../limits.ts';
import { takeLock } from '../ops/run-lock.ts';
import { openAuditLog } from './audit-logs.ts';
import { operatorName } from './operator-name.ts';

/**
 * One entry, on disk when this returns. Called before the change takes effect: a command that cannot be recorded is not
 * carried out. Throws DiodeError `audit-failed`, or `directory-locked` where another command holds the log too long.
 */
export function auditCommand(layout: DirectoryLayout, entry: AuditEvent): void {
  const lock = takeLock(layout.commandLock, {
    waitMs: OPS_LIMITS.commandLockMs,
    seen: `Another command has been writing ${layout.commandAudit} for ${OPS_LIMITS.commandLockMs / 1000} s.`,
    cure: 'Wait for it to end, then try again.',
  });
  try {
    const nowMs = Date.now();
    const audit = openAuditLog(layout, 'commands', nowMs);
    try {
      audit.append(nowMs, { ...entry, user: operatorName() });
      audit.sync();
    } finally {
      audit.close();
    }
  } finally {
    lock.release();
  }
}
