/** What `import` reads of a receiver, running or not: where its stream stands, what it knows, what it took in before. */
import { existsSync } from 'node:fs';
import type { DirectoryLayout } from '../../src/config/directory-layout.ts';
import type { Store } from '../../src/store/database.ts';
import { readGate, type StoredGate } from '../gate/gate-store.ts';
import { Spool } from '../gate/spool.ts';
import { EMPTY_WINDOW, guardTimeMs, lossesIn, windowAt } from '../guard/guard-window.ts';
import { isSettledElsewhere } from '../guard/held-record.ts';
import { HeldTable } from '../guard/held-table.ts';
import { openSpooledFrame, type VerifiedFrame } from '../intake/frame-verifier.ts';
import { decodeProgress } from '../publish/progress.ts';
import { SubjectNames } from '../publish/subject-names.ts';
import { SubjectTable } from '../publish/subject-table.ts';
import { readReceiverStore } from '../receiver-store.ts';
import { tokenLookups } from '../tokens/token-lookups.ts';
import { TokenTable } from '../tokens/token-table.ts';
import type { GuardHour, KnownSubjects } from './bundle-changes.ts';
import type { KnownTokenMemory } from './bundle-tokens.ts';
import { ImportTable } from './import-table.ts';

export interface ReceiverState {
  readonly gate: Pick<StoredGate, 'state' | 'recentFrames'>;
  readonly subjects: KnownSubjects;
  hour(now: HourTime): GuardHour;
  /** Not published yet. */
  spooled(): Iterable<VerifiedFrame>;
  /** Absent where the receiver never ran. */
  readonly imports: ImportTable | undefined;
  close(): void;
}

/** `signedAtMs`: what the sender signed last, as far as the caller knows. */
export interface HourTime {
  readonly nowMs: number;
  readonly signedAtMs: number;
  readonly maxSkewMs: number;
}

/** The caller closes it. Throws DiodeError `store-older`. */
export function openState(layout: DirectoryLayout): ReceiverState {
  const store = openStateStore(layout);
  if (store === undefined) {
    const nothing = { lived: 0, lost: 0 };
    return {
      gate: { state: undefined, recentFrames: [] },
      subjects: { find: () => undefined, liveIn: () => [], isSettled: () => false, tokens: NO_TOKENS },
      hour: () => ({ subjects: nothing, memberships: nothing }),
      spooled: () => [],
      imports: undefined,
      close: () => {},
    };
  }
  return { ...readState(store), close: () => store.close() };
}

/** Of a receiver's database, which stays the caller's. */
export function readState(store: Store): Omit<ReceiverState, 'close'> {
  const subjects = new SubjectTable(store);
  return {
    gate: store.transaction(() => readGate(store))(),
    subjects: knownSubjects(store, subjects),
    hour: (now) => readHour(store, subjects, now),
    spooled: () => spooledFrames(store),
    imports: new ImportTable(store),
  };
}

function knownSubjects(store: Store, subjects: SubjectTable): KnownSubjects {
  const held = new HeldTable(store);
  return {
    find: (key) => subjects.find(key),
    liveIn: (range) => subjects.liveIn(range),
    isSettled: (key, asOf) => isSettledElsewhere(asOf, { held: held.find(key), pin: held.findPin(key) }),
    tokens: knownTokens(store),
  };
}

function knownTokens(store: Store): KnownTokenMemory {
  const tokens = new TokenTable(store);
  return {
    ...tokenLookups(tokens, new SubjectNames(store)),
    tokenCount: tokens.tokenCount,
    revocationCount: tokens.revocationCount,
    revokedKeyCount: tokens.revokedKeyCount,
  };
}

/** Of a receiver that never ran. */
export const NO_TOKENS: KnownTokenMemory = {
  findToken: () => undefined,
  findRevokedToken: () => undefined,
  findRevokedSubject: () => undefined,
  findRevokedKey: () => undefined,
  subjectsNamed: () => [],
  tokenCount: 0,
  revocationCount: 0,
  revokedKeyCount: 0,
};

/** The hour of the live stream, in which the bundle's records are published too. */
function readHour(store: Store, subjects: SubjectTable, { nowMs, signedAtMs, maxSkewMs }: HourTime): GuardHour {
  const row = store.prepare('SELECT progress FROM published').get() as { readonly progress: Buffer } | undefined;
  const progress = row && decodeProgress(row.progress);
  const atMs = guardTimeMs(nowMs, Math.max(signedAtMs, progress?.signedAtMs ?? 0), maxSkewMs);
  const window = windowAt(progress?.guard ?? EMPTY_WINDOW, atMs);
  const lossesOf = (kind: 'subjects' | 'memberships') => lossesIn(window, kind, subjects.liveCount(kind));
  return { subjects: lossesOf('subjects'), memberships: lossesOf('memberships') };
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

/** As of now. Throws DiodeError `store-older`. */
export function isStreamHalted(layout: DirectoryLayout): boolean {
  const store = openStateStore(layout);
  if (store === undefined) return false;
  try {
    return readGate(store).state?.halt !== undefined;
  } finally {
    store.close();
  }
}

/** Undefined where the receiver never ran. Throws DiodeError `store-older`. */
export function openStateStore(layout: DirectoryLayout): Store | undefined {
  return existsSync(layout.store) ? readReceiverStore(layout.store) : undefined;
}
