/** What `import` reads of a receiver, running or not: where its stream stands, what it knows, what it took in before. */
import { existsSync } from 'node:fs';
import type { DirectoryLayout } from '../src/config/directory-layout.ts';
import { openStoreReadOnly, type Store } from '../src/store/database.ts';
import type { KnownSubjects, LiveCounts } from './bundle-changes.ts';
import { openSpooledFrame, type VerifiedFrame } from './frame-verifier.ts';
import { readGate, type StoredGate } from './gate-store.ts';
import { ImportTable } from './import-table.ts';
import { Spool } from './spool.ts';
import { SubjectTable } from './subject-table.ts';

export interface ReceiverState {
  readonly gate: Pick<StoredGate, 'state' | 'recentFrames'>;
  readonly subjects: KnownSubjects;
  readonly lived: LiveCounts;
  /** Not published yet. */
  spooled(): Iterable<VerifiedFrame>;
  /** Absent where the receiver never ran. */
  readonly imports: ImportTable | undefined;
  close(): void;
}

/** The caller closes it. */
export function openState(layout: DirectoryLayout): ReceiverState {
  const store = openStateStore(layout);
  if (store === undefined) {
    const subjects = { find: () => undefined, liveIn: () => [] };
    return {
      gate: { state: undefined, recentFrames: [] },
      subjects,
      lived: { subjects: 0, memberships: 0 },
      spooled: () => [],
      imports: undefined,
      close: () => {},
    };
  }
  return {
    gate: store.transaction(() => readGate(store))(),
    subjects: new SubjectTable(store),
    lived: readLiveCounts(store),
    spooled: () => spooledFrames(store),
    imports: hasImports(store) ? new ImportTable(store) : undefined,
    close: () => store.close(),
  };
}

function readLiveCounts(store: Store): LiveCounts {
  return store
    .prepare(
      `SELECT coalesce(sum(key GLOB 'Member|*'), 0) AS memberships,
       coalesce(sum(NOT (key GLOB 'Member|*' OR key GLOB 'Token|*' OR key GLOB 'Jwks|*' OR key GLOB 'Bundle*')), 0) AS subjects
       FROM subject WHERE deleted = 0`,
    )
    .get() as LiveCounts;
}

/** Behind what is published, a frame at a time: the receiver prunes beside us. */
function* spooledFrames(store: Store): Iterable<VerifiedFrame> {
  const spool = new Spool(store, { maxBytes: 0 });
  const row = store.prepare('SELECT applied_position AS position FROM published').get();
  let position = (row as { readonly position: number } | undefined)?.position ?? 0;
  for (;;) {
    const [spooled] = spool.next(position, { maxFrames: 1, maxBytes: 0, maxRecords: 0 });
    if (spooled === undefined) return;
    position = spooled.position;
    yield openSpooledFrame(spooled);
  }
}

/** A database that no receiver of this release has opened yet has no such table. */
export function hasImports(store: Store): boolean {
  return store.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'import'").get() !== undefined;
}

/** Undefined where the receiver never ran. */
export function openStateStore(layout: DirectoryLayout): Store | undefined {
  return existsSync(layout.store) ? openStoreReadOnly(layout.store) : undefined;
}
