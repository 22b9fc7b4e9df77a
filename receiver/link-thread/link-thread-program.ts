/** What runs in the thread that reads the link: the link's events, a clock and timers around the assembler host. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { BlockCodec } from '../../src/fec/block-codec.ts';
import { loadKernelModule } from '../../src/fec/kernel-module.ts';
import type { LinkDrops, ReceiveLink } from '../../src/link/link.ts';
import { openReceiveLink } from '../../src/link/open-link.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { type AssemblerReport, transferOf } from '../intake/assembler-messages.ts';
import { FileScratch } from '../intake/file-scratch.ts';
import { SYSTEM_CLOCK } from '../intake/intake-loop.ts';
import { TurnClock } from '../intake/turn-clock.ts';
import { AssemblerHost, POLL_MS } from './assembler-host.ts';
import type { LinkThreadSetting, ThreadCommand, ThreadNews } from './link-thread.ts';

class LinkThreadProgram {
  readonly #port: MessagePort;
  readonly #link: ReceiveLink;
  readonly #host: AssemblerHost;
  readonly #clock = new TurnClock(SYSTEM_CLOCK);
  readonly #ticks: NodeJS.Timeout;
  #soon: NodeJS.Immediate | undefined;
  #later: NodeJS.Timeout | undefined;
  #drops: LinkDrops;
  /** Someone takes reports. Until then what comes stays in the kernel's buffer, or where it cannot, is taken in as at any time. */
  #isStarted = false;
  #isPaused = true;

  constructor(port: MessagePort, link: ReceiveLink, scratch: FileScratch) {
    this.#port = port;
    this.#link = link;
    const decoder = new BlockCodec(loadKernelModule());
    this.#host = new AssemblerHost({ decoder, scratch, canWait: link.pause !== undefined });
    this.#drops = link.drops();
    const batching = link.batching?.();
    link.onError(({ message }) => this.#post({ kind: 'link-error', message }));
    link.pause?.();
    link.onDatagram((datagram) => this.#handleDatagram(datagram));
    port.on('message', (command: ThreadCommand) => this.#handleCommand(command));
    this.#ticks = setInterval(() => this.#tick(), POLL_MS);
    this.#post({ kind: 'opened', drops: this.#drops, ...(batching && { batching }) });
  }

  #handleCommand(command: ThreadCommand): void {
    if (command === 'start') this.#isStarted = true;
    else if (command === 'stop') void this.#stop();
    else this.#host.handleOrder(this.#clock.nowMs(), command.order);
    this.#schedule();
  }

  #handleDatagram(datagram: Buffer): void {
    this.#host.handleDatagram(this.#clock.nowMs(), datagram);
    this.#schedule();
  }

  /** After the datagrams of this turn. */
  #schedule(): void {
    this.#soon ??= setImmediate(() => {
      this.#soon = undefined;
      this.#endTurn();
    });
  }

  #endTurn(): void {
    const nowMs = this.#clock.nowMs();
    const report = this.#host.poll(nowMs);
    if (report !== undefined) this.#report(report);
    this.#wakeAt(nowMs, this.#host.nextDeadlineMs());
    const isToPause = !this.#isStarted || this.#host.isPausing;
    if (isToPause === this.#isPaused) return;
    this.#isPaused = isToPause;
    if (isToPause) this.#link.pause?.();
    else this.#link.resume?.();
  }

  /** A timer that is set fires no later than is due: each deadline lies behind the one before it. */
  #wakeAt(nowMs: number, dueMs: number | undefined): void {
    if (dueMs === undefined) return;
    this.#later ??= setTimeout(() => {
      this.#later = undefined;
      this.#endTurn();
    }, dueMs - nowMs);
  }

  #report(report: AssemblerReport): void {
    this.#post({ kind: 'report', report }, transferOf(report));
  }

  #tick(): void {
    this.#tellDrops();
    this.#schedule();
  }

  #tellDrops(): void {
    const drops = this.#link.drops();
    if (drops.socket === this.#drops.socket && drops.interface === this.#drops.interface) return;
    this.#drops = drops;
    this.#post({ kind: 'drops', drops });
  }

  async #stop(): Promise<void> {
    clearInterval(this.#ticks);
    await this.#link.close();
    clearImmediate(this.#soon);
    clearTimeout(this.#later);
    this.#tellDrops();
    this.#report(this.#host.takeReport());
    this.#port.close();
  }

  #post(news: ThreadNews, handedOver: readonly ArrayBuffer[] = []): void {
    this.#port.postMessage(news, handedOver);
  }
}

async function serve(port: MessagePort, { link: config, scratchFolder }: LinkThreadSetting): Promise<void> {
  const tell = (news: ThreadNews) => port.postMessage(news);
  try {
    const link = await openReceiveLink(config);
    const scratch = new FileScratch({
      directory: scratchFolder,
      onFailure: ({ message }) => tell({ kind: 'scratch-error', message }),
    });
    new LinkThreadProgram(port, link, scratch);
  } catch (error) {
    const { message } = error as Error;
    tell({ kind: 'failed', message, ...(error instanceof DiodeError && { code: error.code, cure: error.cure }) });
  }
}

if (parentPort !== null) void serve(parentPort, workerData as LinkThreadSetting);
