/** The edge around the intake: the link's events, the clocks, HPKE and timers. */
import { type AgreementKeyPair, openSecret } from '../../src/crypto/agreement.ts';
import type { ReceiveLink } from '../../src/link/link.ts';
import { sessionAssociatedData } from '../../src/wire/hello.ts';
import type { AssemblerReport } from './assembler-messages.ts';
import type { SealedSession } from './hello-desk.ts';
import type { Intake } from './intake.ts';
import { TurnClock } from './turn-clock.ts';

/** `nowMs` is monotonic, `wallMs` the local clock. */
export interface IntakeClock {
  nowMs(): number;
  wallMs(): number;
}

export const SYSTEM_CLOCK: IntakeClock = { nowMs: () => performance.now(), wallMs: () => Date.now() };

/** The intake is polled at least so often, also to watch the clock; hold times are exact to this. */
const MAX_SLEEP_MS = 250;

/** A thread that reads the link: `LinkThread` of receiver/link-thread. */
export interface ReportSource {
  /** To be called soon behind the opening: until then what comes waits, as it does while nobody takes a report. */
  onReport(handler: (report: AssemblerReport) => void): void;
  /** It ended, and nobody asked it to. */
  onEnd(handler: (error: Error) => void): void;
  /** All that was put together was reported when it resolves, or it was said as an error of the link that it is lost. */
  close(): Promise<void>;
}

export interface IntakeLoopOptions {
  readonly intake: Intake;
  readonly link: Pick<ReceiveLink, 'onDatagram' | 'onBytes'> | ReportSource;
  readonly receiverKeys: AgreementKeyPair;
  readonly clock?: IntakeClock;
  /** Disk or audit failed: nothing is handled any more, the program must end. Called once. */
  readonly onFatal: (error: unknown) => void;
}

export class IntakeLoop {
  readonly #options: IntakeLoopOptions;
  readonly #clock: IntakeClock;
  /** For datagrams alone, also behind one whose commit took some of the turn; what waits looks anew. */
  readonly #turnClock: TurnClock;
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Immediate | undefined;
  #opening: Promise<void> | undefined;
  #isStopped = false;

  private constructor(options: IntakeLoopOptions) {
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#turnClock = new TurnClock(this.#clock);
  }

  /** Resolves once the session of the stored hello is open again, where there is one. */
  static async start(options: IntakeLoopOptions): Promise<IntakeLoop> {
    const loop = new IntakeLoop(options);
    loop.#listen();
    loop.#openSession();
    loop.#poll();
    await loop.#opening;
    return loop;
  }

  /** Commits what was released, and stops. The caller closes the link; one with a thread is closed, and what it had is in. */
  async stop(): Promise<void> {
    const { link } = this.#options;
    if ('onReport' in link) await link.close();
    await this.#opening;
    if (!this.#isStopped) this.#guard(() => this.#options.intake.poll(this.#clock.nowMs(), this.#clock.wallMs()));
    this.#halt();
  }

  #listen(): void {
    const { intake, link } = this.#options;
    const clock = this.#turnClock;
    if ('onReport' in link) {
      link.onEnd((error) => this.#guard(() => this.#fail(error)));
      link.onReport((report) => this.#handle(() => intake.handleReport(clock.nowMs(), clock.wallMs(), report)));
      return;
    }
    link.onDatagram((datagram) => this.#handle(() => intake.handleDatagram(clock.nowMs(), clock.wallMs(), datagram)));
    link.onBytes?.((count) => this.#guard(() => intake.handleBytes(this.#clock.wallMs(), count)));
  }

  #handle(step: () => void): void {
    this.#guard(step);
    this.#openSession();
    if (this.#options.intake.hasReleased) this.#schedule();
  }

  /** After the datagrams of this turn, so that they share one commit. */
  #schedule(): void {
    if (this.#isStopped || this.#soon !== undefined) return;
    this.#soon = setImmediate(() => {
      this.#soon = undefined;
      this.#poll();
    });
  }

  #poll(): void {
    const { intake } = this.#options;
    this.#guard(() => intake.poll(this.#clock.nowMs(), this.#clock.wallMs()));
    if (this.#isStopped) return;
    clearTimeout(this.#timer);
    const dueMs = (intake.nextDeadlineMs() ?? Number.POSITIVE_INFINITY) - this.#clock.nowMs();
    this.#timer = setTimeout(() => this.#poll(), Math.min(Math.max(dueMs, 1), MAX_SLEEP_MS));
  }

  #openSession(): void {
    const { intake } = this.#options;
    if (this.#opening !== undefined || this.#isStopped || intake.sealedSecret === undefined) return;
    this.#opening = this.#open(intake.sealedSecret).finally(() => {
      this.#opening = undefined;
      this.#openSession();
    });
  }

  async #open(sealed: SealedSession): Promise<void> {
    const { intake, receiverKeys } = this.#options;
    const secret = await openSecret(receiverKeys, sealed.hello.sealed, sessionAssociatedData(sealed.hello.body));
    this.#guard(() => intake.handleSecret(this.#clock.nowMs(), this.#clock.wallMs(), sealed, secret));
    if (intake.hasReleased) this.#schedule();
  }

  #guard(step: () => void): void {
    if (this.#isStopped) return;
    try {
      step();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#halt();
    this.#options.onFatal(error);
  }

  #halt(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    clearImmediate(this.#soon);
  }
}
