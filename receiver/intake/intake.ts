/**
 * The receiver's front half in one object: datagrams in, durable frames out.
 *
 *   datagram ─► hello desk ─────────────► gate ─► batch ─► audit.sync ─► one SQLite commit ─► publisher
 *            └► assembler ─► verifier ─►──┘
 *
 * No clock, socket, timer or randomness: intake-loop.ts brings them, the simulator its own. All that one turn of the event
 * loop released is committed together, so a burst shares its syncs.
 */

import type { AuditLog } from '../../src/audit/audit-log.ts';
import type { AgreementKeyPair } from '../../src/crypto/agreement.ts';
import { hex } from '../../src/crypto/hex.ts';
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { DATAGRAM_KIND, datagramKind } from '../../src/wire/datagram.ts';
import { type BundleOutcome, judgeBundle } from '../gate/bundle-judgement.ts';
import { Gate, type GateDecision } from '../gate/gate.ts';
import type { AcceptedEpoch, BundleHeads } from '../gate/head-judgement.ts';
import type { OlderState, StreamHalt } from '../gate/stream-halt.ts';
import type { PublishedPosition } from '../publish/published-position.ts';
import {
  type AssembledFrame,
  Assembler,
  type BlockSample,
  type DatagramOutcome,
  type FrameSource,
} from './assembler.ts';
import type { AssemblerReport } from './assembler-messages.ts';
import type { AssemblerProxy } from './assembler-proxy.ts';
import { ControlDesk } from './control-desk.ts';
import { countRevocations } from './early-frames.ts';
import type { BlockDecoder } from './frame-assembly.ts';
import { type SenderKeys, type VerifiedFrame, verifyFrame } from './frame-verifier.ts';
import { type AcceptedHello, HelloDesk, type HelloOutcome, type HelloStep, type SealedSession } from './hello-desk.ts';
import { HelloVerifier } from './hello-verifier.ts';
import { IntakeCounters } from './intake-counters.ts';
import {
  decisionEvent,
  frameRefusedEvent,
  framesDiscardedEvent,
  revocationsEarlyEvent,
  sessionEvent,
} from './intake-events.ts';
import type { FrameOutcome, IntakeEvent, IntakeObserver, IntakeStatus } from './intake-observer.ts';
import { intakeStatus } from './intake-status.ts';
import type { IntakeStore } from './intake-store.ts';
import { type DatagramForm, LineWatch } from './line-watch.ts';
import { LinkWatch } from './link-watch.ts';
import { PendingCommit } from './pending-commit.ts';
import { SessionHistory } from './session-history.ts';
import { SessionTable } from './session-table.ts';
import type { FrameScratch } from './spilled-frames.ts';
import { StoreCapacity } from './store-capacity.ts';
import { TrustedTime, type VouchRefusal } from './trusted-time.ts';
import { UnknownKeyFrames } from './unknown-key-frames.ts';

export interface IntakeOptions {
  readonly boundary: string;
  readonly stream: string;
  readonly receiverKeys: AgreementKeyPair;
  readonly senderAgreementKey: Uint8Array;
  readonly senderKeys: SenderKeys;
  readonly decoder: BlockDecoder;
  readonly store: IntakeStore;
  /** For incomplete frames that memory has no room for; without it they are given up. */
  readonly scratch?: FrameScratch;
  /** Frames are put together on another thread: what it says comes to `handleReport`, and it needs `scratch` there. */
  readonly proxy?: AssemblerProxy | undefined;
  readonly audit: AuditLog;
  readonly observer: IntakeObserver;
  /** Where a root is pinned: takes statements of root holders that came through the link, and is polled with the intake. */
  readonly trust?:
    | { handleCarried(nowMs: number, texts: readonly string[]): void; poll(nowMs: number): void }
    | undefined;
  readonly holdMs: number;
  readonly maxSkewMs: number;
  /** See TrustedTime. */
  readonly clockConfirmMs?: number;
  /** What a sender on such a link does by default; until a hello says its interval. */
  readonly helloIntervalMs?: number;
  /** No hello is expected: its absence is no silence. */
  readonly isMediaOnly?: boolean;
}

/** Forged hellos are as many as their sender likes: of each reason one a minute is said, all are counted. */
const REFUSAL_EVENT_INTERVAL_MS = 60_000;

export class Intake {
  readonly time: TrustedTime;
  readonly #options: IntakeOptions;
  readonly #counters = new IntakeCounters();
  readonly #sessions = new SessionTable();
  readonly #unknownKeyFrames = new UnknownKeyFrames();
  readonly #gate: Gate;
  readonly #desk: HelloDesk;
  readonly #controls: ControlDesk;
  /** Undefined where another thread has it. */
  readonly #assembler: Assembler | undefined;
  readonly #proxy: AssemblerProxy | undefined;
  /** Of the two the one that there is. */
  readonly #frames: FrameSource;
  readonly #refusalToldMs = new Map<string, number>();
  readonly #pending = new PendingCommit();
  readonly #capacity: StoreCapacity;
  readonly #link: LinkWatch;
  readonly #line = new LineWatch();
  #lastHello: AcceptedHello | undefined;
  #lastHelloMs: number | undefined;
  #haltedAtMs: number | undefined;
  /** Whether the gate, as it was told last, waits for the sender to confirm what Kafka told. */
  #isAdopted: boolean;

  /** Takes up what `store` holds; then `sealedSecret` may name the session of the last hello, to be opened again. */
  constructor(options: IntakeOptions) {
    const { boundary, stream, store } = options;
    const stored = store.load();
    const history = new SessionHistory(stored.sessions, stored.floor);
    this.#options = options;
    this.#haltedAtMs = stored.haltedAtMs;
    this.#isAdopted = stored.state?.adopted !== undefined;
    this.#gate = new Gate({
      boundary,
      stream,
      holdMs: options.holdMs,
      state: stored.state,
      recentFrames: stored.recentFrames,
    });
    const verifier = new HelloVerifier(options);
    this.#controls = new ControlDesk({
      macKey: verifier.macKey,
      decoder: options.decoder,
      standingOf: (handle) => history.standingOf(handle),
      onObject: (outcome) => this.#counters.countControl(outcome),
    });
    this.#desk = new HelloDesk({
      verifier,
      history,
      sessions: this.#sessions,
      gate: this.#gate,
      storedHello: stored.hello?.datagram,
    });
    this.#proxy = options.proxy;
    if (options.proxy === undefined) {
      this.#assembler = new Assembler({
        sessions: this.#sessions,
        filter: this.#gate,
        decoder: options.decoder,
        scratch: options.scratch,
        onBlock: (sample) => this.#handleBlock(sample),
      });
      this.#frames = this.#assembler;
    } else this.#frames = options.proxy;
    this.#capacity = new StoreCapacity(store, (reason, wallMs) =>
      this.#tell(wallMs, reason === undefined ? { event: 'accepting' } : { event: 'not-accepting', reason }),
    );
    const before = this.#desk.sealed?.hello.body;
    this.#link = new LinkWatch(
      stored.hello && { atWallMs: stored.hello.receivedAtMs, intervalMs: before?.link.helloIntervalMs ?? 0 },
      options.helloIntervalMs,
    );
    const signedAtMs = history.current?.sentAtMs;
    this.time = new TrustedTime({
      maxSkewMs: options.maxSkewMs,
      ...(signedAtMs !== undefined && { signedAtMs }),
      ...(options.clockConfirmMs !== undefined && { confirmMs: options.clockConfirmMs }),
    });
  }

  /**
   * One datagram from the link, or that the link's thread passed on; the buffer is the intake's until it returns. Throws
   * DiodeError where disk or audit failed: stop then.
   */
  handleDatagram(nowMs: number, wallMs: number, datagram: Buffer): void {
    this.#counters.datagramBytes += datagram.length;
    if (datagramKind(datagram) === DATAGRAM_KIND.hello) {
      this.#counters.countDatagram('hello');
      this.#handleHello(nowMs, wallMs, datagram);
    } else if (ControlDesk.takes(datagram)) {
      const outcome = this.#controls.handleDatagram(nowMs, datagram);
      this.#counters.countDatagram(outcome);
      this.#judgeLine(wallMs, outcome);
      const hello = this.#controls.poll();
      if (hello !== undefined) this.#handleHello(nowMs, wallMs, hello);
      const statements = this.#controls.pollTrust();
      if (statements !== undefined) this.#options.trust?.handleCarried(nowMs, statements);
    } else {
      this.#handleSymbol(nowMs, wallMs, datagram);
    }
    this.#pollIfMuch(nowMs, wallMs);
  }

  /**
   * What the link's thread says. Its frames first: they are of sessions that were open before, so that no hello beside them
   * opened theirs, but one may halt the stream, and what came before that is to be released. Throws as `handleDatagram` does.
   */
  handleReport(nowMs: number, wallMs: number, report: AssemblerReport): void {
    this.#proxy?.handleReport(report);
    for (const sample of report.blocks) this.#handleBlock(sample);
    if (report.isWantedHeard) this.#gate.handleActivity(nowMs);
    this.#handleAssembled(nowMs, wallMs);
    for (const datagram of report.datagrams) this.handleDatagram(nowMs, wallMs, datagram);
    this.#pollIfMuch(nowMs, wallMs);
    this.#proxy?.handleTaken();
  }

  /** Bytes came over a serial line; before the datagrams among them. */
  handleBytes(wallMs: number, count: number): void {
    this.#line.handleBytes(count);
    this.#drainLine(wallMs);
  }

  /** A session whose secret waits to be opened with the receiver's agreement key; see `handleSecret`. */
  get sealedSecret(): SealedSession | undefined {
    return this.#desk.sealed;
  }

  /** The secret of `sealed`; undefined where it does not open. */
  handleSecret(nowMs: number, wallMs: number, sealed: SealedSession, secret: Uint8Array | undefined): void {
    for (const outcome of this.#desk.handleSecret(nowMs, sealed, secret)) this.#handleHelloOutcome(nowMs, outcome);
    this.#drainHellos(nowMs, wallMs);
  }

  /** A key of the sender is revoked, under which frames were signed until `beforeMs`. Durable with the next `poll`. */
  handleRevokedKey(beforeMs: number): void {
    this.#gate.handleRevokedKey(beforeMs);
  }

  /** More keys are trusted than before: the frames that waited for one are tried again. */
  handleTrust(nowMs: number, wallMs: number): void {
    for (const frame of this.#unknownKeyFrames.takeAll()) this.#handleAssembledFrame(nowMs, wallMs, frame);
  }

  /** What was published: where that is more than the link's state knows, it is taken over. True where anything was. */
  adoptProgress(wallMs: number, published: PublishedPosition): boolean {
    if (this.#gate.handleProgress(wallMs, published) !== 'adopted') return false;
    this.#isAdopted = this.#gate.adopted !== undefined;
    if (this.#isAdopted) this.#raiseFloor(published, published.signedAtMs);
    this.#pending.markGate();
    this.#tell(wallMs, {
      event: 'progress-adopted',
      epoch: published.epoch,
      sequence: published.sequence,
      digest: published.digest,
    });
    return true;
  }

  /** Why what came here is of another history than what was published; undefined where nothing says so. */
  contradictionOf(published: PublishedPosition): StreamHalt | undefined {
    return this.#gate.contradictionOf(published);
  }

  /** What was spooled of that epoch is discarded for it: the stream halts, and what is not spooled yet goes, too. */
  handleOtherHistory(published: PublishedPosition, halt: StreamHalt): void {
    this.#gate.handleOtherHistory(published, halt);
  }

  /** A snapshot that was published shows that its sender was set back. */
  handleOlderState(state: OlderState): void {
    this.#gate.handleOlderState(state);
  }

  /**
   * The heads of a bundle's manifest, whose signature was verified: taken as a hello's are, but that they open no session,
   * are no sign of life, and that a bundle which was made long ago is no copied sender, nor a hello that was signed before it
   * and comes late. `ready`: its frames may come.
   */
  handleBundle(nowMs: number, wallMs: number, heads: BundleHeads): BundleOutcome {
    const outcome = judgeBundle(this.#gate, heads);
    if (outcome === 'first' || outcome === 'follow' || outcome === 'next-epoch') {
      this.#gate.handleHello(nowMs, heads, outcome);
      this.#raiseFloor(heads.head, heads.createdAtMs);
      this.poll(nowMs, wallMs);
      return 'ready';
    }
    if (typeof outcome !== 'object') return outcome;
    this.#gate.halt(outcome);
    this.poll(nowMs, wallMs);
    return 'halted';
  }

  /** The next frame of that bundle, as carried. Where there is no room for it, it is to be handed in again later. */
  handleBundleFrame(nowMs: number, wallMs: number, bytes: Uint8Array): FrameOutcome {
    const frame = verifyFrame(bytes, this.#options.senderKeys);
    if (typeof frame === 'string') {
      this.#counters.countFrame(frame);
      this.#tell(wallMs, frameRefusedEvent(frame));
      return frame;
    }
    this.#gate.handleActivity(nowMs);
    return this.#handleFrame(nowMs, wallMs, frame);
  }

  /** A bundle is being taken in: what its head names is on its way, however long Kafka makes it wait. */
  handleBundleActivity(nowMs: number): void {
    this.#gate.handleActivity(nowMs);
  }

  /** Frames ahead of a missing one take less than half of their room. */
  get hasHeldRoom(): boolean {
    const { maxHeldFrames, maxHeldBytes } = RECEIVER_LIMITS;
    return this.#gate.heldFrames < maxHeldFrames / 2 && this.#gate.heldBytes < maxHeldBytes / 2;
  }

  /** A whole snapshot cycle was published: what was missing up to there is missing no longer. */
  closeGaps(upTo: { readonly epoch: number; readonly sequence: number }): void {
    this.#gate.handleSnapshot(upTo);
  }

  /** The operator's word for one epoch. Durable with the next `poll`; `known` where nothing was left to do. */
  acceptEpoch(wallMs: number, accepted: AcceptedEpoch): 'accepted' | 'known' | 'refused' {
    const outcome = this.#gate.acceptEpoch(accepted);
    if (outcome !== 'accepted') return outcome;
    this.#pending.markGate();
    this.#tell(wallMs, { event: 'epoch-accepted', epoch: accepted.epoch, epochId: hex(accepted.epochId) });
    return outcome;
  }

  /** An operator's word for the clock; see TrustedTime. Whoever asks syncs the audit log behind it. */
  vouchClock(
    nowMs: number,
    wallMs: number,
    word: { readonly by: string; readonly atMs: number },
  ): VouchRefusal | undefined {
    const refusal = this.time.vouch({ monotonicMs: nowMs, wallMs }, word);
    this.#drainClock(wallMs);
    return refusal;
  }

  /** Deadlines, then one commit of all that was decided. Throws DiodeError `disk-failed`, `audit-failed`: stop then. */
  poll(nowMs: number, wallMs: number): void {
    this.time.handleClock(nowMs, wallMs);
    this.#drainClock(wallMs);
    this.#options.trust?.poll(nowMs);
    if (!this.#options.isMediaOnly) this.#link.handleClock(nowMs, wallMs);
    this.#drainLink(wallMs);
    this.#handleAssembled(nowMs, wallMs);
    this.#handleUnknownKeyDrops(wallMs, this.#unknownKeyFrames.expire(nowMs));
    if (!this.#capacity.isOpen({ nowMs, wallMs, bytes: this.#unsavedBytes })) {
      this.#proxy?.handleDecided(this.#gate, false);
      return;
    }
    for (let next = this.#gate.poll(nowMs, wallMs); next; next = this.#gate.poll(nowMs, wallMs)) {
      this.#handleDecision(wallMs, next);
    }
    this.#commit(nowMs, wallMs);
    this.#proxy?.handleDecided(this.#gate, this.#capacity.refusing === undefined);
  }

  /** Monotonic; the time of the next `poll` that has something to do. */
  nextDeadlineMs(): number | undefined {
    const deadlines = [
      this.#frames.nextDeadlineMs(),
      this.#unknownKeyFrames.nextDeadlineMs(),
      this.#link.nextDeadlineMs(),
    ];
    const { refusing } = this.#capacity;
    deadlines.push(refusing === undefined ? this.#gate.nextDeadlineMs() : refusing.retryAtMs);
    const known = deadlines.filter((deadline) => deadline !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  }

  /** Whether `poll` has something to commit now. */
  get hasReleased(): boolean {
    return (this.#gate.pendingDecisions > 0 || !this.#pending.isEmpty) && this.#capacity.refusing === undefined;
  }

  /** Whether all that was decided is on disk. */
  get isCommitted(): boolean {
    return this.#gate.pendingDecisions === 0 && this.#pending.isEmpty;
  }

  status(nowMs: number): IntakeStatus {
    return intakeStatus({
      nowMs,
      counters: this.#counters,
      gate: this.#gate,
      assembler: this.#frames.holdings,
      elsewhere: this.#proxy?.figures,
      time: this.time,
      unknownKeyFrames: this.#unknownKeyFrames.size,
      refusing: this.#capacity.refusing,
      hello: this.#lastHello?.hello.body,
      lastHelloMs: this.#lastHelloMs,
      haltedAtMs: this.#haltedAtMs,
      link: this.#link.status(nowMs),
      line: this.#line.status,
    });
  }

  #handleHello(nowMs: number, wallMs: number, datagram: Buffer): void {
    const step = this.#desk.handleDatagram(nowMs, datagram);
    this.#judgeLine(wallMs, step);
    if (step !== 'waiting') this.#handleHelloOutcome(nowMs, step);
    this.#drainHellos(nowMs, wallMs);
  }

  #raiseFloor({ epoch, sequence }: { readonly epoch: number; readonly sequence: number }, signedAtMs = 0): void {
    const floor = { epoch, sequence, signedAtMs };
    if (this.#desk.history.raise(floor)) this.#pending.setFloor(floor);
  }

  #handleSymbol(nowMs: number, wallMs: number, datagram: Buffer): void {
    if (this.#capacity.refusing !== undefined) {
      this.#counters.countDatagram('not-accepting');
      return;
    }
    // The link's thread passes on what is for the desks, and nothing else.
    const outcome = this.#assembler?.handleDatagram(nowMs, datagram) ?? 'kind';
    this.#counters.countDatagram(outcome);
    this.#judgeLine(wallMs, outcome);
    if (this.#assembler?.lastWantedMs === nowMs) this.#gate.handleActivity(nowMs);
    this.#handleAssembled(nowMs, wallMs);
  }

  #handleHelloOutcome(nowMs: number, outcome: HelloOutcome): void {
    this.#counters.countHello(outcome);
    if (outcome === 'accepted' || outcome === 'hello-stale') return;
    if (nowMs < (this.#refusalToldMs.get(outcome) ?? Number.NEGATIVE_INFINITY) + REFUSAL_EVENT_INTERVAL_MS) return;
    this.#refusalToldMs.set(outcome, nowMs);
    this.#options.observer.event({ event: 'hello-refused', reason: outcome });
  }

  #drainHellos(nowMs: number, wallMs: number): void {
    for (let next = this.#desk.poll(); next !== undefined; next = this.#desk.poll()) {
      this.#handleAcceptedHello(nowMs, wallMs, next);
    }
    const heard = this.#desk.takeHeard();
    if (heard !== undefined) this.#link.handleHello(nowMs, wallMs, heard.link.helloIntervalMs);
    this.#drainLink(wallMs);
    this.#drainClock(wallMs);
  }

  #handleAcceptedHello(nowMs: number, wallMs: number, accepted: AcceptedHello): void {
    const { hello, session, isRestored } = accepted;
    this.#lastHello = accepted;
    if (this.#isAdopted && this.#gate.adopted === undefined) this.#pending.markGate();
    this.#isAdopted = this.#gate.adopted !== undefined;
    if (!isRestored) {
      this.#lastHelloMs = nowMs;
      this.time.handleSignedTime(wallMs, { source: 'hello', atMs: hello.body.sentAtMs });
      const current = this.#desk.history.current as NonNullable<SessionHistory['current']>;
      this.#pending.setHello({ stored: { datagram: hello.datagram, receivedAtMs: wallMs }, session: current });
    }
    if (session === undefined) return;
    if (isRestored) this.#options.observer.event(sessionEvent('session-restored', hello.body));
    else this.#tell(wallMs, sessionEvent('session-accepted', hello.body));
    this.#proxy?.handleSession(session, hello.body.link, this.#gate);
    for (const datagram of this.#assembler?.handleSession(session, hello.body.link) ?? []) {
      this.#counters.recalledDatagrams++;
      this.#handleSymbol(nowMs, wallMs, datagram);
    }
  }

  #handleAssembled(nowMs: number, wallMs: number): void {
    for (let next = this.#frames.poll(nowMs); next !== undefined; next = this.#frames.poll(nowMs)) {
      const { epoch, sequence, bytes } = next;
      // The other thread hears late what is wanted: after a halt all that is on its way would be refused one by one.
      if (this.#gate.wanted({ epoch, sequence, frameBytes: bytes.length })) {
        this.#handleAssembledFrame(nowMs, wallMs, next);
      } else this.#counters.countFrame('unneeded');
    }
  }

  #handleBlock(sample: BlockSample): void {
    this.#counters.countBlock(sample);
    this.#options.observer.blockCompleted(sample);
  }

  #pollIfMuch(nowMs: number, wallMs: number): void {
    const { maxCommitFrames, maxCommitBytes } = RECEIVER_LIMITS;
    const isMuch = this.#gate.pendingDecisions >= maxCommitFrames || this.#gate.pendingBytes >= maxCommitBytes;
    if (isMuch && this.#capacity.refusing === undefined) this.poll(nowMs, wallMs);
  }

  #handleAssembledFrame(nowMs: number, wallMs: number, assembled: AssembledFrame): void {
    const frame = verifyFrame(assembled.bytes, this.#options.senderKeys, { isIntact: assembled.isPayloadIntact });
    if (typeof frame === 'object') {
      this.#handleFrame(nowMs, wallMs, frame);
      return;
    }
    this.#counters.countFrame(frame);
    if (frame === 'unknown-key') this.#handleUnknownKeyDrops(wallMs, this.#unknownKeyFrames.hold(nowMs, assembled));
    else this.#tell(wallMs, frameRefusedEvent(frame));
  }

  #handleUnknownKeyDrops(wallMs: number, frames: number): void {
    if (frames === 0) return;
    this.#counters.countFrame('unknown-key-expired', frames);
    this.#tell(wallMs, { ...frameRefusedEvent('unknown-key-expired'), frames });
  }

  #handleFrame(nowMs: number, wallMs: number, frame: VerifiedFrame): FrameOutcome {
    const bytes = frame.bytes.length + this.#unsavedBytes;
    const outcome = this.#capacity.fullReason({ nowMs, wallMs, bytes }) ?? this.#gate.handleFrame(nowMs, frame);
    this.time.handleSignedTime(wallMs, { source: 'frame', atMs: frame.header.createdAtMs });
    this.#counters.countFrame(outcome);
    const { epoch, sequence } = frame.header;
    this.#proxy?.handleFrame({ epoch, sequence, frameBytes: frame.bytes.length });
    if (outcome === 'held') this.#handleWaiting(wallMs, frame);
    if (isRefused(outcome)) this.#tell(wallMs, frameRefusedEvent(outcome, frame));
    else if (outcome === 'held-full') {
      const { epochId } = frame.header;
      this.#options.observer.event({ event: 'frame-held-full', epoch, epochId: hex(epochId), sequence });
    }
    return outcome;
  }

  /** The frame waits for one below it; its revocations do not. */
  #handleWaiting(wallMs: number, frame: VerifiedFrame): void {
    const revocations = countRevocations(frame);
    if (revocations === 0) return;
    this.#pending.addEarly({ frame, receivedAtMs: wallMs });
    this.#tell(wallMs, revocationsEarlyEvent(frame, revocations));
  }

  #handleDecision(wallMs: number, decision: GateDecision): void {
    this.#pending.markGate();
    if (decision.kind === 'discarded') {
      const discardedFrames = decision.frames + this.#pending.discard(decision.epoch);
      if (discardedFrames > 0) this.#tell(wallMs, framesDiscardedEvent(decision, discardedFrames));
      return;
    }
    this.#tell(wallMs, decisionEvent(decision));
    if (decision.kind === 'halted') this.#haltedAtMs ??= wallMs;
    if (decision.kind === 'epoch-started') this.#haltedAtMs = undefined;
    if (decision.kind === 'joined') this.#pending.setJoined(decision);
    if (decision.kind !== 'release') return;
    const { frame, isHealed } = decision;
    this.#pending.addFrame({ frame, isHealed, receivedAtMs: wallMs });
    this.#options.observer.frameReleased({ ageMs: wallMs - frame.header.createdAtMs, isHealed });
  }

  /** Audit first: what the spool holds is visible to the publisher. */
  #commit(nowMs: number, wallMs: number): void {
    if (this.#pending.isEmpty) return;
    const { store, audit, observer } = this.#options;
    audit.sync();
    try {
      const sample = this.#pending.commit(store, wallMs, this.#gate.state);
      if (sample.frames > 0 || sample.earlyFrames > 0) observer.framesSpooled(sample);
    } catch (error) {
      if (!(error instanceof DiodeError) || error.code !== 'disk-full') throw error;
      // Nothing was written, and what was decided stays; after any other failure nothing may be written over it.
      this.#capacity.refuse({ nowMs, wallMs }, 'disk-full');
    }
  }

  /** Accepted and not yet spooled: all of it will need its place. */
  get #unsavedBytes(): number {
    return this.#pending.bytes + this.#gate.pendingBytes + this.#gate.heldBytes;
  }

  #drainLink(wallMs: number): void {
    for (let next = this.#link.poll(); next !== undefined; next = this.#link.poll()) {
      const { kind, ...details } = next;
      this.#tell(wallMs, { event: kind === 'silent' ? 'link-silent' : 'link-heard', ...details });
    }
  }

  #judgeLine(wallMs: number, outcome: DatagramOutcome | HelloStep): void {
    this.#line.handleDatagram(formOf(outcome));
    this.#drainLine(wallMs);
  }

  #drainLine(wallMs: number): void {
    for (let next = this.#line.poll(); next !== undefined; next = this.#line.poll()) {
      const { kind, ...details } = next;
      this.#tell(wallMs, { event: kind === 'garbled' ? 'line-garbled' : 'line-clear', ...details });
    }
  }

  #drainClock(wallMs: number): void {
    for (let next = this.time.poll(); next !== undefined; next = this.time.poll()) {
      const { isTrusted, reason, offsetMs, jumpMs, vouchedBy } = next;
      const event = vouchedBy !== undefined ? 'clock-vouched' : isTrusted ? 'clock-trusted' : 'clock-untrusted';
      this.#tell(wallMs, { event, reason, offsetMs, jumpMs, by: vouchedBy });
      this.#options.observer.clockChanged(next);
    }
  }

  #tell(wallMs: number, event: IntakeEvent): void {
    this.#options.audit.append(wallMs, event);
    this.#options.observer.event(event);
  }
}

const FORMS: Readonly<Partial<Record<DatagramOutcome | HelloStep, DatagramForm>>> = {
  'too-short': 'noise',
  'too-long': 'noise',
  magic: 'noise',
  format: 'noise',
  suite: 'noise',
  kind: 'noise',
  calibration: 'formed',
  session: 'formed',
  lane: 'formed',
  replayed: 'formed',
  forged: 'foreign',
  'hello-length': 'foreign',
  'hello-slots': 'foreign',
  'hello-receiver': 'foreign',
  'hello-mac': 'foreign',
};

/** All that is not listed is judged behind a tag or a MAC. */
function formOf(outcome: DatagramOutcome | HelloStep): DatagramForm {
  return FORMS[outcome] ?? 'authentic';
}

function isRefused(outcome: FrameOutcome): boolean {
  return ['boundary', 'stream', 'epoch', 'sequence-jump', 'halted'].includes(outcome);
}
