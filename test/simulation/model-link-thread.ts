/**
 * The thread that reads the link, on virtual time: the host and the proxy that the program has, and between them two lines that
 * keep order and take their time, since either thread may be busy.
 */

import {
  type AssemblerOrder,
  type AssemblerReport,
  asBuffers,
  transferOf,
} from '../../receiver/intake/assembler-messages.ts';
import { AssemblerProxy } from '../../receiver/intake/assembler-proxy.ts';
import { sessionHandle } from '../../receiver/intake/session-table.ts';
import { AssemblerHost, POLL_MS } from '../../receiver/link-thread/assembler-host.ts';
import { BlockCodec } from '../../src/fec/block-codec.ts';
import { loadKernelModule } from '../../src/fec/kernel-module.ts';
import { readDatagramHeader } from '../../src/wire/datagram.ts';
import type { Random } from './random.ts';
import type { VirtualTime } from './virtual-time.ts';

/** As it comes out of the other thread: what was handed over is gone from the first. */
function posted(report: AssemblerReport): AssemblerReport {
  return asBuffers(structuredClone(report, { transfer: transferOf(report) }));
}

export interface ModelLinkThreadOptions {
  readonly time: VirtualTime;
  readonly random: Random;
  /** How long what is posted is on its way, at most. */
  readonly delayMs: number;
  /** See AssemblerHost. */
  readonly canWait: boolean;
  /** Of the program: the dead post nothing. */
  readonly isAlive: () => boolean;
  /** A session is known to the thread, by its handle. */
  readonly onSession: (handle: number) => void;
  readonly onReport: (report: AssemblerReport) => void;
}

export class ModelLinkThread {
  readonly proxy: AssemblerProxy;
  readonly #host: AssemblerHost;
  /** The socket's buffer, while the host pauses. */
  readonly #unread: { readonly bytes: Buffer; readonly onHeard: () => void }[] = [];
  /** Sessions whose datagrams it can open, by their handle. */
  readonly #open = new Set<number>();
  /** Of what was read since the last report. */
  #heard: (() => void)[] = [];
  readonly #options: ModelLinkThreadOptions;
  readonly #report: (arrive: () => void) => void;
  #isSoon = false;
  #isLater = false;

  constructor(options: ModelLinkThreadOptions) {
    this.#options = options;
    const { time, canWait } = options;
    this.#host = new AssemblerHost({ decoder: new BlockCodec(loadKernelModule()), canWait });
    this.#report = this.#line();
    const post = this.#line();
    this.proxy = new AssemblerProxy((order) =>
      post(() => {
        this.#handleSession(order.session);
        this.#host.handleOrder(time.nowMs, order);
        this.#read();
      }),
    );
    this.#tick();
  }

  /** `onHeard`: the other thread has heard what became of it. Not where its session was not open yet: it may be forgotten. */
  handleDatagram(bytes: Buffer, onHeard: () => void): void {
    this.#unread.push({ bytes: Buffer.from(bytes), onHeard });
    this.#read();
  }

  get isAccepting(): boolean {
    return this.#host.isAccepting;
  }

  #handleSession(session: AssemblerOrder['session']): void {
    if (session === undefined) return;
    const handle = sessionHandle(session.opened.id);
    this.#open.add(handle);
    this.#options.onSession(handle);
  }

  #read(): void {
    while (!this.#host.isPausing) {
      const next = this.#unread.shift();
      if (next === undefined) break;
      const isTaken = this.#open.has(readDatagramHeader(next.bytes).session) && !this.#host.isFull;
      this.#host.handleDatagram(this.#options.time.nowMs, next.bytes);
      // A link uses its memory again.
      next.bytes.fill(0xee);
      if (isTaken) this.#heard.push(next.onHeard);
    }
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isSoon) return;
    this.#isSoon = true;
    this.#options.time.after(0, () => {
      this.#isSoon = false;
      this.#endTurn();
    });
  }

  #endTurn(): void {
    const { time, isAlive } = this.#options;
    if (!isAlive()) return;
    const report = this.#host.poll(time.nowMs);
    if (report !== undefined) this.#post(posted(report));
    const dueMs = this.#host.nextDeadlineMs();
    if (dueMs === undefined || this.#isLater) return;
    this.#isLater = true;
    time.at(dueMs, () => {
      this.#isLater = false;
      this.#endTurn();
    });
  }

  #post(report: AssemblerReport): void {
    const { onReport } = this.#options;
    const heard = this.#heard;
    this.#heard = [];
    this.#report(() => {
      onReport(report);
      for (const hear of heard) hear();
    });
  }

  #tick(): void {
    const { time, isAlive } = this.#options;
    if (!isAlive()) return;
    this.#schedule();
    time.after(POLL_MS, () => this.#tick());
  }

  /** What is said first arrives first. */
  #line(): (arrive: () => void) => void {
    let lastMs = 0;
    return (arrive) => {
      const { time, random, delayMs, isAlive } = this.#options;
      lastMs = Math.max(lastMs, time.nowMs + random.fraction() * delayMs);
      time.at(lastMs, () => (isAlive() ? arrive() : undefined));
    };
  }
}
