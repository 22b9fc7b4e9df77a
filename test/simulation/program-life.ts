/**
 * A program on a machine that fails: its lives, its disk and audit log, its clock. A life ends by a crash or because the
 * program gave up; whoever watches over it starts the next one.
 */
import type { AuditLog } from '../../src/audit/audit-log.ts';
import { OPS_LIMITS } from '../../src/limits.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { RequestDesk, type RequestHandlers } from '../../src/ops/request-desk.ts';
import { contradict } from './check.ts';
import { ModelAudit } from './model-audit.ts';
import { ModelCrash } from './model-crash.ts';
import { type CommitFault, ModelDisk } from './model-disk.ts';
import { ModelInbox } from './model-inbox.ts';
import type { Random } from './random.ts';
import type { NodeFaults } from './scenario.ts';
import { START_MS } from './site.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface ProgramLifeOptions {
  readonly name: 'sender' | 'receiver';
  readonly time: VirtualTime;
  readonly random: Random;
  readonly faults: NodeFaults;
  readonly start: () => void | Promise<void>;
  /** What the life held in memory is gone. */
  readonly onEnd: () => void;
  readonly note: (line: string) => void;
}

/** A service manager starts a program again after so long at most. */
const RESTART_MS = 3_000;

export class ProgramLife {
  readonly disk: ModelDisk;
  readonly audit: ModelAudit;
  /** What operators asked for. */
  readonly requests = new ModelInbox();
  readonly #options: ProgramLifeOptions;
  #number = 0;
  #isRunning = false;
  #isStopped = false;
  #hasMetFault = false;
  /** What the wall clock is wrong by. */
  clockErrorMs = 0;
  /** Faults at commits happen. */
  isFragile = true;

  constructor(options: ProgramLifeOptions) {
    this.#options = options;
    const { random } = options;
    const common = {
      drawFault: () => this.#drawFault(),
      onCrash: () => this.crash({ forMs: random.integer(0, RESTART_MS) }),
      onContradiction: (text: string) => contradict(`${options.name}: ${text}`),
    };
    this.disk = new ModelDisk({ ...common, random: random.fork() });
    this.audit = new ModelAudit({ ...common, random: random.fork() });
  }

  /** Of the life under way: what belongs to another does nothing any more. */
  get number(): number {
    return this.#number;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  get wallMs(): number {
    return START_MS + Math.floor(this.#options.time.nowMs) + this.clockErrorMs;
  }

  /** Resolves once the program runs: HPKE takes real time, which is none here. */
  begin(): Promise<void> | undefined {
    this.#number++;
    this.#isRunning = true;
    this.#isStopped = false;
    this.#hasMetFault = false;
    return this.#guarded(() => this.#options.start());
  }

  /** Dead at once; alive again after a while. `between`: what happens to the disk meanwhile. */
  crash({ forMs }: { readonly forMs: number }, between: () => void = () => undefined): void {
    // What an operator stopped cannot end once more.
    if (this.#isStopped) return;
    const number = this.#end();
    between();
    this.#options.time.after(forMs, () => (this.#number === number ? this.begin() : undefined));
  }

  /** An operator stops it, until somebody begins it again. A stop writes down less than a crash may lose. */
  stop(): void {
    this.#end();
    this.#isStopped = true;
  }

  #end(): number {
    const { onEnd, note, name } = this.#options;
    const number = ++this.#number;
    note(`${name} ended`);
    this.#isRunning = false;
    this.disk.crash();
    this.audit.crash();
    onEnd();
    return number;
  }

  /** Runs a step of the life under way. What the program gives up for ends the life; anything else ends the run. */
  guard(step: () => void): void {
    this.#guarded(step);
  }

  /** Lets the life under way look for requests, as often as the real ones do. */
  serve(handlers: RequestHandlers, audit: AuditLog): void {
    const { time } = this.#options;
    const number = this.#number;
    const log = { info: () => undefined, warn: () => undefined };
    const hasRoom = () => this.disk.freeBytes > 0;
    const desk = new RequestDesk({ inbox: this.requests, handlers, audit, log, hasRoom });
    const look = () => {
      if (number !== this.#number) return;
      this.guard(() => desk.poll(this.wallMs));
      time.after(OPS_LIMITS.requestPollMs, look);
    };
    look();
  }

  /** What the program gave up for, where nobody caught it. */
  handleFailure(number: number, error: unknown): void {
    if (error instanceof ModelCrash || number !== this.#number) return;
    if (!this.#isExpected(error)) {
      this.#options.time.fail(error);
      return;
    }
    this.#options.note(`${this.#options.name} gave up: ${(error as { readonly code?: string }).code}`);
    this.crash({ forMs: this.#options.random.integer(1, RESTART_MS) });
  }

  #guarded(step: () => void | Promise<void>): Promise<void> | undefined {
    const number = this.#number;
    try {
      const pending = step();
      return pending instanceof Promise ? pending.catch((error) => this.handleFailure(number, error)) : undefined;
    } catch (error) {
      this.handleFailure(number, error);
      return undefined;
    }
  }

  /**
   * A failed sync ends a program. A full disk is waited out, unless nobody could foresee it and Kafka has committed already:
   * then the tables cannot follow, and the next life asks Kafka.
   */
  #isExpected(error: unknown): boolean {
    const code = (error as { readonly code?: unknown }).code;
    if (code === 'SQLITE_FULL') return this.disk.isFull && this.#options.name === 'receiver';
    const isOfDisk = error instanceof DiodeError || (typeof code === 'string' && code.startsWith('SQLITE_'));
    return isOfDisk && code !== 'disk-full' && this.#hasMetFault;
  }

  #drawFault(): CommitFault {
    const { random, faults } = this.#options;
    const { crashAtCommit, failedSync } = faults.disk;
    const isCrash = random.chance(crashAtCommit);
    const isFailure = random.chance(failedSync);
    if (!this.isFragile || !this.#isRunning) return undefined;
    if (isCrash) return 'crash';
    if (!isFailure) return undefined;
    this.#hasMetFault = true;
    return 'sync-fails';
  }
}
