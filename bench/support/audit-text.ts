/** An audit log as text, one entry a line; of a program that runs, as of now. */
import { readSnapshot, snapshotEntries } from '../../src/audit/log-reader.ts';
import { directoryLayout } from '../../src/config/directory-layout.ts';
import type { Side } from './diode-pair.ts';

export function auditText(side: Side, directory: string, log: 'audit' | 'commandAudit' = 'audit'): string {
  const snapshot = readSnapshot(directoryLayout(`diode-${side}`, directory)[log]);
  return [...snapshotEntries(snapshot)].map(({ entry }) => `${entry.toString('utf8')}\n`).join('');
}
