/**
 * The thread that reads the link, as the one that started it sees it: datagrams are opened and put together there, so that
 * they are while this one decides, waits for the disk or publishes.
 */
import { availableParallelism } from 'node:os';
import type { EventLoopUtilization } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import type { ReceiverConfig, UdpReceiveConfig } from '../../src/config/receiver-config.ts';
import type { BatchingStatus, LinkDrops } from '../../src/link/link.ts';
import { DiodeError, type DiodeErrorCode } from '../../src/ops/diode-error.ts';
import { type AssemblerOrder, type AssemblerReport, asBuffers } from '../intake/assembler-messages.ts';
import { AssemblerProxy } from '../intake/assembler-proxy.ts';
import type { ReportSource } from '../intake/intake-loop.ts';

export interface LinkThreadSetting {
  readonly link: UdpReceiveConfig;
  /** For incomplete frames that memory has no room for. */
  readonly scratchFolder: string;
}

export interface LinkThreadOptions extends LinkThreadSetting {
  /** Incomplete frames could not be kept on disk; may come before the thread is open. */
  readonly onScratchError: (message: string) => void;
}

export interface LinkThreadStatus {
  /** Of its time, since it was asked a second ago or longer. */
  readonly busyShare: number;
  /** How often it stopped reading, since what it had put together waited for the other thread. */
  readonly pauses: number;
}

/** `start`: reports are taken. `stop`: the link is closed, and what was put together is reported. */
export type ThreadCommand = { readonly order: AssemblerOrder } | 'start' | 'stop';

export type ThreadNews =
  | { readonly kind: 'opened'; readonly drops: LinkDrops; readonly batching?: BatchingStatus }
  | { readonly kind: 'failed'; readonly code?: DiodeErrorCode; readonly message: string; readonly cure?: string }
  | { readonly kind: 'report'; readonly report: AssemblerReport }
  | { readonly kind: 'drops'; readonly drops: LinkDrops }
  | { readonly kind: 'link-error' | 'scratch-error'; readonly message: string };

/** Node runs no TypeScript in a thread: from the sources, as in tests, it is the built one. */
const PROGRAM = new URL(
  import.meta.url.endsWith('.ts')
    ? '../../dist/receiver/link-thread/link-thread-program.js'
    : './link-thread-program.js',
  import.meta.url,
);

/**
 * Bytes of frames and symbols lie outside of it. Of the tables of incomplete ones, where each of their bounds is reached, repair
 * symbols take most: `maxBlockBytes` counts what an object takes, so that it is 64 MB at most.
 */
const MEMORY = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 128 } as const;

const SAMPLE_MS = 1_000;

/** Whether a receiver with that link has the thread: where the config does not say, of UDP and with a core for it. */
export function hasLinkThread(link: ReceiverConfig['link']): link is UdpReceiveConfig {
  return link.kind === 'udp' && (link.ownThread ?? availableParallelism() > 1);
}

export class LinkThread implements ReportSource {
  readonly proxy = new AssemblerProxy((order) => this.#post({ order }));
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  #drops: LinkDrops = { socket: undefined, interface: undefined };
  #batching: BatchingStatus | undefined;
  #isStopping = false;
  #busy: { readonly atMs: number; readonly sample: EventLoopUtilization; readonly share: number };
  #failure: Error | undefined;
  /** Why it is no more, where nobody asked it to end. */
  #end: DiodeError | undefined;
  /** Before someone takes them; bounded as what is on its way at any time. */
  readonly #early: AssemblerReport[] = [];
  #onReport: (report: AssemblerReport) => void = (report) => this.#early.push(report);
  #onError: (error: Error) => void = () => {};
  readonly #onScratchError: (message: string) => void;
  #onEnd: (error: DiodeError) => void = () => {};

  private constructor({ onScratchError, ...setting }: LinkThreadOptions) {
    this.#onScratchError = onScratchError;
    this.#worker = new Worker(PROGRAM, { workerData: setting satisfies LinkThreadSetting, resourceLimits: MEMORY });
    this.#busy = { atMs: performance.now(), sample: this.#worker.performance.eventLoopUtilization(), share: 0 };
    this.#worker.on('message', (news: ThreadNews) => this.#handleNews(news));
    this.#worker.on('error', (error) => {
      this.#failure = error;
    });
    this.#ended = new Promise((resolve) => {
      this.#worker.once('exit', (code) => {
        resolve();
        const reason = this.#failure?.message ?? `it ended with code ${code}`;
        if (this.#isStopping) {
          if (code !== 0) this.#onError(lostError(reason));
          return;
        }
        this.#end = endedError(reason);
        this.#onEnd(this.#end);
      });
    });
  }

  /** Bound and listening: what comes is kept for `onReport`. Rejects with the DiodeErrors of the link. */
  static async open(options: LinkThreadOptions): Promise<LinkThread> {
    const thread = new LinkThread(options);
    await new Promise<void>((resolve, reject) => {
      thread.#onEnd = reject;
      thread.#worker.on('message', (news: ThreadNews) => {
        if (news.kind === 'opened') resolve();
        else if (news.kind === 'failed') reject(openingError(news));
      });
    }).catch(async (error: unknown) => {
      await thread.#terminate();
      throw error;
    });
    return thread;
  }

  onReport(handler: (report: AssemblerReport) => void): void {
    for (const report of this.#early.splice(0)) handler(report);
    this.#onReport = handler;
    this.#post('start');
  }

  onEnd(handler: (error: DiodeError) => void): void {
    this.#onEnd = handler;
    if (this.#end !== undefined) handler(this.#end);
  }

  onError(handler: (error: Error) => void): void {
    this.#onError = handler;
  }

  /** A quarter of a second old at most; once closed, as of then. */
  drops(): LinkDrops {
    return this.#drops;
  }

  batching(): BatchingStatus | undefined {
    return this.#batching;
  }

  get status(): LinkThreadStatus {
    return { busyShare: this.#busyShare(), pauses: this.proxy.figures.pauses };
  }

  async close(): Promise<void> {
    if (this.#isStopping) return this.#ended;
    this.#isStopping = true;
    this.#post('stop');
    await this.#ended;
  }

  #busyShare(): number {
    const nowMs = performance.now();
    if (nowMs - this.#busy.atMs < SAMPLE_MS || this.#isStopping) return this.#busy.share;
    const { performance: thread } = this.#worker;
    const sample = thread.eventLoopUtilization();
    const share = thread.eventLoopUtilization(sample, this.#busy.sample).utilization;
    this.#busy = { atMs: nowMs, sample, share };
    return share;
  }

  async #terminate(): Promise<void> {
    this.#isStopping = true;
    await this.#worker.terminate();
  }

  #post(command: ThreadCommand): void {
    this.#worker.postMessage(command);
  }

  #handleNews(news: ThreadNews): void {
    if (news.kind === 'report') this.#onReport(asBuffers(news.report));
    else if (news.kind === 'link-error') this.#onError(new Error(news.message));
    else if (news.kind === 'scratch-error') this.#onScratchError(news.message);
    else if (news.kind === 'opened' || news.kind === 'drops') this.#drops = news.drops;
    if (news.kind === 'opened') this.#batching = news.batching;
  }
}

function openingError({ code, message, cure }: ThreadNews & { readonly kind: 'failed' }): Error {
  return code === undefined ? new Error(message) : new DiodeError(code, message, cure ?? '');
}

function lostError(reason: string): Error {
  return new Error(`what the link's thread had put together is lost, since it failed while it ended: ${reason}`);
}

function endedError(reason: string): DiodeError {
  return new DiodeError(
    'link-thread-ended',
    `The thread that reads the link ended: ${reason}.`,
    'Start the receiver again; if it comes back, set link.ownThread: false and report it with this text.',
  );
}
