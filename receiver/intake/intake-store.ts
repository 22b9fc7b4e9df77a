/** One commit of all that a turn of the event loop released: frames, stream state, gaps and hello together, or none. */
import { dirname } from 'node:path';
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import { type Store, translateStoreError } from '../../src/store/database.ts';
import { freeDiskBytes } from '../../src/store/free-disk.ts';
import type { GateState } from '../gate/gate.ts';
import { readGate, type StoredGate, type StoredHello } from '../gate/gate-store.ts';
import { GateWriter } from '../gate/gate-writer.ts';
import type { Spool, SpoolEntry } from '../gate/spool.ts';
import { WholeState } from '../publish/whole-state.ts';
import { type EarlyFrame, EarlyFrames } from './early-frames.ts';
import type { AcceptedSession, SignedHead } from './session-history.ts';

/** Why nothing more is accepted for now. */
export type FullReason = 'spool-full' | 'disk-full';

export interface IntakeBatch {
  readonly wallMs: number;
  readonly frames: readonly SpoolEntry[];
  /** Frames that wait, whose revocations do not. */
  readonly earlyFrames?: readonly EarlyFrame[];
  /** Present where it changed. */
  readonly gate?: GateState;
  /** The first hello ever was accepted, with this head. */
  readonly joined?: { readonly epoch: number; readonly sequence: number };
  readonly hello?: { readonly stored: StoredHello; readonly session: AcceptedSession };
  /** Where another way than hellos told of more. */
  readonly floor?: SignedHead;
}

/** What the intake needs of a disk. */
export interface IntakeStore {
  load(): StoredGate;
  /** Durable when it returns. Throws DiodeError `disk-full` where nothing was written and a later try may work. */
  commit(batch: IntakeBatch): void;
  /**
   * Whether so many bytes more can be accepted; undefined: yes. Before a commit and a reopening the disk is asked, however
   * little came since; and a spool reopens once a sixteenth of it is free: room for one frame would be used up at once,
   * and the same be said every few seconds for as long as Kafka is away.
   */
  fullReason(bytes: number, before?: 'commit' | 'reopen'): FullReason | undefined;
  /** Position of the last spooled frame. */
  readonly lastPosition: number;
}

export class SqliteIntakeStore implements IntakeStore {
  readonly #store: Store;
  readonly #spool: Spool;
  readonly #gate: GateWriter;
  readonly #earlyFrames: EarlyFrames;
  readonly #whole: WholeState;
  readonly #path: string;
  readonly #freeDiskBytes: () => number;
  #epoch: number;
  #freeBytes = Number.POSITIVE_INFINITY;
  #bytesSinceLook = Number.POSITIVE_INFINITY;

  /** `path` names the database in errors; `freeDiskBytes` says what is left where it lies. */
  constructor(options: {
    readonly store: Store;
    readonly spool: Spool;
    readonly path: string;
    readonly freeDiskBytes?: () => number;
  }) {
    this.#store = options.store;
    this.#spool = options.spool;
    this.#gate = new GateWriter(options.store);
    this.#earlyFrames = new EarlyFrames(options.store);
    this.#whole = new WholeState(options.store);
    this.#path = options.path;
    this.#freeDiskBytes = options.freeDiskBytes ?? (() => freeDiskBytes(dirname(options.path)));
    this.#epoch = this.load().state?.epoch ?? 0;
  }

  load(): StoredGate {
    return readGate(this.#store);
  }

  commit(batch: IntakeBatch): void {
    try {
      this.#store.transaction(() => this.#write(batch))();
    } catch (error) {
      this.#spool.recount();
      throw translateStoreError(error, this.#path);
    }
    if (batch.gate !== undefined) this.#epoch = batch.gate.epoch;
  }

  fullReason(bytes: number, before?: 'commit' | 'reopen'): FullReason | undefined {
    const hasRoom = this.#spool.hasRoom(before === 'reopen' ? bytes + this.#spool.maxBytes / 16 : bytes);
    // Nothing could make more room for what was released than an empty spool has: a new epoch releases all it held at once.
    const isEmptied = before !== undefined && this.#spool.isEmpty;
    if (!hasRoom && !isEmptied) return 'spool-full';
    if (before !== undefined) this.#bytesSinceLook = Number.POSITIVE_INFINITY;
    return this.#free(bytes) < RECEIVER_LIMITS.minFreeDiskBytes ? 'disk-full' : undefined;
  }

  get lastPosition(): number {
    return this.#spool.lastPosition;
  }

  #write(batch: IntakeBatch): void {
    const { frames, earlyFrames = [], gate, hello, joined, floor, wallMs } = batch;
    if (joined !== undefined) this.#whole.join(joined, wallMs);
    if (gate !== undefined) {
      if (gate.epoch !== this.#epoch) this.#gate.clearRecentFrames();
      this.#gate.writeState(gate, wallMs);
    }
    for (const entry of frames) this.#spool.append(entry);
    for (const early of earlyFrames) this.#earlyFrames.add(early);
    // A batch may still hold frames of the epoch that ended in it; their sequences mean nothing in the new one.
    const epoch = gate?.epoch ?? this.#epoch;
    const recent = frames.filter(({ frame }) => frame.header.epoch === epoch);
    this.#gate.writeRecentFrames(
      recent.map(({ frame }) => ({
        sequence: frame.header.sequence,
        digest: frame.digest,
        frameBytes: frame.bytes.length,
      })),
    );
    if (hello !== undefined) this.#gate.writeHello(hello.stored, hello.session);
    if (floor !== undefined) this.#gate.writeFloor(floor);
  }

  /** Asked of the file system once for each 16 MiB and while it is short, not for each frame. */
  #free(bytes: number): number {
    this.#bytesSinceLook += bytes;
    if (this.#bytesSinceLook > RECEIVER_LIMITS.maxCommitBytes || this.#freeBytes < RECEIVER_LIMITS.minFreeDiskBytes) {
      this.#freeBytes = this.#freeDiskBytes();
      this.#bytesSinceLook = 0;
    }
    return this.#freeBytes;
  }
}
