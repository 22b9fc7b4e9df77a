/**
 * Outlet: hello announcer, transmitter ─► [outlet] ─► link. One datagram at a time, as the pacer allows: a hello that is due
 * first, then first passes, then repeats and resends. Pure.
 */
import type { Head } from '../src/wire/hello.ts';
import type { HelloAnnouncer } from './hello-announcer.ts';
import type { HelloBlocks } from './hello-blocks.ts';
import type { Pacer } from './pacer.ts';
import type { SymbolKind, Transmitter } from './transmitter.ts';

export type DatagramKind = SymbolKind | 'hello';
export type CountByKind = Readonly<Record<DatagramKind, number>>;

interface PendingDatagram {
  readonly kind: DatagramKind;
  readonly datagram: Buffer;
}

export class Outlet {
  readonly #announcer: HelloAnnouncer;
  readonly #transmitter: Transmitter;
  readonly #pacer: Pacer;
  readonly #helloBlocks: HelloBlocks | undefined;
  readonly #datagrams = { source: 0, repair: 0, repeat: 0, resend: 0, hello: 0 };
  readonly #wireBytes = { source: 0, repair: 0, repeat: 0, resend: 0, hello: 0 };
  /** Built, and not yet allowed to leave. */
  #hello: readonly PendingDatagram[] = [];
  #symbol: PendingDatagram | undefined;

  constructor(stages: {
    readonly announcer: HelloAnnouncer;
    readonly transmitter: Transmitter;
    readonly pacer: Pacer;
    /** Where no datagram of the link holds a hello. */
    readonly helloBlocks?: HelloBlocks | undefined;
  }) {
    this.#announcer = stages.announcer;
    this.#transmitter = stages.transmitter;
    this.#pacer = stages.pacer;
    this.#helloBlocks = stages.helloBlocks;
  }

  /**
   * The datagram that leaves now, in memory of its own; undefined where none is due or the pacer says wait. Paused, only
   * hellos leave, so that the link is known to live.
   */
  poll(nowMs: number, wallMs: number, head: Head, isPaused = false): Buffer | undefined {
    if (this.#hello.length === 0) this.#hello = this.#pollHello(nowMs, wallMs, head);
    const [hello] = this.#hello;
    if (hello === undefined && !isPaused) this.#symbol ??= this.#transmitter.poll(nowMs);
    const pending = hello ?? (isPaused ? undefined : this.#symbol);
    if (pending === undefined) return undefined;
    const { kind, datagram } = pending;
    if (!this.#pacer.isOpen(nowMs, datagram.length)) return undefined;
    this.#pacer.handleSent(nowMs, datagram.length);
    this.#datagrams[kind]++;
    this.#wireBytes[kind] += this.#pacer.wireBytes(datagram.length);
    if (kind === 'hello') this.#hello = this.#hello.slice(1);
    else {
      this.#symbol = undefined;
      this.#transmitter.handleLeft(nowMs);
    }
    return datagram;
  }

  /** At or before `nowMs` where there is something to poll for now. */
  nextDeadlineMs(nowMs: number, isPaused = false): number {
    const [hello] = this.#hello;
    if (hello !== undefined) return this.#pacer.nextDeadlineMs(hello.datagram.length);
    const helloMs = this.#announcer.nextDeadlineMs() ?? nowMs;
    if (isPaused) return helloMs;
    const symbolMs =
      this.#symbol === undefined
        ? this.#transmitter.nextDeadlineMs(nowMs)
        : this.#pacer.nextDeadlineMs(this.#symbol.datagram.length);
    return Math.min(helloMs, symbolMs ?? Infinity);
  }

  /** Datagrams that left. */
  get datagrams(): CountByKind {
    return this.#datagrams;
  }

  /** What they cost on the wire, with the link's own bytes: what the pacer counts. */
  get wireBytes(): CountByKind {
    return this.#wireBytes;
  }

  /** Whether a hello was built and has not left whole. */
  get isAnnouncing(): boolean {
    return this.#hello.length > 0;
  }

  #pollHello(nowMs: number, wallMs: number, head: Head): readonly PendingDatagram[] {
    const hello = this.#announcer.poll(nowMs, wallMs, head);
    if (hello === undefined) return [];
    const datagrams = this.#helloBlocks?.datagrams(hello) ?? [hello];
    return datagrams.map((datagram) => ({ kind: 'hello', datagram }));
  }
}
