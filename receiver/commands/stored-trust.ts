/** What receiver.db says of that which a change of trust touches, beside a running receiver or without one. */
import { existsSync } from 'node:fs';
import type { DirectoryLayout } from '../../src/config/directory-layout.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { openStoreReadOnly } from '../../src/store/database.ts';
import { isOlderStore } from '../receiver-store.ts';
import { type TouchedByTrust, touchedIn } from '../trust/revocation-effects.ts';

const NOTHING: TouchedByTrust = { liveKeys: [], gaps: 0, missingFrames: 0, spooledFrames: 0 };

/** Throws DiodeError `store-older`, or `store-damaged` or `disk-failed` where it cannot be read. */
export function touchedByTrust(layout: DirectoryLayout, nowMs: number): TouchedByTrust {
  if (!existsSync(layout.store)) return NOTHING;
  const store = openStoreReadOnly(layout.store);
  try {
    if (isOlderStore(store)) throw olderStore(layout);
    return touchedIn(store, nowMs);
  } finally {
    store.close();
  }
}

/** It does not say which keys tokens in force have, so that a bundle could orphan them and nobody would be told. */
function olderStore({ directory, store }: DirectoryLayout): DiodeError {
  const seen = `${store} is of an older release, so it cannot be said which tokens a change of trust would orphan.`;
  const cure = `Nothing was changed: start the receiver once, which carries it over: diode-receiver run ${directory}`;
  return new DiodeError('store-older', seen, cure);
}
