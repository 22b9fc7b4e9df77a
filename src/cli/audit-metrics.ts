/** The audit log of a running program, in its metrics and status. */

import type { MerkleAuditLog } from '../audit/merkle-audit-log.ts';
import { verifierKey } from '../audit/signed-note.ts';
import type { MetricsRegistry } from '../ops/metrics-registry.ts';

type AuditState = Pick<MerkleAuditLog, 'size' | 'checkpoint' | 'verifier'>;

/** `read` answers undefined until the log is open. */
export function addAuditMetrics(
  registry: MetricsRegistry,
  read: () => AuditState | undefined,
  wallMs: () => number = Date.now,
): void {
  registry.readGauge({ name: 'audit_entries', help: 'Entries of the audit log.' }, () => read()?.size);
  registry.readGauge(
    { name: 'audit_checkpoint_entries', help: 'Entries that its last checkpoint covers.' },
    () => read()?.checkpoint.size,
  );
  registry.readGauge(
    {
      name: 'audit_checkpoint_age_seconds',
      help: 'Time since the last checkpoint, or since the start before the first.',
    },
    () => {
      const state = read();
      return state && Math.max(0, (wallMs() - state.checkpoint.atMs) / 1_000);
    },
  );
}

export function auditStatus({ size, checkpoint, verifier }: AuditState): object {
  return {
    entries: size,
    checkpointEntries: checkpoint.size,
    checkpointAtMs: checkpoint.atMs,
    key: verifierKey(verifier),
  };
}
