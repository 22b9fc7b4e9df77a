/** A started sender: keeps the source in step with the core, tells how it does, and stops in good order. */
import type { AuditLog } from '../src/audit/audit-log.ts';
import type { SenderConfig } from '../src/config/sender-config.ts';
import { SENDER_LIMITS } from '../src/limits.ts';
import type { SendLink } from '../src/link/link.ts';
import { DiodeError } from '../src/ops/diode-error.ts';
import type { RequestHandlers } from '../src/ops/request-desk.ts';
import type { Store } from '../src/store/database.ts';
import type { SenderCore } from './core.ts';
import { ForeignDesk } from './issuer/foreign-desk.ts';
import { ForeignIssuers } from './issuer/foreign-issuers.ts';
import { type DeskStatus, IssuerDesk, type IssuerKey } from './issuer/issuer-desk.ts';
import { keySetHandler } from './issuer/key-set-request.ts';
import { statusIntervalMs } from './issuer/status-interval.ts';
import type { TokenIssuer } from './issuer/token-issuer.ts';
import { coreStatus, queueStatus } from './ops/core-status.ts';
import type { SenderEvents } from './ops/sender-events.ts';
import type { IssuerDeskStatus, PauseReason, SenderStatus } from './ops/sender-observer.ts';
import { senderRequests } from './ops/sender-requests.ts';
import { RevertDesk } from './revert/revert-desk.ts';
import type { Source, SourceEvent } from './sources/source.ts';
import { type SenderClock, SendLoop } from './transmit/send-loop.ts';
import type { Session } from './transmit/session.ts';
import type { CarriedTrust } from './trust/carried-trust.ts';
import type { SigningPair } from './trust/signing-keys.ts';

export interface RunningSender {
  /** From memory; one look into an index. */
  status(): SenderStatus;
  /** What operators' commands may ask of it; not after `stop`. */
  readonly requests: RequestHandlers;
  /**
   * Stops reading, journals what was read, sends first passes for at most `stopDrainMs`, then a last hello, closes link and
   * store. What the kernel does not have is sent by the next run. Once; later calls wait for the first.
   */
  stop(): Promise<void>;
}

export interface PipelineParts {
  readonly config: SenderConfig;
  readonly source: Source;
  readonly clock: SenderClock;
  readonly link: SendLink;
  readonly store: Store;
  readonly core: SenderCore;
  readonly session: Session;
  readonly events: SenderEvents;
  readonly audit: AuditLog;
  /** DIR/data/reverts. */
  readonly revertFolder: string;
  readonly readCarried?: () => CarriedTrust | undefined;
  readonly readKeys?: () => SigningPair;
  /** Signs what the issuer issues; absent where `config` has no `issuer`. Closed by `stop`. */
  readonly issuerKey?: IssuerKey;
  readonly onFatal: (error: unknown) => void;
}

const DRAIN_CHECK_MS = 5;

/** What else the source may have to say cannot be read, or nobody says anything any more. */
const UNREAD: readonly SourceEvent['kind'][] = ['waiting', 'file-gone', 'error', 'end'];

export class RunningPipeline implements RunningSender {
  readonly requests: RequestHandlers;
  readonly #parts: PipelineParts;
  readonly #loop: SendLoop;
  readonly #reverts: RevertDesk;
  readonly #issuer: IssuerDesk | undefined;
  readonly #foreign: ForeignDesk;
  readonly #startedAtMs: number;
  readonly #sendErrors: Record<string, number> = {};
  #pausedBy: PauseReason | undefined;
  #sourceState: SourceEvent['kind'] | undefined;
  #isSourceRead: boolean;
  #failure: { code: string; seen: string; cure: string } | undefined;
  #stopping: Promise<void> | undefined;
  #lastIssuer: IssuerDeskStatus | undefined;
  #isClosed = false;

  constructor(parts: PipelineParts) {
    const { core, link, clock, source } = parts;
    this.#parts = parts;
    this.#startedAtMs = clock.wallMs();
    this.#reverts = new RevertDesk(parts);
    this.#loop = new SendLoop({
      core,
      link,
      clock,
      onTurn: () => this.#handleTurn(),
      onFatal: (error) => this.#fail(error),
    });
    // A source without positions hands over what comes, and never says that it was read to its end.
    this.#isSourceRead = !source.isResumable;
    this.#issuer = this.#openIssuer();
    this.#foreign = this.#openForeign();
    const wake = () => this.#loop.wake();
    this.requests = {
      ...senderRequests({
        core,
        reverts: this.#reverts,
        clock,
        readCarried: parts.readCarried,
        readKeys: parts.readKeys,
        wake,
      }),
      'key-set': keySetHandler(this.#foreign.issuers, wake),
    };
    link.onError((error) => this.#handleSendError(error));
    link.onBatching?.((status) => parts.events.handleBatching(status));
    parts.events.handleStart(parts);
    source.start(core.sourcePosition, {
      onEntries: (entries) => {
        this.#isSourceRead = !source.isResumable;
        core.handleEntries(clock.nowMs(), entries);
        this.#steerSource(core.pauseReason);
        this.#loop.wake();
      },
      onEvent: (event) => {
        if (event.kind === 'caught-up' || event.kind === 'end') this.#handleSourceEnd();
        if (event.kind === 'caught-up') this.#isSourceRead = true;
        if (UNREAD.includes(event.kind)) this.#isSourceRead = false;
        if (event.kind !== 'caught-up') this.#sourceState = event.kind;
        parts.events.handleSourceEvent(source.name, event);
      },
    });
    this.#loop.wake();
  }

  status(): SenderStatus {
    const { config, session, source, core, clock, link } = this.#parts;
    const nowMs = clock.nowMs();
    const revert = this.#reverts.last;
    const line = link.line?.();
    const batching = link.batching?.();
    const drops = link.drops?.();
    return {
      boundary: config.boundary,
      stream: config.stream,
      session: { number: session.number, id: Buffer.from(session.id).toString('hex'), startedAtMs: this.#startedAtMs },
      ...coreStatus(core, nowMs),
      signing: core.keys.status(clock.wallMs()),
      source: {
        name: source.name,
        isResumable: source.isResumable,
        isPaused: this.#pausedBy !== undefined,
        ...(this.#pausedBy && { pausedBy: this.#pausedBy }),
        ...(this.#sourceState && { state: this.#sourceState }),
        ...queueStatus(core, nowMs),
      },
      ...(revert && { revert }),
      ...(this.#issuer && core.issuer && { issuer: this.#issuerStatus(this.#issuer.status, core.issuer, nowMs) }),
      ...(config.foreignIssuers.length > 0 && { foreign: this.#foreign.issuers.status(clock.wallMs()) }),
      ...(core.isMediaOnly && { isMediaOnly: true }),
      link: {
        sendErrors: { ...this.#sendErrors },
        rateBitsPerSecond: config.link.rateBitsPerSecond,
        ...(line && { line }),
        ...(batching && { batching }),
        ...(drops && { drops }),
      },
      ...(this.#failure && { failure: this.#failure }),
    };
  }

  #openIssuer(): IssuerDesk | undefined {
    const { core, config, issuerKey, clock, events } = this.#parts;
    if (core.issuer === undefined || config.issuer === undefined || issuerKey === undefined) return undefined;
    return new IssuerDesk({
      core,
      issuer: core.issuer,
      key: issuerKey,
      issuerName: config.issuer.issuer,
      lifetimeSeconds: config.issuer.lifetimeSeconds,
      statusIntervalMs: statusIntervalMs(config, config.issuer),
      isSourceRead: () => this.#isSourceRead,
      clock,
      wake: () => this.#loop.wake(),
      onSigner: (failure) => events.handleSigner(failure),
    });
  }

  #openForeign(): ForeignDesk {
    const { core, config, store, clock, events } = this.#parts;
    const issuers = new ForeignIssuers(clock.nowMs(), clock.wallMs(), {
      config: config.foreignIssuers,
      store,
      transaction: (work) => core.journal.transaction(work),
      trust: core.trust,
    });
    const wake = () => this.#loop.wake();
    return new ForeignDesk({
      core,
      issuers,
      clock,
      wake,
      onEvent: (issuer, event) => events.handleForeign(issuer, event),
    });
  }

  /** The plan is closed with the store: after that, what was last seen. */
  #issuerStatus(desk: DeskStatus, issuer: TokenIssuer, nowMs: number): IssuerDeskStatus {
    if (!this.#isClosed) this.#lastIssuer = { ...issuer.status(nowMs, this.#parts.clock.wallMs()), ...desk };
    return this.#lastIssuer as IssuerDeskStatus;
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    const { source, core, clock, link, store, events } = this.#parts;
    this.#steerSource(this.#failure ? 'failed' : 'stopping');
    await source.close();
    await this.#issuer?.stop();
    await this.#foreign.stop();
    try {
      if (this.#failure === undefined) await this.#drain();
    } catch (error) {
      events.handleFailure(error);
    }
    this.#loop.stop();
    try {
      if (this.#failure === undefined) core.close(clock.wallMs(), this.#loop.isHandedOver);
    } finally {
      this.#reverts.close();
      this.#isClosed = true;
      await link.close();
      store.close();
    }
    events.handleStop(core);
  }

  /** Journals the rest of the queue at once, then waits for the loop to send it and a last hello. */
  async #drain(): Promise<void> {
    const { core, clock } = this.#parts;
    while (core.flush(clock.nowMs(), clock.wallMs())) {
      // Until the queue is empty, or the disk or the journal is full.
    }
    const endMs = clock.nowMs() + SENDER_LIMITS.stopDrainMs;
    await this.#waitFor(() => core.isDrained || core.pause.current !== undefined, endMs);
    if (core.isMediaOnly) return;
    const { counter } = core.announcer;
    core.announcer.handleStop();
    // Its own time: on a slow link the frames took all of theirs, and the next run sends their rest.
    const helloEndMs = clock.nowMs() + SENDER_LIMITS.stopDrainMs;
    await this.#waitFor(() => core.announcer.counter > counter && !core.outlet.isAnnouncing, helloEndMs);
    // It may be the one that the link had no room for; what is due behind it would hold up the stop.
    this.#loop.finish();
    await this.#waitFor(() => this.#loop.isHandedOver, helloEndMs);
  }

  async #waitFor(condition: () => boolean, endMs: number): Promise<void> {
    this.#loop.wake();
    while (!condition() && this.#failure === undefined && this.#parts.clock.nowMs() < endMs) {
      await new Promise((resolve) => setTimeout(resolve, DRAIN_CHECK_MS));
    }
  }

  #handleTurn(): void {
    const { core, clock } = this.#parts;
    if (this.#stopping === undefined) {
      this.#reverts.handleTurn(clock.nowMs(), clock.wallMs());
      this.#issuer?.handleTurn(clock.nowMs(), clock.wallMs());
      this.#foreign.handleTurn(clock.nowMs());
    }
    this.#steerSource(core.pauseReason);
  }

  /** `stopping` and `failed` are for good. */
  #steerSource(reason: PauseReason | undefined): void {
    if (reason === this.#pausedBy || this.#pausedBy === 'stopping' || this.#pausedBy === 'failed') return;
    const { source } = this.#parts;
    if (reason !== undefined && this.#pausedBy === undefined) source.pause();
    if (reason === undefined) source.resume();
    this.#pausedBy = reason;
  }

  #handleSendError(error: Error): void {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    this.#sendErrors[code] = (this.#sendErrors[code] ?? 0) + 1;
    this.#parts.events.handleSendError(this.#parts.clock.nowMs(), code);
  }

  #handleSourceEnd(): void {
    const { core, clock } = this.#parts;
    try {
      core.handleSourceEnd(clock.nowMs());
    } catch (error) {
      this.#fail(error);
    }
    this.#loop.wake();
  }

  #fail(error: unknown): void {
    this.#steerSource('failed');
    const { code, seen, cure } = error instanceof DiodeError ? error : UNEXPECTED;
    this.#failure = { code, seen, cure };
    this.#parts.events.handleFailure(error);
    this.#parts.onFatal(error);
  }
}

const UNEXPECTED = {
  code: 'unexpected',
  seen: 'The sender met a state that it does not know.',
  cure: 'Start it again.',
};
