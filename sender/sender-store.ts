/** sender.db: the journal and the state of subjects in one file, so that one transaction holds a flush whole. */
import { DiodeError } from '../src/ops/diode-error.ts';
import { openStore, openStoreReadOnly, type Store } from '../src/store/database.ts';
import { PAUSE_SCHEMA } from '../src/store/operator-pause.ts';
import { FOREIGN_ISSUER_SCHEMA } from './issuer/foreign-table.ts';
import { ISSUE_PLAN_SCHEMA, ISSUED_TIME_SCHEMA, RENEWAL_INDEX_SCHEMA } from './issuer/issue-plan.ts';
import { ISSUED_LOG_SCHEMA } from './issuer/issued-log.ts';
import { OWN_KEY_SCHEMA } from './issuer/own-keys.ts';
import { EPOCH_SCHEMA } from './journal/epoch-start.ts';
import { JOURNAL_SCHEMA } from './journal/journal-statements.ts';
import { SUBJECT_STATE_SCHEMA } from './journal/subject-state.ts';
import { REVOCATION_FORM_SCHEMA, TRUST_STATE_SCHEMA } from './journal/trust-state.ts';
import { REVERT_SCHEMA } from './revert/revert-table.ts';
import { SNAPSHOT_CYCLE_SCHEMA } from './snapshot/snapshot-store.ts';
import { ANNOUNCED_CHECKPOINT_SCHEMA } from './transmit/checkpoint-announcer.ts';
import { RESEND_SCHEMA } from './transmit/resend-queue.ts';

/** Entry i brings the file from version i to i + 1: only ever append. */
export const SENDER_MIGRATIONS: readonly string[] = [
  JOURNAL_SCHEMA,
  SUBJECT_STATE_SCHEMA,
  PAUSE_SCHEMA,
  TRUST_STATE_SCHEMA,
  SNAPSHOT_CYCLE_SCHEMA,
  REVERT_SCHEMA,
  RESEND_SCHEMA,
  EPOCH_SCHEMA,
  REVOCATION_FORM_SCHEMA,
  ISSUE_PLAN_SCHEMA,
  ISSUED_LOG_SCHEMA,
  FOREIGN_ISSUER_SCHEMA,
  ANNOUNCED_CHECKPOINT_SCHEMA,
  RENEWAL_INDEX_SCHEMA,
  ISSUED_TIME_SCHEMA,
  OWN_KEY_SCHEMA,
];

/** Opens or makes sender.db, or ":memory:". Throws as `openStore`. */
export function openSenderStore(path: string): Store {
  return openStore(path, SENDER_MIGRATIONS);
}

/**
 * Opens sender.db for reading beside a running sender. `needed`: a migration, the last one unless given. Throws DiodeError
 * `store-older` for a file without it.
 */
export function readSenderStore(path: string, needed = SENDER_MIGRATIONS.at(-1) as string): Store {
  const store = openStoreReadOnly(path);
  if (hasMigration(store, needed)) return store;
  store.close();
  const seen = `${path} is of an older release, which had nothing of what is asked here.`;
  throw new DiodeError('store-older', seen, 'Start the sender of this release once: it brings the file up to date.');
}

/** Of a file of any release. */
export function hasMigration(store: Store, migration: string): boolean {
  return (store.pragma('user_version', { simple: true }) as number) > SENDER_MIGRATIONS.indexOf(migration);
}
