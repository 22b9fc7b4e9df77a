/** What a sender's DIR holds that no other boundary may have. */
import { existsSync } from 'node:fs';
import type { DirectoryLayout } from '../../src/config/directory-layout.ts';
import type { Possession } from '../../src/config/inventory.ts';
import { cardPossessions, ownKeys } from '../../src/config/own-possessions.ts';
import type { SenderConfig } from '../../src/config/sender-config.ts';
import { readTrustedCards } from '../../src/config/trusted-cards.ts';
import { openStoreReadOnly } from '../../src/store/database.ts';
import { storedKeys } from '../trust/stored-keys.ts';
import { issuerPossessions } from './issuer-possessions.ts';

/** Throws DiodeError `key-mode`, `key-invalid`, `card-invalid`, `inventory-incomplete`; `store-damaged` or `disk-failed`. */
export async function senderPossessions(
  layout: DirectoryLayout,
  { stream, issuer }: SenderConfig,
): Promise<readonly Possession[]> {
  const known: readonly Possession[] = [
    ...ownKeys(layout),
    ...cardPossessions(readTrustedCards(layout.trusted, 'receiver-card')),
    { kind: 'stream', place: 'stream', value: stream },
    ...(issuer === undefined ? [] : await issuerPossessions(issuer, process.env)),
  ];
  if (!existsSync(layout.store)) return known;
  const store = openStoreReadOnly(layout.store);
  try {
    return [...known, ...storedKeys(store, { issuer: issuer?.issuer, known })];
  } finally {
    store.close();
  }
}
