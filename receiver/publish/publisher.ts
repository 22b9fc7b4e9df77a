/**
 * spool ─► group reader ─► admission ─► transaction plan ─► **publisher** ─► Kafka ─► tables
 *
 * One group of frames, one Kafka transaction, with the progress record in it; then the tables, in one SQLite
 * transaction. An outcome that is not certain is never guessed: the session is opened again, and Kafka's progress says.
 */
import { sha256Hex } from '../../src/crypto/digest.ts';
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { KeyWithdrawal, type RevokedKeys } from '../trust/key-withdrawal.ts';
import type { WitnessState } from '../witness/log-witness.ts';
import { rewrittenAlarm, witnessStatus } from '../witness/witness-view.ts';
import type { GroupFrame } from './group-frame.ts';
import type { Admission } from './group-ledger.ts';
import type { Producer } from './kafka-access.ts';
import { kafkaRecordBytes } from './kafka-records.ts';
import { KafkaSession, type KafkaSessionOptions } from './kafka-session.ts';
import { areNamesCurrent } from './name-collection.ts';
import { frameName, type Progress } from './progress.ts';
import { publishedEntries } from './published-entries.ts';
import { isWholeCycle, type SnapshotProgress } from './snapshot-progress.ts';
import { type PlanContext, type Planned, planTransaction, type TransactionPlan } from './transaction-plan.ts';
import { Wholeness } from './wholeness.ts';

export interface PublisherOptions
  extends Omit<KafkaSessionOptions, 'wallMs' | 'monotonicMs'>,
    Omit<PlanContext, 'wholeness' | 'keyWithdrawal'> {
  /** Issuers' keys that the bundle revokes: what they signed is taken back. */
  readonly revokedKeys?: () => RevokedKeys;
  /** A snapshot cycle came whole: what was missing up to a sequence of its epoch is missing no longer. */
  readonly onGapsClosed?: (upTo: { readonly epoch: number; readonly sequence: number }) => void;
  readonly clock: PublisherClock;
  /** Where tables and audit log lie; without it there is always room. */
  readonly freeDiskBytes?: () => number;
}

export interface PublisherClock {
  wallMs(): number;
  monotonicMs(): number;
  /** Resolves after so long, or when the signal is aborted. */
  wait(delayMs: number, signal: AbortSignal): Promise<void>;
}

export class Publisher {
  readonly #options: PublisherOptions;
  readonly #session: KafkaSession;
  readonly #stopping = new AbortController();
  #waking = new AbortController();
  #isBusy = false;
  #progressAtMs = Number.NEGATIVE_INFINITY;
  #purgeAtMs = Number.NEGATIVE_INFINITY;
  #sweepAtMs = Number.NEGATIVE_INFINITY;
  #isBlocked = false;
  #isUnwhole = false;
  readonly #wholeness: Wholeness;
  readonly #keyWithdrawal: KeyWithdrawal;
  /** Since when (monotonic) the disk is too full to publish. */
  #fullSinceMs: number | undefined;
  #counts = { transactions: 0, unclean: 0 };
  #slowestRevocation: { readonly delayMs: number; readonly atMs: number } | undefined;

  constructor(options: PublisherOptions) {
    const { wallMs, monotonicMs } = options.clock;
    this.#options = options;
    this.#wholeness = new Wholeness(options.store);
    this.#keyWithdrawal = new KeyWithdrawal(options.store, options.revokedKeys ?? (() => NO_KEYS));
    this.#session = new KafkaSession({ ...options, wallMs, monotonicMs });
  }

  get isPublishing(): boolean {
    return this.#session.producer !== undefined && this.#fullSinceMs === undefined && !this.#isPaused;
  }

  /** What failed and its cure, while nothing is published. */
  get waitingFor(): DiodeError | undefined {
    return this.#fullSinceMs === undefined ? this.#session.failure : diskFull();
  }

  /** Of the last ten minutes, by its time from the source to the tombstone. */
  get slowestRevocation(): { readonly delayMs: number; readonly atMs: number } | undefined {
    const slowest = this.#slowestRevocation;
    const isOld = slowest !== undefined && this.#options.clock.monotonicMs() - slowest.atMs > LATE_ALARM_MS;
    return isOld ? undefined : slowest;
  }

  get counts(): { readonly transactions: number; readonly unclean: number } {
    return this.#counts;
  }

  /** Nothing spooled is left to publish, and no transaction is under way. */
  get isDrained(): boolean {
    const { store } = this.#options;
    const isPending = store.pendingEarlyFrames.length > 0 || store.held.hasDecided || store.tokens.endedCount > 0;
    const isApplied = store.spool.lastPosition <= store.appliedPosition && !isPending;
    return !this.#isBusy && (this.#isUnwhole || isApplied);
  }

  /** There is something to do: frames were spooled, or the clock is trusted again. */
  wake(): void {
    this.#waking.abort(WOKEN);
  }

  /** Runs until `stop`. Rejects for what no retry cures: a failed disk, an audit log that cannot be written. */
  async run(): Promise<void> {
    try {
      while (!this.#stopping.signal.aborted) {
        const pauseMs = await this.#step();
        if (pauseMs > 0) await this.#pause(pauseMs);
      }
    } finally {
      await this.#session.close();
    }
  }

  /** Ends `run` after the transaction under way. */
  stop(): void {
    this.#stopping.abort();
    this.wake();
  }

  /** Answers how long to wait before the next; 0: not at all. */
  async #step(): Promise<number> {
    if (this.#isPaused) return this.#rest();
    if (this.#session.isFenced) {
      this.#session.remind();
      return RECEIVER_LIMITS.maxKafkaRetryMs;
    }
    if (!this.#hasRoom()) return RECEIVER_LIMITS.storeRetryMs;
    // A bundle or a config that calls Users by another attribute: the next session begins with their names.
    if (!areNamesCurrent(this.#options)) await this.#session.close();
    if (this.#session.producer === undefined && !(await this.#session.open())) return this.#session.retryMs;
    // It may have been asked for while the session was opened.
    if (this.#isPaused) return 0;
    this.#purge();
    const { clock } = this.#options;
    const progressDueMs = this.#progressAtMs + RECEIVER_LIMITS.progressIntervalMs;
    const isProgressDue = clock.monotonicMs() >= progressDueMs;
    this.#isBusy = true;
    try {
      const context = { ...this.#options, wholeness: this.#wholeness, keyWithdrawal: this.#keyWithdrawal };
      const isSweepDue = clock.monotonicMs() >= this.#sweepAtMs;
      const planned = await planTransaction(context, { wallMs: clock.wallMs(), isProgressDue, isSweepDue });
      // Such a bundle came while it was planned.
      if (!areNamesCurrent(this.#options)) return 0;
      if (isSweepDue) this.#planSweep(planned);
      this.#handleBlocked(planned);
      if (planned === 'looking') return RECEIVER_LIMITS.readAheadPauseMs;
      if (typeof planned === 'object') return await this.#publish(planned, this.#session.producer as Producer);
    } finally {
      this.#isBusy = false;
    }
    return isProgressDue ? RECEIVER_LIMITS.progressIntervalMs : progressDueMs - clock.monotonicMs();
  }

  /** Paused by an operator: Kafka is left alone, its producer closed. `wake` ends it early. */
  async #rest(): Promise<number> {
    if (this.#session.producer !== undefined) {
      await this.#session.close();
      this.#options.observer.event?.({ event: 'paused' });
    }
    return RECEIVER_LIMITS.progressIntervalMs;
  }

  get #isPaused(): boolean {
    return this.#options.store.pause.current !== undefined;
  }

  /** Asked before anything is decided: what Kafka has committed must find its place in the tables. */
  #hasRoom(): boolean {
    const { freeDiskBytes, clock, observer } = this.#options;
    const nowMs = clock.monotonicMs();
    if (freeDiskBytes === undefined || freeDiskBytes() >= RECEIVER_LIMITS.minPublishDiskBytes) {
      // A session that is opened yet says so itself.
      if (this.#fullSinceMs !== undefined && this.#session.producer !== undefined) {
        observer.event?.({ event: 'publishing', recovery: 'same', outageMs: nowMs - this.#fullSinceMs });
      }
      this.#fullSinceMs = undefined;
      return true;
    }
    if (this.#fullSinceMs === undefined) {
      const { code, message } = diskFull();
      observer.event?.({ event: 'not-publishing', code, text: message, sinceMs: nowMs });
    }
    this.#fullSinceMs ??= nowMs;
    return false;
  }

  async #publish(plan: TransactionPlan, producer: Producer): Promise<number> {
    const { store, clock, observer } = this.#options;
    const startedMs = clock.monotonicMs();
    const outcome = await producer.publishTransaction(plan.records, () => this.#audit(plan));
    if (outcome.outcome === 'unclean') {
      this.#counts.unclean += 1;
      observer.unclean?.({ code: outcome.error.code, isFatal: outcome.isFatal, isFenced: outcome.isFenced });
      await this.#session.fail(outcome.error, { isFenced: outcome.isFenced });
      return this.#session.retryMs;
    }
    const before = store.progress;
    const witnessed = store.witness.current;
    store.apply(plan.progress, plan.appliedPosition, plan.admission?.changes);
    this.#observeSnapshot(plan, before);
    if (plan.admission?.olderState !== undefined) this.#options.front?.handleOlderState(plan.admission.olderState);
    this.#observeWitness(witnessed, store.witness.current);
    this.#session.handleCommit();
    this.#progressAtMs = clock.monotonicMs();
    this.#counts.transactions += 1;
    this.#observe(plan, this.#progressAtMs - startedMs);
    return 0;
  }

  /**
   * On disk before the commit, which is when anybody can see its effect: Kafka takes the records meanwhile. A log that cannot be
   * written stops the program.
   */
  #audit({ admission, trustBundle, progress }: TransactionPlan): void {
    const { audit, clock, rules } = this.#options;
    const nowMs = clock.wallMs();
    if (admission !== undefined) {
      const { audit: entries, outcomes, records } = admission;
      for (const entry of [...entries, ...publishedEntries(records, rules.topics)]) audit.append(nowMs, entry);
      audit.append(nowMs, { event: 'transaction', through: frameName(progress), ...outcomes });
    }
    if (trustBundle !== undefined) {
      const { root, version, text } = trustBundle;
      audit.append(nowMs, { event: 'trust-bundle-published', root, bundle: version, sha256: sha256Hex(text) });
    }
    if (admission !== undefined || trustBundle !== undefined) audit.sync();
  }

  #observe({ frames, admission, records, progress }: TransactionPlan, durationMs: number): void {
    const { observer, audit, clock } = this.#options;
    const bytes = records.reduce((sum, record) => sum + kafkaRecordBytes(record), 0);
    observer.transaction?.({ records: records.length, bytes, frames: frames.length, durationMs });
    if (admission === undefined) return;
    audit.append(clock.wallMs(), { event: 'transaction-committed', through: frameName(progress) });
    observer.records?.(admission.tallies);
    this.#observeRevocations(admission);
    this.#observeHolds(admission, frames.length);
    for (const frame of frames) this.#observeFrame(frame);
  }

  #observeSnapshot({ admission, progress }: TransactionPlan, before: Progress | undefined): void {
    const { observer, audit, clock, onGapsClosed } = this.#options;
    const { snapshot } = progress;
    if (admission !== undefined) observer.snapshot?.(admission.snapshot);
    if (admission !== undefined && admission.snapshot.left > 0) {
      observer.event?.({ event: 'tombstones-left', cycle: snapshot?.cycle ?? 0, left: admission.snapshot.left });
    }
    if (snapshot === undefined || !isWholeCycle(snapshot) || isSameCycle(snapshot, before?.snapshot)) return;
    const closedFrames = progress.closedFrames - (before?.closedFrames ?? 0);
    // Not the epoch of `progress`: the transaction may go on into the next one.
    const { epoch, cycle, through } = snapshot;
    audit.append(clock.wallMs(), { event: 'snapshot-whole', epoch, cycle, through, closedFrames });
    observer.event?.({ event: 'snapshot-whole', cycle, through, closedFrames });
    if (progress.isWhole && before?.isWhole === false) audit.append(clock.wallMs(), { event: 'receiver-whole', cycle });
    onGapsClosed?.({ epoch, sequence: through });
  }

  #observeWitness(before: WitnessState | undefined, now: WitnessState | undefined): void {
    if (now === undefined || now === before) return;
    const { observer } = this.#options;
    const { entries, restarts, rewritten } = witnessStatus(now);
    if (rewritten !== undefined && before?.rewrite === undefined) {
      observer.event?.({ event: 'sender-log-rewritten', text: rewrittenAlarm(rewritten) });
    }
    if (restarts > (before?.restarts ?? 0)) observer.event?.({ event: 'sender-log-restarted', entries });
  }

  #observeRevocations({ revokedAtMs }: Admission): void {
    if (revokedAtMs.length === 0) return;
    const { observer, clock } = this.#options;
    const nowMs = clock.wallMs();
    const delaysMs = revokedAtMs.map((atMs) => Math.max(0, nowMs - atMs));
    observer.revocations?.(delaysMs);
    const slowest = { delayMs: delaysMs.reduce((a, b) => Math.max(a, b), 0), atMs: clock.monotonicMs() };
    if (slowest.delayMs >= (this.slowestRevocation?.delayMs ?? 0)) this.#slowestRevocation = slowest;
  }

  #observeHolds({ changes }: Admission, frames: number): void {
    const { event } = this.#options.observer;
    const held = [...changes.held.values()].flatMap((record) => record ?? []);
    const names = [...new Set(held.map(({ hold }) => hold))].slice(0, MAX_NAMED_HOLDS);
    if (held.length > 0) event?.({ event: 'records-held', records: held.length, holds: names.join(' ') });
    else if (frames === 0 && changes.held.size > 0) event?.({ event: 'holds-decided', records: changes.held.size });
  }

  #observeFrame({ header, content }: GroupFrame): void {
    const { observer, clock } = this.#options;
    if (typeof content === 'string') {
      observer.event?.({ event: 'frame-refused', frame: frameName(header), reason: content });
      return;
    }
    const sinceFrameMs = clock.wallMs() - header.createdAtMs;
    const newestMs = content.reduce((newest, { atMs }) => Math.max(newest, atMs ?? 0), 0);
    const sinceCreationMs = newestMs === 0 ? sinceFrameMs : clock.wallMs() - newestMs;
    observer.freshness?.({ sinceCreationMs, sinceFrameMs });
  }

  /** A sweep that was full has more to do. */
  #planSweep(planned: Planned): void {
    const isFull = typeof planned === 'object' && planned.swept === RECEIVER_LIMITS.maxSweptTokens;
    if (!isFull) this.#sweepAtMs = this.#options.clock.monotonicMs() + RECEIVER_LIMITS.sweepIntervalMs;
  }

  /** What no token can need any more; by a trusted clock alone, since a wrong one would forget live tokens. */
  #purge(): void {
    const { store, time, clock, expirySlackMs } = this.#options;
    const nowMs = clock.monotonicMs();
    if (nowMs < this.#purgeAtMs || !time.isTrusted) return;
    const { maxPurgedRows, purgeIntervalMs } = RECEIVER_LIMITS;
    const dropped = store.tokens.purge(time.judgeMs(clock.wallMs()) - expirySlackMs(), maxPurgedRows);
    this.#purgeAtMs = nowMs + (dropped < maxPurgedRows ? purgeIntervalMs : 0);
  }

  #handleBlocked(planned: Planned): void {
    const { store, observer } = this.#options;
    const isBlocked = planned === 'blocked';
    this.#isUnwhole =
      planned === 'unwhole' || (this.#isUnwhole && typeof planned === 'object' && !planned.progress.isWhole);
    if (isBlocked && !this.#isBlocked) {
      observer.event?.({ event: 'tokens-wait', waitingFrames: store.progress?.waitingFrames.length ?? 0 });
    }
    this.#isBlocked = isBlocked;
  }

  async #pause(delayMs: number): Promise<void> {
    // Without Kafka new frames change nothing: they must not cut the pause between two tries short. What an operator asks does.
    const { signal } = this.isPublishing || this.#isPaused ? this.#waking : this.#stopping;
    // What came between the last look and now must not be slept over.
    if (!signal.aborted) await this.#options.clock.wait(delayMs, signal);
    if (this.#waking.signal.aborted) this.#waking = new AbortController();
  }
}

/** A reason of its own: without one each frame would pay for an error and its stack. */
const WOKEN = 'woken';
const NO_KEYS: RevokedKeys = [];
const MAX_NAMED_HOLDS = 8;
const LATE_ALARM_MS = RECEIVER_LIMITS.lateRevocationAlarmMs;

/** Whole before, too. */
function isSameCycle(snapshot: SnapshotProgress, before: SnapshotProgress | undefined): boolean {
  return isWholeCycle(before) && before?.epoch === snapshot.epoch && before.cycle === snapshot.cycle;
}

function diskFull(): DiodeError {
  return new DiodeError('disk-full', 'The disk is too full to publish.', 'Free space on it; what is spooled stays.');
}
