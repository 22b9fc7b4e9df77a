/**
 * receiver.db: one file for the spool, the gate and what was published, so that tables, progress and the spool's end
 * move in one SQLite transaction. It follows Kafka's commit and never leads it.
 */
import { RECEIVER_LIMITS } from '../src/limits.ts';
import { DiodeError } from '../src/ops/diode-error.ts';
import { openStore, openStoreReadOnly, type Statement, type Store } from '../src/store/database.ts';
import { OperatorPause, PAUSE_SCHEMA } from '../src/store/operator-pause.ts';
import {
  ADOPTED_POSITION_SCHEMA,
  EPOCH_CHOICE_SCHEMA,
  GATE_SCHEMA,
  HELLO_FLOOR_SCHEMA,
  LOST_FRAMES_SCHEMA,
} from './gate/gate-store.ts';
import { SPOOL_SCHEMA, Spool } from './gate/spool.ts';
import { APPROVED_FRAME_SCHEMA, APPROVED_RUN_SCHEMA, ApprovedFrames } from './guard/approved-frames.ts';
import { HELD_TABLE_SCHEMA, HeldTable, HOLD_SUBJECTS_SCHEMA, KEPT_DECISION_SCHEMA } from './guard/held-table.ts';
import { EARLY_FRAME_SCHEMA, EarlyFrames } from './intake/early-frames.ts';
import { IMPORT_SCHEMA, ImportTable } from './media/import-table.ts';
import type { GroupChanges, Memory } from './publish/group-memory.ts';
import { decodeProgress, encodeProgress, type Progress, stillEarly } from './publish/progress.ts';
import { SNAPSHOT_FLOOR_SCHEMA, SnapshotFloors } from './publish/snapshot-floors.ts';
import { NAMED_ATTRIBUTE_SCHEMA, SUBJECT_NAME_SCHEMA, SubjectNames } from './publish/subject-names.ts';
import {
  SUBJECT_FACTS_SCHEMA,
  SUBJECT_ROLES_SCHEMA,
  SUBJECT_TABLE_SCHEMA,
  SubjectTable,
} from './publish/subject-table.ts';
import { UNFINISHED_READING_SCHEMA, UnfinishedReading } from './publish/unfinished-reading.ts';
import { REBUILT_SCHEMA, WHOLE_STATE_SCHEMA, WholeState } from './publish/whole-state.ts';
import { ISSUER_STATUS_SCHEMA, IssuerStatuses } from './tokens/issuer-statuses.ts';
import { tokenLookups } from './tokens/token-lookups.ts';
import {
  TOKEN_KEY_INDEX_SCHEMA,
  TOKEN_ROW_SCHEMA,
  TOKEN_SWEEP_SCHEMA,
  TOKEN_TABLE_SCHEMA,
} from './tokens/token-schema.ts';
import { TokenTable } from './tokens/token-table.ts';
import { WITNESS_SCHEMA, WitnessTable } from './witness/witness-table.ts';

const PUBLISHER_SCHEMA = `
  CREATE TABLE published (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    progress BLOB NOT NULL,
    applied_position INTEGER NOT NULL
  );
`;

/** In this order for good: entry i makes schema i + 1. */
export const RECEIVER_MIGRATIONS: readonly string[] = [
  SPOOL_SCHEMA,
  GATE_SCHEMA,
  SUBJECT_TABLE_SCHEMA,
  TOKEN_TABLE_SCHEMA,
  PUBLISHER_SCHEMA,
  PAUSE_SCHEMA,
  EARLY_FRAME_SCHEMA,
  SNAPSHOT_FLOOR_SCHEMA,
  WHOLE_STATE_SCHEMA,
  EPOCH_CHOICE_SCHEMA,
  REBUILT_SCHEMA,
  SUBJECT_FACTS_SCHEMA,
  HELD_TABLE_SCHEMA,
  APPROVED_RUN_SCHEMA,
  IMPORT_SCHEMA,
  LOST_FRAMES_SCHEMA,
  TOKEN_SWEEP_SCHEMA,
  SUBJECT_NAME_SCHEMA,
  ISSUER_STATUS_SCHEMA,
  WITNESS_SCHEMA,
  NAMED_ATTRIBUTE_SCHEMA,
  TOKEN_KEY_INDEX_SCHEMA,
  ADOPTED_POSITION_SCHEMA,
  SUBJECT_ROLES_SCHEMA,
  HOLD_SUBJECTS_SCHEMA,
  UNFINISHED_READING_SCHEMA,
  APPROVED_FRAME_SCHEMA,
  KEPT_DECISION_SCHEMA,
  HELLO_FLOOR_SCHEMA,
  TOKEN_ROW_SCHEMA,
];

/**
 * Opens receiver.db for reading beside a running receiver. Throws DiodeError `store-older` for a file that no receiver of this
 * release has opened yet: any of the tables may be missing.
 */
export function readReceiverStore(path: string): Store {
  const store = openStoreReadOnly(path);
  if (!isOlderStore(store)) return store;
  store.close();
  const seen = `${path} is of an older release, which had nothing of what is asked here.`;
  throw new DiodeError('store-older', seen, 'Start the receiver of this release once: it brings the file up to date.');
}

/** For whoever can do without it. */
export function isOlderStore(store: Store): boolean {
  return (store.pragma('user_version', { simple: true }) as number) < RECEIVER_MIGRATIONS.length;
}

export class ReceiverStore {
  readonly store: Store;
  readonly spool: Spool;
  readonly subjects: SubjectTable;
  readonly tokens: TokenTable;
  readonly names: SubjectNames;
  readonly statuses: IssuerStatuses;
  readonly witness: WitnessTable;
  readonly earlyFrames: EarlyFrames;
  readonly floors: SnapshotFloors;
  readonly whole: WholeState;
  readonly unfinished: UnfinishedReading;
  readonly held: HeldTable;
  readonly approved: ApprovedFrames;
  readonly memory: Memory;
  readonly pause: OperatorPause;
  readonly imports: ImportTable;
  readonly #save: Statement;
  #progress: Progress | undefined;
  #appliedPosition: number;

  constructor(store: Store, spool: Spool, adminRoles: readonly string[] = []) {
    this.store = store;
    this.spool = spool;
    this.subjects = new SubjectTable(store);
    this.tokens = new TokenTable(store);
    this.names = new SubjectNames(store);
    this.statuses = new IssuerStatuses(store);
    this.witness = new WitnessTable(store);
    this.pause = new OperatorPause(store);
    this.earlyFrames = new EarlyFrames(store);
    this.floors = new SnapshotFloors(store);
    this.whole = new WholeState(store);
    this.unfinished = new UnfinishedReading(store);
    this.imports = new ImportTable(store);
    this.held = new HeldTable(store, adminRoles);
    this.approved = new ApprovedFrames(store);
    this.memory = memoryOf(this);
    this.#save = store.prepare('INSERT OR REPLACE INTO published (id, progress, applied_position) VALUES (1, ?, ?)');
    const row = store.prepare('SELECT progress, applied_position FROM published').get() as
      | { progress: Buffer; applied_position: number }
      | undefined;
    this.#progress = row && decodeProgress(row.progress);
    this.#appliedPosition = row?.applied_position ?? 0;
  }

  /** Opens or makes `path`; errors of `openStore`. */
  static open(
    path: string,
    { maxSpoolBytes, adminRoles }: { readonly maxSpoolBytes: number; readonly adminRoles?: readonly string[] },
  ): ReceiverStore {
    const store = openStore(path, RECEIVER_MIGRATIONS);
    return new ReceiverStore(store, new Spool(store, { maxBytes: maxSpoolBytes }), adminRoles);
  }

  /** As of the last applied commit; undefined before the first. */
  get progress(): Progress | undefined {
    return this.#progress;
  }

  /** In the spool: everything at or below is in the tables. */
  get appliedPosition(): number {
    return this.#appliedPosition;
  }

  /**
   * Frames whose revocations can take effect before their turn and have not. None before the stream's first frame had its
   * turn: nothing was published that they could take back.
   */
  get pendingEarlyFrames(): readonly string[] {
    const { progress } = this;
    if (progress === undefined || progress.epoch === 0) return [];
    const room = RECEIVER_LIMITS.maxEarlyFrames - progress.earlyFrames.length;
    const pending = this.earlyFrames.names.filter((name) => !progress.earlyFrames.includes(name));
    return stillEarly(pending, progress).slice(0, room);
  }

  /** Runs `decide`, which writes nothing, over one view of all tables: a lock for each look-up took longer than most of them. */
  read<T>(decide: (memory: Memory) => T): T {
    return this.store.transaction(() => decide(this.memory)).deferred();
  }

  /** What Kafka committed: tables, progress and the end of the spool move together, durably. */
  apply(progress: Progress, appliedPosition: number, changes?: GroupChanges): void {
    this.store.transaction(() => {
      if (changes !== undefined) applyChanges(changes, this);
      if (progress.isWhole) this.whole.handleWhole();
      this.#save.run(encodeProgress(progress), appliedPosition);
      this.spool.prune(appliedPosition, waitingSequences(progress));
      this.earlyFrames.prune(progress);
      this.approved.prune(progress);
    })();
    this.#progress = progress;
    this.#appliedPosition = appliedPosition;
  }

  close(): void {
    this.store.close();
  }
}

function memoryOf(tables: Omit<ReceiverStore, 'memory'>): Memory {
  const { subjects, tokens, names, floors, held, approved, whole, witness } = tables;
  return {
    findSubject: (key) => subjects.find(key),
    liveIn: (range) => subjects.liveIn(range),
    liveCount: (kind) => subjects.liveCount(kind),
    findHeld: (key) => held.find(key),
    heldPutsIn: (range) => held.putsIn(range),
    findPin: (key) => held.findPin(key),
    get heldCount() {
      return held.count;
    },
    get heldBytes() {
      return held.bytes;
    },
    isApproved: (frame) => approved.has(frame),
    findFloor: (key) => floors.find(key),
    findCurrent: (key) => tokens.findCurrent(key),
    findCurrentOf: (issuer, subject) => tokens.findCurrentOf(issuer, subject),
    ...tokenLookups(tokens, names),
    findName: (key, attribute) => names.find(key, attribute),
    get rebuiltThrough() {
      return whole.rebuiltThrough;
    },
    get tokenCount() {
      return tokens.tokenCount;
    },
    get revocationCount() {
      return tokens.revocationCount;
    },
    get revokedKeyCount() {
      return tokens.revokedKeyCount;
    },
    get witness() {
      return witness.current;
    },
  };
}

function applyChanges(changes: GroupChanges, tables: ReceiverStore): void {
  const { subjects, tokens, names, statuses, floors, held, witness } = tables;
  for (const [key, subject] of changes.subjects) subjects.put(key, subject);
  for (const [key, record] of changes.held) held.put(key, record);
  for (const hold of new Set([...changes.held.values()].flatMap((record) => record?.hold ?? []))) held.nameHold(hold);
  for (const [key, pin] of changes.pins) held.putPin(key, pin);
  for (const floor of changes.floors) floors.put(floor);
  for (const token of changes.tokens) if (changes.slots.get(token.key) !== token) tokens.putToken(token);
  for (const [key, token] of changes.slots) {
    if (token === undefined) tokens.dropCurrent(key);
    else tokens.putCurrent(token);
  }
  for (const revoked of changes.revokedTokens) tokens.putRevokedToken(revoked);
  for (const revoked of changes.revokedSubjects) tokens.putRevokedSubject(revoked);
  // Behind the slots: one that was filled in the same group, before it, is taken back too.
  for (const revoked of changes.revokedKeys) tokens.putRevokedKey(revoked);
  for (const name of changes.names) names.put(name);
  for (const status of changes.statuses) statuses.put(status);
  if (changes.witness !== undefined) witness.put(changes.witness);
}

/** The same number may name a frame of an older epoch, which then stays longer than it must: no harm. */
function waitingSequences({ waitingFrames }: Progress): number[] {
  return waitingFrames.map((name) => Number(name.slice(name.indexOf('.') + 1)));
}
