/**
 * What a group comes to while it is decided: the Kafka records in the order of their causes, the count of each outcome,
 * the entries for the audit log, and what the tables will remember.
 */
import type { AuditEvent } from '../../src/audit/audit-log.ts';
import type { KafkaRecord } from '../../src/kafka/kafka-record.ts';
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import type { DeltaRecord, MemberRecord, WireRecord } from '../../src/wire/record.ts';
import { compareRevisions, formatRevision, type Revision } from '../../src/wire/revision.ts';
import type { OlderState } from '../gate/stream-halt.ts';
import { Guard, type GuardRules, type GuardTime } from '../guard/guard.ts';
import type { GuardWindow } from '../guard/guard-window.ts';
import { type HeldRecord, type HoldCause, heldEvent, holdName, letGoEvent, pinEvent } from '../guard/held-record.ts';
import { DecisionTally, type Tally } from './decision-tally.ts';
import type { GroupFrame } from './group-frame.ts';
import { type GroupChanges, GroupMemory, type Memory } from './group-memory.ts';
import { type CloudEvent, type FrameContext, isTooLarge, kafkaRecord } from './kafka-records.ts';
import { addCounts, frameName, type Outcome } from './progress.ts';
import { quarantineRecord, type Refused, recordDigest, recordKey } from './quarantine.ts';
import type { TopicNames } from './topics.ts';

export interface Admission {
  /** In the order of their causes, without progress. */
  readonly records: readonly KafkaRecord[];
  readonly outcomes: Readonly<Record<Outcome, number>>;
  readonly tallies: readonly Tally[];
  readonly audit: readonly AuditEvent[];
  /** Names of frames whose tokens could not be decided. */
  readonly waitingFrames: readonly string[];
  readonly snapshot: SnapshotCounts;
  readonly changes: GroupChanges;
  /** When the source said what took tokens back, one for each tombstone; not of what is said again. */
  readonly revokedAtMs: readonly number[];
  /** A snapshot shows that its sender was set back: the first key that does. */
  readonly olderState?: OlderState;
  /** The guard's hour after these; undefined where no guard stands. */
  readonly window?: GuardWindow;
}

/** One record, the frame it came in, and its revision. */
export interface Placed<R extends WireRecord = WireRecord> {
  readonly record: R;
  readonly frame: FrameContext;
  readonly revision: Revision;
  /** Of an entry of a snapshot part: the state that it is part of. */
  readonly asOf?: Revision;
}

/** What became of the entries of snapshot parts, beside the records' outcomes. */
export interface EntryCounts {
  readonly published: number;
  /** Known already, or newer is. */
  readonly unchanged: number;
  readonly refused: number;
  readonly expired: number;
  /** By the guard; deletes that a part causes too. */
  readonly held: number;
}

export interface SnapshotCounts extends EntryCounts {
  readonly tombstones: number;
  /** Tombstones over the bound of a part: left to the next cycle. */
  readonly left: number;
}

export const NO_ENTRIES: SnapshotCounts = {
  published: 0,
  unchanged: 0,
  refused: 0,
  expired: 0,
  held: 0,
  tombstones: 0,
  left: 0,
};

/** How an outcome is called where it is an entry's. */
const ENTRY_OUTCOMES = {
  published: 'published',
  superseded: 'unchanged',
  quarantined: 'refused',
  expired: 'expired',
  held: 'held',
} as const satisfies Record<Exclude<Outcome, 'witnessed'>, keyof EntryCounts>;

export type RefusalFields = Pick<Refused, 'reason' | 'path' | 'detail' | 'jti'> & { readonly key?: string };

export class GroupLedger {
  readonly memory: GroupMemory;
  /** Undefined: nothing is ever held. */
  readonly guard: Guard | undefined;
  readonly topics: TopicNames;
  readonly #tally = new DecisionTally();
  readonly #records: KafkaRecord[] = [];
  readonly #waitingFrames: string[] = [];
  readonly #revokedAtMs: number[] = [];
  #snapshot = NO_ENTRIES;
  #olderState: OlderState | undefined;
  /** While the entries of a part are decided. */
  #entries: Record<keyof EntryCounts, number> | undefined;

  constructor(tables: Memory, topics: TopicNames, guard?: { readonly rules: GuardRules; readonly time: GuardTime }) {
    this.memory = new GroupMemory(tables);
    this.guard = guard && new Guard(guard.rules, guard.time, this.memory);
    this.topics = topics;
  }

  get admission(): Admission {
    return {
      records: this.#records,
      outcomes: this.#tally.outcomes,
      tallies: this.#tally.tallies,
      audit: this.#tally.audit,
      waitingFrames: this.#waitingFrames,
      snapshot: this.#snapshot,
      changes: this.memory.changes,
      revokedAtMs: this.#revokedAtMs,
      ...(this.#olderState && { olderState: this.#olderState }),
      ...(this.guard && { window: this.guard.window }),
    };
  }

  /** A Kafka record, not counted: what stands beside the one that a record becomes. */
  add(frame: FrameContext, event: CloudEvent): void {
    this.#records.push(kafkaRecord(frame, event));
  }

  /** False where it is larger than Kafka takes; it is quarantined then. */
  publish({ record, frame, revision }: Placed, event: CloudEvent): boolean {
    const kafka = kafkaRecord(frame, event);
    if (isTooLarge(kafka)) {
      this.refuse({ record, frame, revision }, { reason: 'record-too-large' });
      return false;
    }
    this.#records.push(kafka);
    this.count(record, 'published');
    return true;
  }

  /**
   * Keeps an event of `identity` back. One that is not newer than what is held of its key is superseded by that; an older one
   * is replaced. Where it has no room, or is larger than Kafka takes, it is refused.
   */
  hold(placed: Placed<DeltaRecord | MemberRecord>, event: CloudEvent, cause: HoldCause): void {
    const { record, frame, revision } = placed;
    const known = this.memory.findHeld(event.key);
    if (known !== undefined && compareRevisions(known.revision, revision) >= 0) {
      this.supersede(placed);
      return;
    }
    const held = this.#heldRecord(frame, event, { cause, kind: record.kind });
    const kafka = heldEvent(this.topics.held, held, this.memory.findPin(event.key));
    if (isTooLarge(kafka)) this.refuse(placed, { reason: 'record-too-large' });
    else if (!this.hasRoomToHold) this.refuse(placed, { reason: 'holds-full' });
    else {
      this.#keepBack(held, kafka);
      this.count(record, 'held');
      this.#tally.note({
        event: 'record-held',
        kind: record.kind,
        revision: formatRevision(revision),
        key: held.key,
        hold: held.hold,
      });
    }
  }

  /** A delete that a snapshot causes; the caller has looked for room. */
  holdAbsent(frame: FrameContext, event: Omit<CloudEvent, 'topic'>): void {
    const kind = event.key.startsWith('Member|') ? 'member' : 'delta';
    const held = { ...this.#heldRecord(frame, event, { cause: 'deletes', kind }), isCounted: false };
    this.#keepBack(held, heldEvent(this.topics.held, held, this.memory.findPin(event.key)));
  }

  get hasRoomToHold(): boolean {
    const { heldCount, heldBytes } = this.memory;
    return heldCount < RECEIVER_LIMITS.maxHoldRecords && heldBytes < RECEIVER_LIMITS.maxHoldBytes;
  }

  /**
   * What is held or pinned of a key and no newer than what was published does not stay. What is held may be as new: said again,
   * it passes in an approved bundle, in a later hour, or under other rules.
   */
  letGo(key: string, revision: Revision): void {
    const held = this.memory.findHeld(key);
    if (held !== undefined && compareRevisions(held.revision, revision) <= 0) this.replace(held);
    else if (held === undefined) this.#unpin(key);
  }

  /** Its key was published meanwhile, under its revision or a newer one: it has nothing more to say. */
  replace(held: HeldRecord): void {
    this.#drop(held);
    if (this.memory.findPin(held.key) !== undefined) this.memory.putPin(held.key, undefined);
    this.#records.push(letGoEvent(this.topics.held, held, 'replaced'));
  }

  /** An approver let it go, as it stood when it was held. */
  release(held: HeldRecord, events: readonly KafkaRecord[]): void {
    this.#records.push(...events, letGoEvent(this.topics.held, held, 'released'));
    this.memory.putHeld(held.key, undefined);
    this.memory.putPin(held.key, undefined);
    this.#settle(held, 'published', 'record-released');
  }

  /** An approver refused it: nothing of its key up to its revision is published any more. */
  reject(held: HeldRecord, rejectedAtMs: number): void {
    const { key, revision, hold, headers } = held;
    const pin = { key, revision, hold, rejectedAtMs, headers };
    this.#records.push(pinEvent(this.topics.held, pin));
    this.memory.putHeld(key, undefined);
    this.memory.putPin(key, pin);
    this.#settle(held, 'superseded', 'record-rejected');
  }

  #heldRecord(
    frame: FrameContext,
    event: Omit<CloudEvent, 'topic'>,
    { cause, kind }: Pick<HeldRecord, 'cause' | 'kind'>,
  ): HeldRecord {
    const { key, value, headers } = kafkaRecord(frame, { ...event, topic: this.topics.identity });
    const { revision } = event;
    const heldAtMs = this.guard?.atMs ?? frame.receivedAtMs;
    const isCounted = this.#entries === undefined;
    return { key, revision, cause, hold: holdName(cause, frame), kind, isCounted, heldAtMs, value, headers };
  }

  #keepBack(held: HeldRecord, kafka: KafkaRecord): void {
    const known = this.memory.findHeld(held.key);
    if (known !== undefined) this.#drop(known);
    this.#records.push(kafka);
    this.memory.putHeld(held.key, held);
  }

  #unpin(key: string): void {
    const pin = this.memory.findPin(key);
    if (pin === undefined) return;
    this.memory.putPin(key, undefined);
    this.#records.push(letGoEvent(this.topics.held, pin, 'replaced'));
  }

  #drop(held: HeldRecord): void {
    this.memory.putHeld(held.key, undefined);
    this.#settle(held, 'superseded', 'held-replaced');
  }

  #settle(
    { isCounted, kind, key, revision, hold }: HeldRecord,
    outcome: 'published' | 'superseded',
    event: string,
  ): void {
    if (isCounted) this.#tally.settle(kind, outcome);
    this.#tally.note({ event, kind, revision: formatRevision(revision), key, hold });
  }

  supersede(placed: Placed, details: { readonly jti?: string; readonly key?: string } = {}): void {
    this.count(placed.record, 'superseded');
    this.note('record-superseded', placed, details);
  }

  refuse(placed: Placed, refusal: RefusalFields, outcome: 'quarantined' | 'expired' = 'quarantined'): void {
    const { record, frame, revision } = placed;
    const { reason, jti } = refusal;
    // A token that expired since it was framed is no fault of anybody's.
    if (this.#entries !== undefined && outcome === 'expired') {
      this.count(record, outcome);
      return;
    }
    const sha256 = recordDigest(record);
    const key = refusal.key ?? recordKey(record, revision, sha256);
    const refused: Refused = { kind: record.kind, ...refusal, key, revision, sha256 };
    const { atMs } = record;
    this.#records.push(
      quarantineRecord(this.topics.quarantine, frame, { ...refused, ...(atMs !== undefined && { atMs }) }),
    );
    this.count(record, outcome, reason);
    this.note(`record-${outcome}`, placed, { key, reason, sha256, ...(jti !== undefined && { jti }) });
  }

  /** All its records count as quarantined, under one entry. */
  refuseFrame({ header }: GroupFrame, reason: string, frame: FrameContext): void {
    const { epoch, sequence, recordCount } = header;
    const sha256 = Buffer.from(header.payloadDigest).toString('hex');
    const revision = { epoch, sequence, index: 0 };
    const key = `Frame|${frameName(header)}`;
    const refused: Refused = { kind: 'frame', reason, key, revision, sha256, recordCount };
    this.#records.push(quarantineRecord(this.topics.quarantine, frame, refused));
    this.#tally.count('frame', 'quarantined', reason, recordCount);
    this.#tally.note({ event: 'frame-quarantined', frame: frameName(header), reason, sha256, recordCount });
  }

  /** One tombstone of a token, for the time that it took. */
  timeRevocation(saidAtMs: number): void {
    this.#revokedAtMs.push(saidAtMs);
  }

  /** See `Admission`. */
  noteOlderState(state: OlderState): void {
    this.#olderState ??= state;
  }

  /** What is noted of no record of a frame. */
  noteEvent(event: AuditEvent): void {
    this.#tally.note(event);
  }

  wait(frame: FrameContext): void {
    this.#waitingFrames.push(frameName(frame));
  }

  count(record: WireRecord, outcome: Outcome, reason?: string): void {
    if (this.#entries === undefined) this.#tally.count(record.kind, outcome, reason);
    // No part holds checkpoints.
    else if (outcome !== 'witnessed') this.#entries[ENTRY_OUTCOMES[outcome]] += 1;
  }

  /** Counts what `work` decides as entries of a part, and keeps what changes nothing out of the audit log. */
  countEntries(work: () => void): EntryCounts {
    const { tombstones, left, ...entries } = NO_ENTRIES;
    this.#entries = { ...entries };
    work();
    const counted = this.#entries;
    this.#entries = undefined;
    return counted;
  }

  addEntries(counts: SnapshotCounts): void {
    this.#snapshot = addCounts(this.#snapshot, counts);
  }

  note(event: string, { record, revision }: Placed, details: Readonly<Record<string, string | number>>): void {
    const changes = event === 'record-quarantined' || Number(details.tombstones) > 0;
    if (this.#entries !== undefined && !changes) return;
    this.#tally.note({ event, kind: record.kind, revision: formatRevision(revision), ...details });
  }
}
