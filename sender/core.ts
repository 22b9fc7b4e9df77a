/**
 * The sender's core: every stage between source and link, connected, without a clock, a socket or a timer. The pipeline
 * drives it with real ones, the simulator with virtual ones. Its store is SQLite, since a frame is durable before its
 * first datagram; audit and reject file come in as interfaces.
 *
 *   entries ─► line queue ─► line flush ─► journal ─► audit ─► transmitter ─► outlet ─► datagrams
 *                      state ─► snapshot cycle ─┘
 */
import type { AuditLog } from '../src/audit/audit-log.ts';
import type { PackerConfig, TokenIssuerConfig } from '../src/config/sender-config.ts';
import type { SigningKeyPair } from '../src/crypto/sodium.ts';
import type { IdentityRules } from '../src/identity/identity-rules.ts';
import { SENDER_LIMITS, WIRE_LIMITS } from '../src/limits.ts';
import { DiodeError } from '../src/ops/diode-error.ts';
import type { Store } from '../src/store/database.ts';
import { OperatorPause } from '../src/store/operator-pause.ts';
import { HEADER_BYTES, TAG_BYTES } from '../src/wire/datagram.ts';
import type { FrameRun } from '../src/wire/frame-runs.ts';
import type { LinkParameters } from '../src/wire/hello.ts';
import { formerIssuers } from './issuer/former-issuers.ts';
import { TokenIssuer } from './issuer/token-issuer.ts';
import { CarryOver } from './journal/carry-over.ts';
import { Differ } from './journal/differ.ts';
import { FrameSigner } from './journal/frame-signer.ts';
import { type Journal, RESEND_PASS, type ResendAnswer } from './journal/journal.ts';
import { type FlushResult, LineFlush } from './journal/line-flush.ts';
import { type LineEntry, LineQueue } from './journal/line-queue.ts';
import type { RejectedLine } from './journal/reject-file.ts';
import { SubjectState } from './journal/subject-state.ts';
import { TrustState } from './journal/trust-state.ts';
import { CoreTotals } from './ops/core-totals.ts';
import { type IssuerKeyInUse, SenderAudit } from './ops/sender-audit.ts';
import type { PauseReason, SenderEvent, SenderObserver } from './ops/sender-observer.ts';
import { RevertTable } from './revert/revert-table.ts';
import { SnapshotCycle, type SnapshotSchedule } from './snapshot/snapshot-cycle.ts';
import type { SourcePosition } from './sources/source.ts';
import { type AnnouncedLog, CheckpointAnnouncer } from './transmit/checkpoint-announcer.ts';
import type { BlockEncoder } from './transmit/frame-pass.ts';
import { HelloAnnouncer } from './transmit/hello-announcer.ts';
import { HelloBlocks } from './transmit/hello-blocks.ts';
import { Outlet } from './transmit/outlet.ts';
import { Pacer } from './transmit/pacer.ts';
import { shareMs } from './transmit/rate-share.ts';
import type { Session } from './transmit/session.ts';
import { Transmitter } from './transmit/transmitter.ts';
import { TrustAnnouncer } from './transmit/trust-announcer.ts';
import type { CarriedTrust } from './trust/carried-trust.ts';
import { type NextKey, SigningKeys } from './trust/signing-keys.ts';

export interface CoreOptions {
  readonly boundary: string;
  readonly stream: string;
  readonly sourceName: string;
  readonly link: LinkParameters;
  /** There is no live link: frames are journaled, and leave on media. */
  readonly isMediaOnly?: boolean;
  /** What the link adds to each datagram on the wire. */
  readonly overheadBytes: number;
  /** The longest that the link takes; where a hello may be longer, it travels in control blocks. */
  readonly maxDatagramBytes?: number;
  /** SendLink.aheadMs. */
  readonly aheadMs?: number | undefined;
  /** UdpSendConfig.burstBytes. */
  readonly burstBytes?: number | undefined;
  /** Padding fills the link, every datagram has one length, and none tells whether anything is said. */
  readonly isConstantRate?: boolean | undefined;
  readonly packer: PackerConfig;
  /** Without it snapshots are framed on command only. */
  readonly snapshot?: SnapshotSchedule;
  /** Tokens that the sender issues itself; `holdMs`: how long receivers wait for what is missing. */
  readonly issuer?: { readonly config: TokenIssuerConfig; readonly holdMs: number };
  readonly signing: SigningKeyPair;
  /** While the key is changed. `onTakeOver`: makes durable that the key of that id signs from now on. */
  readonly rotation?: { readonly next: NextKey | undefined; readonly onTakeOver: (keyId: string) => void };
  readonly rules: IdentityRules;
  readonly store: Store;
  readonly journal: Journal;
  readonly session: Session;
  /** Of src/fec. */
  readonly encoder: BlockEncoder;
  readonly audit: AuditLog;
  /** The same log, where receivers are to witness it. */
  readonly announcedLog?: AnnouncedLog;
  readonly rejects: { append(lines: readonly RejectedLine[]): void };
  readonly observer?: SenderObserver;
  readonly onEvent?: (event: SenderEvent) => void;
  /** A monotonic clock that only measures how long a flush takes; without it that is 0. */
  readonly stopwatchMs?: () => number;
  /** Where store and audit log lie; without it there is always room. */
  readonly freeDiskBytes?: () => number;
}

const NEVER = Number.POSITIVE_INFINITY;
const ON_COMMAND: SnapshotSchedule = { intervalHours: 0, ratePercent: 5 };

export class SenderCore {
  readonly queue: LineQueue;
  readonly journal: Journal;
  readonly reverts: RevertTable;
  readonly transmitter: Transmitter;
  readonly announcer: HelloAnnouncer;
  readonly trustAnnouncer: TrustAnnouncer;
  readonly keys: SigningKeys;
  readonly outlet: Outlet;
  readonly trust: TrustState;
  readonly snapshots: SnapshotCycle;
  readonly totals = new CoreTotals();
  readonly pause: OperatorPause;
  readonly issuer: TokenIssuer | undefined;
  readonly #options: CoreOptions;
  readonly #flush: LineFlush;
  readonly #carryOver: CarryOver;
  readonly #checkpoints: CheckpointAnnouncer | undefined;
  readonly #audit: SenderAudit;
  #carried: CarriedTrust | undefined;
  #loadedSequence: number;
  #blocked: 'journal-full' | 'disk-full' | undefined;
  #diskRetryMs: number | undefined;
  #restUntilMs: number;
  #recordPassesMs: number | undefined;
  #pruneMs: number;
  /** Of entries that were handed in: handed in so far, journaled so far, and handed in when the source was at its end. */
  #entryCounts: { handed: number; journaled: number; atSourceEnd: number | undefined } = {
    handed: 0,
    journaled: 0,
    atSourceEnd: undefined,
  };

  /** Audits the session, and frames that a crash left unaudited; takes up the repeats that an earlier run left. */
  constructor(nowMs: number, wallMs: number, options: CoreOptions) {
    const { journal, link, packer, session, signing, store, stream } = options;
    const state = new SubjectState(store);
    this.keys = new SigningKeys(stream, { current: signing, next: options.rotation?.next });
    const { keys } = this;
    const signer = new FrameSigner({ ...options, keys });
    this.trust = new TrustState(store);
    this.#options = options;
    this.journal = journal;
    this.pause = new OperatorPause(store);
    this.reverts = new RevertTable(store);
    const loneFrameMs = shareMs(SENDER_LIMITS.loneFrameBytes, {
      ...options,
      ratePercent: SENDER_LIMITS.promptRatePercent,
    });
    this.queue = new LineQueue({ ...packer, isPrompt: !options.isMediaOnly && loneFrameMs <= packer.lingerMs });
    this.issuer =
      options.issuer &&
      new TokenIssuer(nowMs, wallMs, {
        ...options.issuer,
        store,
        transaction: (work) => journal.transaction(work),
        state,
        trust: this.trust,
        lastRepeatMs: Math.max(0, ...link.repeatAfterMs),
      });
    this.#flush = new LineFlush({
      ...options,
      state,
      trust: this.trust,
      differ: new Differ(state),
      reverts: this.reverts,
      signer,
      issuer: this.issuer,
      bounds: packer,
    });
    const { isConstantRate } = options;
    const shared = { ...link, isFullLength: isConstantRate, session, encoder: options.encoder };
    this.transmitter = new Transmitter({ ...shared, isVeiled: isConstantRate, resends: journal.resends });
    this.#carryOver = new CarryOver({ store, journal, state, trust: this.trust, signer, bounds: packer });
    // A hello in the clear would tell how far the journal is.
    const isHelloSplit =
      isConstantRate || (options.maxDatagramBytes ?? WIRE_LIMITS.maxHelloBytes) < WIRE_LIMITS.maxHelloBytes;
    const helloBlocks = isHelloSplit ? new HelloBlocks(shared) : undefined;
    // A hello is larger than the datagrams of small symbols, and a bucket that cannot hold it would never let it leave.
    const helloBytes = isHelloSplit ? 0 : WIRE_LIMITS.maxHelloBytes;
    const symbolDatagramBytes = HEADER_BYTES + link.symbolBytes + TAG_BYTES;
    const maxDatagramBytes = Math.max(symbolDatagramBytes, helloBytes);
    const { overheadBytes, aheadMs, burstBytes } = options;
    const pacer = new Pacer({ ...link, overheadBytes, maxDatagramBytes, aheadMs, burstBytes });
    this.announcer = new HelloAnnouncer({
      ...options,
      keys,
      previousEpoch: journal.previousEpoch,
      linkMs:
        helloBlocks &&
        ((bytes) => {
          const { datagrams, datagramBytes } = helloBlocks.cost(bytes);
          return datagrams * pacer.wireMs(datagramBytes);
        }),
    });
    this.trustAnnouncer = new TrustAnnouncer({
      ...shared,
      wireMs: (datagramBytes) => pacer.wireMs(datagramBytes),
    });
    const { announcer, trustAnnouncer, transmitter } = this;
    const constantBytes = isConstantRate ? symbolDatagramBytes : undefined;
    this.outlet = new Outlet({ announcer, trustAnnouncer, transmitter, pacer, helloBlocks, constantBytes });
    const { trust } = this;
    this.snapshots = new SnapshotCycle(nowMs, wallMs, {
      store,
      journal,
      signer,
      state: {
        liveFrom: (firstKey) => state.liveFrom(firstKey),
        after: (stage, place, atMs) => trust.after(stage, place, atMs),
      },
      schedule: options.snapshot ?? ON_COMMAND,
      link,
      overheadBytes: options.overheadBytes,
      isFullLength: isConstantRate,
      maxBodyBytes: packer.batchBodyBytes,
    });
    this.#audit = new SenderAudit(options.audit, journal);
    this.#audit.handleStart(wallMs, session, keys.status(wallMs).keyId);
    const { announcedLog: log } = options;
    this.#checkpoints =
      log &&
      new CheckpointAnnouncer(nowMs, wallMs, { ...options, log, signer, bounds: packer, isFullLength: isConstantRate });
    this.#loadedSequence = journal.sentSequence;
    this.#pruneMs = nowMs;
    this.#restUntilMs = nowMs;
    this.#takeUpRepeats(nowMs, wallMs);
    this.#takeBackFormer(nowMs, wallMs);
  }

  /** Entries as a source gives them, and lines of a revert. Its pause is asked for by `pauseReason`, and takes effect a batch later. */
  handleEntries(nowMs: number, entries: readonly LineEntry[]): void {
    this.queue.handleEntries(nowMs, entries);
    this.#entryCounts.handed += entries.length;
  }

  /** The source has handed over all that there is for now. Throws DiodeError `disk-failed`; a full disk it waits out. */
  handleSourceEnd(nowMs: number): void {
    this.#entryCounts.atSourceEnd = this.#entryCounts.handed;
    this.#noteSourceEnd(nowMs);
  }

  /** What the sender carries for its receivers from now on; the same again changes nothing. */
  handleCarried(carried: CarriedTrust): void {
    this.#carried = carried;
    this.trustAnnouncer.replace(carried.statements);
    this.keys.handleBundle(carried.bundle);
  }

  /** The issuer's key that signs in this run, before it does. Throws DiodeError `audit-failed`. */
  handleIssuerKey(wallMs: number, key: IssuerKeyInUse): void {
    this.#audit.handleIssuerKey(wallMs, key);
    if (key.changedFrom !== undefined) this.#emit({ kind: 'issuer-key-changed', ...key, changedFrom: key.changedFrom });
  }

  /** An operator asks for a snapshot; the same request again changes nothing. See SnapshotCycle. */
  requestSnapshot(id: string, options: { readonly isSourceRead: boolean }): void {
    this.snapshots.handleRequest(id, options);
  }

  /**
   * Journals what is due, then gives the next datagram that may leave now; call until undefined, and only when the link took
   * those before. It is the caller's until `handleHandedOver` says that all was copied; the last one given stays it beyond that.
   * Throws DiodeError `disk-failed` and `audit-failed`, after which the core is not to be used; a full disk it waits out.
   */
  poll(nowMs: number, wallMs: number): Buffer | undefined {
    this.journal.handleHeld(false);
    this.#keepUp(nowMs, wallMs);
    // What can leave now leaves first: a flush holds the thread, and with a backlog of lines one is always due.
    let datagram = this.#pollOutlet(nowMs, wallMs);
    if (datagram === undefined && nowMs >= this.#flushDeadlineMs(nowMs)) {
      this.#flushDue(nowMs, wallMs);
      datagram = this.#pollOutlet(nowMs, wallMs);
    } else if (datagram === undefined && this.#isIdle && this.snapshots.isDue(nowMs)) {
      this.#framePart(nowMs, wallMs);
      datagram = this.#pollOutlet(nowMs, wallMs);
    }
    this.#handlePassed(nowMs, wallMs);
    return datagram ?? (this.#options.isMediaOnly ? undefined : this.outlet.pollPadding(nowMs));
  }

  /**
   * Frames that an operator wants again, in the capacity that fresh ones leave, once for each `request`; durable when it
   * returns. Throws DiodeError `disk-full`, with nothing changed.
   */
  resend(request: string, frames: readonly FrameRun[]): ResendAnswer {
    return this.journal.resend(request, frames);
  }

  /** An operator let it go on: a repeat that came due meanwhile is due now, and not late. */
  handleResumed(nowMs: number): void {
    this.transmitter.handleResumed(nowMs);
  }

  /**
   * The kernel has every datagram that was given, as far as the link tells: through node:dgram some may wait in libuv, and the last
   * one may have been refused. `isCopied`: it needs their memory no longer, but for the last one's.
   */
  handleHandedOver(nowMs: number, isCopied: boolean): void {
    this.outlet.handleHandedOver(nowMs, isCopied);
  }

  /** When to poll again; at or before `nowMs` where there is something to do now. */
  nextDeadlineMs(nowMs: number): number {
    const outletMs = this.#options.isMediaOnly ? NEVER : this.outlet.nextDeadlineMs(nowMs, this.#isPaused);
    const snapshotMs = this.#isIdle ? this.snapshots.nextDeadlineMs() : NEVER;
    return Math.min(outletMs, this.nextJournalMs(nowMs), snapshotMs);
  }

  /** The link takes nothing for now: what is due is journaled all the same, and no pass that ended since is written down as sent. */
  keepJournal(nowMs: number, wallMs: number): void {
    this.journal.handleHeld(true);
    this.#keepUp(nowMs, wallMs);
    if (nowMs >= this.#flushDeadlineMs(nowMs)) this.#flushDue(nowMs, wallMs);
  }

  /** When `keepJournal` has something to do. */
  nextJournalMs(nowMs: number): number {
    return Math.min(this.#flushDeadlineMs(nowMs), this.#passesDeadlineMs, this.#pruneMs, this.#checkpointDeadlineMs);
  }

  /** Journals one flush of the queue, due or not; false where there was nothing or nothing could be journaled. */
  flush(nowMs: number, wallMs: number): boolean {
    const entries = this.queue.peek();
    // A line must not overtake what an earlier epoch journaled.
    if (entries.length === 0 || this.#carryOver.isPending) return false;
    return this.#journal(nowMs, wallMs, () => this.#flush.flush(wallMs, entries));
  }

  /**
   * Writes down what was sent, and that the session ended. Before the store is closed; a crash repeats a pass instead, and so does
   * the next run where the kernel has not all that was given.
   */
  close(wallMs: number, isHandedOver = true): void {
    this.journal.handleHeld(!isHandedOver);
    if (isHandedOver && this.journal.hasUnrecordedPasses) this.journal.recordPasses();
    this.#audit.handleStop(wallMs, this.#options.session);
  }

  /** Where the source saved its place. */
  get sourcePosition(): SourcePosition | undefined {
    return this.journal.position(this.#options.sourceName);
  }

  /** Undefined where nothing of the root holders is carried. */
  get carried(): CarriedTrust | undefined {
    return this.#carried;
  }

  /** Why the source should not be read for now. */
  get pauseReason(): PauseReason | undefined {
    if (this.#isPaused) return 'operator';
    return this.#blocked ?? (this.queue.isFull ? 'queue-full' : undefined);
  }

  get isMediaOnly(): boolean {
    return this.#options.isMediaOnly === true;
  }

  /** How long the largest burst takes the link. */
  get burstMs(): number {
    return this.outlet.burstMs;
  }

  /** Whether every journaled frame had its first pass. */
  get isDrained(): boolean {
    return !this.transmitter.hasFresh && this.#loadedSequence >= this.journal.head.sequence;
  }

  /** Nothing fresh waits for the link, and there is room for a part. */
  get #isIdle(): boolean {
    return this.#blocked === undefined && !this.#isPaused && !this.#carryOver.isPending && this.isDrained;
  }

  get #isPaused(): boolean {
    return this.pause.current !== undefined;
  }

  /** A flush rests after the one before only while something waits for the link. */
  #flushDeadlineMs(nowMs: number): number {
    const canFlush = this.#blocked !== 'journal-full' && !this.#isPaused;
    const waitingMs = this.#carryOver.isPending ? nowMs : this.queue.nextDeadlineMs(!this.transmitter.hasFresh);
    const queueMs = canFlush ? waitingMs : undefined;
    if (queueMs === undefined) return NEVER;
    const restMs = this.transmitter.hasFresh || this.transmitter.isRepeatDue(nowMs) ? this.#restUntilMs : queueMs;
    return Math.max(queueMs, restMs, this.#diskRetryMs ?? queueMs);
  }

  /** Held, they would write nothing, but show whether the disk takes writes again. */
  get #passesDeadlineMs(): number {
    const isWanted = !this.journal.isHeld || this.#blocked === 'disk-full';
    return (isWanted ? this.#recordPassesMs : undefined) ?? NEVER;
  }

  get #checkpointDeadlineMs(): number {
    // As a line, it must not overtake what an earlier epoch journaled.
    const canFrame = this.#blocked !== 'journal-full' && !this.#isPaused && !this.#carryOver.isPending;
    const dueMs = (canFrame ? this.#checkpoints?.nextDeadlineMs() : undefined) ?? NEVER;
    return Math.max(dueMs, this.#diskRetryMs ?? dueMs);
  }

  #flushDue(nowMs: number, wallMs: number): void {
    if (this.#carryOver.isPending) this.#journal(nowMs, wallMs, () => this.#carryOver.flush(wallMs));
    else this.flush(nowMs, wallMs);
  }

  #journal(nowMs: number, wallMs: number, work: () => FlushResult): boolean {
    if (this.#blocked === 'journal-full') return false;
    const startedMs = this.#stopwatchMs();
    const waitedMs = nowMs - (this.queue.oldestArrivedMs ?? nowMs);
    const result = this.#unlessDiskFull(nowMs, () => {
      this.#requireRoom();
      return work();
    });
    if (result === undefined) return false;
    this.queue.drop(nowMs, result.entryCount);
    // Its transaction wrote them down, too.
    if (!this.journal.isHeld) this.#recordPassesMs = undefined;
    this.#entryCounts.journaled += result.entryCount;
    this.#noteSourceEnd(nowMs);
    if (this.#blocked === 'disk-full') this.#unblock('disk-full');
    this.#audit.handleFlush(wallMs, result);
    this.totals.handleFlush(result);
    this.issuer?.handleJournaled(result.issuer);
    if (result.refused.length > 0) this.#emit({ kind: 'lines-refused', lines: result.refused });
    const tookMs = this.#stopwatchMs() - startedMs;
    const { maxInFlightBytes, flushRestFactor, backlogRestFactor } = SENDER_LIMITS;
    const restFactor = this.journal.unsent.bytes >= maxInFlightBytes ? backlogRestFactor : flushRestFactor;
    this.#restUntilMs = nowMs + tookMs * (1 + restFactor);
    this.#options.observer?.framesJournaled({
      frames: result.frames.length,
      records: result.recordKinds.length,
      bytes: result.frames.reduce((sum, frame) => sum + frame.bytes.length, 0),
      waitedMs,
      tookMs,
    });
    if (this.journal.isCrowded) this.#pruneMs = nowMs;
    // What is carried over takes the place that it leaves.
    if (this.journal.isFull && !this.#carryOver.isPending) this.#block('journal-full');
    return true;
  }

  /** Journaled is done. */
  #passAll(nowMs: number): void {
    if (this.#loadedSequence === this.journal.head.sequence) return;
    this.journal.handleNoLink();
    this.#loadedSequence = this.journal.head.sequence;
    this.#recordPassesMs ??= nowMs + SENDER_LIMITS.passRecordIntervalMs;
  }

  #pollOutlet(nowMs: number, wallMs: number): Buffer | undefined {
    if (this.#options.isMediaOnly) {
      this.#passAll(nowMs);
      return undefined;
    }
    if (!this.#isPaused) this.#feed(nowMs, wallMs);
    return this.outlet.poll(nowMs, wallMs, this.journal.head, this.#isPaused);
  }

  /** What is due beside the stream: passes written down, frames pruned. */
  #keepUp(nowMs: number, wallMs: number): void {
    this.#changeKey(wallMs);
    if (nowMs >= this.#passesDeadlineMs) {
      this.#recordPassesMs = this.journal.isHeld ? nowMs + SENDER_LIMITS.passRecordIntervalMs : undefined;
      const isRecorded =
        this.#unlessDiskFull(nowMs, () => this.#recordPasses()) !== undefined && this.#noteSourceEnd(nowMs);
      // With lines waiting, only a flush shows that there is room for them.
      if (isRecorded && this.#blocked === 'disk-full' && this.queue.lineCount === 0) this.#unblock('disk-full');
      if (this.journal.isCrowded) this.#pruneMs = nowMs;
    }
    if (isDue(this.#pruneMs, nowMs)) this.#prune(nowMs, wallMs);
    this.snapshots.handleClock(nowMs, wallMs);
    const checkpoints = this.#checkpoints;
    if (checkpoints !== undefined && nowMs >= this.#checkpointDeadlineMs) {
      this.#journal(nowMs, wallMs, () => checkpoints.flush(nowMs, wallMs));
    }
  }

  /** On media nobody knows when the bundle arrives: whoever gives it to the sender gave it to the receiver before. */
  #changeKey(wallMs: number): void {
    const passes = this.#options.isMediaOnly ? Number.POSITIVE_INFINITY : this.trustAnnouncer.passes;
    const keyId = this.keys.takeOver(wallMs, passes);
    if (keyId === undefined) return;
    this.#audit.handleKeyChange(wallMs, keyId);
    this.#options.rotation?.onTakeOver(keyId);
    this.keys.handleTakeOver();
    this.#emit({ kind: 'key-changed', keyId });
  }

  #takeBackFormer(nowMs: number, wallMs: number): void {
    const { issuer, store } = this.#options;
    const former = formerIssuers({ store, trust: this.trust, issuer: issuer?.config.issuer }, wallMs);
    for (const { issuer: name, live } of former) {
      this.#audit.handleIssuerRemoved(wallMs, name, live);
      this.#emit({ kind: 'issuer-removed', issuer: name, live });
    }
    const entries = former.map(({ entry }) => entry);
    if (entries.length > 0) this.handleEntries(nowMs, entries);
  }

  #framePart(nowMs: number, wallMs: number): void {
    const framed = this.#unlessDiskFull(nowMs, () => {
      this.#requireRoom();
      return this.snapshots.framePart(nowMs, wallMs);
    });
    if (framed === undefined) return;
    const { cycle, part, last } = framed.part;
    this.#audit.handlePart(wallMs, framed);
    this.totals.handlePart(framed);
    if (part === 0) this.#emit({ kind: 'snapshot-began', cycle });
    if (last) this.#emit({ kind: 'snapshot-ended', cycle, parts: part + 1 });
    if (this.journal.isCrowded) this.#pruneMs = nowMs;
    if (this.journal.isFull) this.#block('journal-full');
  }

  /** False where the disk has no room to write that down: it is noted later. */
  #noteSourceEnd(nowMs: number): boolean {
    const { atSourceEnd, journaled } = this.#entryCounts;
    if (atSourceEnd === undefined || journaled < atSourceEnd) return true;
    const isAwaited = this.#unlessDiskFull(nowMs, () => this.snapshots.handleSourceEnd());
    if (isAwaited === undefined) return false;
    this.#entryCounts.atSourceEnd = undefined;
    if (isAwaited) this.#emit({ kind: 'source-end-reached' });
    return true;
  }

  #prune(nowMs: number, wallMs: number): void {
    const { maxPurgedRows, maxPruneFrames } = SENDER_LIMITS;
    const purged = this.#unlessDiskFull(nowMs, () =>
      this.journal.transaction(
        () => this.trust.purge(wallMs, maxPurgedRows) + (this.issuer?.purge(wallMs, maxPurgedRows) ?? 0),
      ),
    );
    const pruned = this.#unlessDiskFull(nowMs, () => this.journal.prune(wallMs)) ?? 0;
    // A hundred tokens a second end as fast as they come.
    const isMore = pruned === maxPruneFrames || (purged ?? 0) >= maxPurgedRows;
    this.#pruneMs = nowMs + (isMore ? 0 : SENDER_LIMITS.pruneIntervalMs);
    if (pruned > 0) {
      this.totals.prunedFrames += pruned;
      this.#audit.handlePruned(wallMs, pruned);
      this.#emit({ kind: 'pruned', frames: pruned, oldestSequence: this.journal.head.oldestSequence });
    }
    if (this.#blocked === 'journal-full' && !this.journal.isCrowded) this.#unblock('journal-full');
  }

  /** Gives the transmitter what it has room for: fresh frames, or the one that a due repeat needs. */
  #feed(nowMs: number, wallMs: number): void {
    const { room } = this.transmitter;
    if (room !== undefined && this.#loadedSequence < this.journal.head.sequence) {
      for (const frame of this.journal.framesAfter(this.#loadedSequence, room)) {
        this.transmitter.handleFrame(frame);
        this.announcer.handleBusy();
        this.#loadedSequence = frame.sequence;
      }
    }
    for (let wanted = this.transmitter.wantedRepeat(nowMs); wanted; wanted = this.transmitter.wantedRepeat(nowMs)) {
      const frame = this.journal.frame(wanted);
      this.transmitter.handleRepeatFrame(frame);
      if (frame === undefined) this.#handlePassed(nowMs, wallMs);
    }
  }

  #handlePassed(nowMs: number, wallMs: number): void {
    for (const passed of this.transmitter.takePassed()) {
      this.journal.handlePass(passed);
      this.totals.handlePassed(passed);
      this.#recordPassesMs ??= nowMs + SENDER_LIMITS.passRecordIntervalMs;
      if (passed.pass === RESEND_PASS && this.journal.resends.waitingFrames === 0) this.#handleResent(wallMs);
      if (passed.pass === 1) this.issuer?.handleFirstPass(nowMs, Math.max(0, wallMs - passed.createdAtMs));
      if (passed.frameBytes > 0) {
        this.#options.observer?.framePassed({ pass: passed.pass, ageMs: wallMs - passed.createdAtMs });
      }
      // At a constant rate hellos keep to their interval: one more would tell that something was said.
      if (passed.pass === 1 && this.isDrained && !this.#options.isConstantRate) this.announcer.handleIdle();
    }
  }

  #handleResent(wallMs: number): void {
    const { done, missing } = this.totals.resends;
    this.#audit.handleResent(wallMs, { done, missing });
    this.#emit({ kind: 'resent', frames: done, missing });
  }

  /**
   * An earlier run's monotonic clock is gone, so the delays count from the frame's creation; a repeat that came due while no
   * sender ran is due now, and not late.
   */
  #takeUpRepeats(nowMs: number, wallMs: number): void {
    if (this.#options.isMediaOnly) return;
    for (const [index, delayMs] of this.#options.link.repeatAfterMs.entries()) {
      const pass = index + 2;
      for (const { sequence, createdAtMs } of this.journal.waitingForPass(pass)) {
        const ageMs = Math.min(Math.max(0, wallMs - createdAtMs), delayMs);
        this.transmitter.handleWaitingRepeat({ sequence, pass, firstPassMs: nowMs - ageMs });
      }
    }
  }

  #recordPasses(): number {
    const written = this.journal.recordPasses();
    // A mark takes no room of its own, so it says nothing about lines.
    if (this.#blocked === 'disk-full') this.#requireRoom();
    return written;
  }

  #requireRoom(): void {
    const { freeDiskBytes } = this.#options;
    if (freeDiskBytes === undefined || freeDiskBytes() >= SENDER_LIMITS.minFreeDiskBytes) return;
    throw new DiodeError(
      'disk-full',
      'The disk that holds the journal and the audit log is full.',
      'Free space on it.',
    );
  }

  #unlessDiskFull<T>(nowMs: number, work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof DiodeError) || error.code !== 'disk-full') throw error;
      this.#diskRetryMs = nowMs + SENDER_LIMITS.diskRetryMs;
      this.#recordPassesMs = this.#diskRetryMs;
      this.#block('disk-full');
      return undefined;
    }
  }

  #block(reason: 'journal-full' | 'disk-full'): void {
    if (this.#blocked === reason) return;
    this.#blocked = reason;
    this.#emit({ kind: 'paused', reason });
  }

  #unblock(reason: 'journal-full' | 'disk-full'): void {
    this.#blocked = undefined;
    this.#diskRetryMs = undefined;
    // What is carried over is never pruned: it must go on, or no room would ever come.
    if (reason === 'disk-full' && this.journal.isFull && !this.#carryOver.isPending) this.#block('journal-full');
    else this.#emit({ kind: 'resumed', reason });
  }

  #stopwatchMs(): number {
    return this.#options.stopwatchMs?.() ?? 0;
  }

  #emit(event: SenderEvent): void {
    this.#options.onEvent?.(event);
  }
}

function isDue(deadlineMs: number | undefined, nowMs: number): boolean {
  return deadlineMs !== undefined && deadlineMs <= nowMs;
}
