/** What receiver.db says, read beside the program on its own connection. */

import type { Spool, SpooledFrame } from '../../receiver/gate/spool.ts';
import { decodeProgress, type Progress } from '../../receiver/publish/progress.ts';
import type { KafkaRecord } from '../../src/kafka/kafka-record.ts';
import type { Statement, Store } from '../../src/store/database.ts';
import { compareRevisions } from '../../src/wire/revision.ts';
import { check } from './check.ts';
import type { StoredGate } from './ledger.ts';
import type { ModelAudit } from './model-audit.ts';
import type { TopicLedger } from './topic-ledger.ts';

/** Entries behind which records may become visible. */
const ANNOUNCING: readonly string[] = ['transaction', 'trust-bundle-published'];
const ALL_FRAMES = { maxFrames: 1e9, maxBytes: 1e9, maxRecords: 1e9 };

export class ReceiverTables {
  readonly #spool: Spool;
  readonly #topics: TopicLedger;
  readonly #gate: Statement;
  readonly #gaps: Statement;
  readonly #lost: Statement;
  readonly #published: Statement;
  readonly #subjects: Statement;
  readonly #pause: Statement;
  #lastPosition: number;
  #lastPublished: Buffer | undefined;
  /** Of the audit log, that the last commit stood behind; first the last one of the lives before. */
  #lastEntry: number;

  constructor(
    store: Store,
    spool: Spool,
    { topics, knownPosition, audit }: { topics: TopicLedger; knownPosition: number; audit: ModelAudit },
  ) {
    this.#lastEntry = audit.synced.length - 1;
    this.#spool = spool;
    this.#topics = topics;
    this.#gate = store.prepare('SELECT epoch, epoch_id AS epochId, sequence, halt_seen AS halt FROM gate');
    this.#gaps = store.prepare('SELECT from_sequence AS "from", to_sequence AS "to" FROM gap ORDER BY from_sequence');
    this.#lost = store.prepare('SELECT through_sequence AS through, frames FROM lost_frames');
    this.#published = store.prepare('SELECT progress FROM published');
    this.#subjects = store.prepare('SELECT key, epoch, sequence, record_index AS "index", deleted FROM subject');
    this.#pause = store.prepare('SELECT 1 FROM operator_pause');
    this.#lastPosition = knownPosition;
  }

  /** What the commit that just became durable brought. */
  takeCommitted(): { readonly spooled: readonly SpooledFrame[]; readonly gate: StoredGate } {
    const spooled = this.#spool.next(this.#lastPosition, ALL_FRAMES);
    this.#lastPosition = spooled.at(-1)?.position ?? this.#lastPosition;
    this.#checkPublished();
    return { spooled, gate: this.gate };
  }

  get lastPosition(): number {
    return this.#lastPosition;
  }

  get gate(): StoredGate {
    const row = this.#gate.get() as GateRow | undefined;
    if (row === undefined) return { epoch: 0, epochId: '', sequence: 0, gaps: [], lost: undefined, halt: undefined };
    const { epoch, epochId, sequence, halt } = row;
    const gaps = this.#gaps.all() as StoredGate['gaps'];
    const lost = this.#lost.get() as StoredGate['lost'];
    return { epoch, epochId: epochId.toString('hex'), sequence, halt: halt ?? undefined, gaps, lost };
  }

  /** The tables follow Kafka's commit: nothing in them is newer than what a consumer can read. */
  checkAgainstTopics(): void {
    this.#checkPublished();
    for (const row of this.#subjects.all() as SubjectRow[]) {
      const published = this.#topics.revision(row.key);
      check(
        published !== undefined && compareRevisions(row, published) <= 0,
        `the subject table is ahead of Kafka over ${row.key}`,
      );
    }
  }

  /** What the publisher can see is audited. */
  checkSpooled(spooled: readonly SpooledFrame[], audit: ModelAudit): void {
    check(spooled.length === 0 || audit.pendingCount === 0, 'a frame is spooled before its audit entry is synced');
  }

  /** Paused is paused, over restarts too. */
  checkPause(): void {
    check(this.#pause.get() === undefined, 'a paused receiver publishes');
  }

  /** Audited before anybody can see it. A progress record alone decides nothing. */
  checkBeforeCommit(records: readonly KafkaRecord[], audit: ModelAudit): void {
    if (records.length > 1) {
      const entry = audit.synced.findLastIndex(({ event }) => ANNOUNCING.includes(event));
      const isSynced = audit.pendingCount === 0 && entry > this.#lastEntry;
      check(isSynced, 'records are committed before their audit entries are synced');
      this.#lastEntry = entry;
    }
    this.checkAgainstTopics();
  }

  #checkPublished(): void {
    const row = this.#published.get() as { readonly progress: Buffer } | undefined;
    if (row === undefined || this.#lastPublished?.equals(row.progress)) return;
    this.#lastPublished = row.progress;
    const local = decodeProgress(row.progress) as Progress;
    const committed = this.#topics.progress;
    const isBehind =
      committed !== undefined &&
      (local.epoch < committed.epoch || (local.epoch === committed.epoch && local.sequence <= committed.sequence));
    check(isBehind, 'the tables are ahead of what Kafka committed');
  }
}

interface GateRow {
  readonly epoch: number;
  readonly epochId: Buffer;
  readonly sequence: number;
  readonly halt: string | null;
}

interface SubjectRow {
  readonly key: string;
  readonly epoch: number;
  readonly sequence: number;
  readonly index: number;
  readonly deleted: number;
}
