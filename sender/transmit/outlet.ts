/**
 * Outlet: hello announcer, trust announcer, transmitter ─► [outlet] ─► link. One datagram at a time, as the pacer allows: a
 * hello that is due first, then first passes, then repeats and resends; the trust bundle, while it is due, in a share of
 * what they leave. At a constant rate padding takes all that is left, and nothing but the link's own clock says when a
 * datagram leaves. A session begins with few of them, until its hellos had time to be heard. Pure.
 */
import { SENDER_LIMITS } from '../../src/limits.ts';
import type { Head } from '../../src/wire/hello.ts';
import type { HelloAnnouncer } from './hello-announcer.ts';
import type { HelloBlocks } from './hello-blocks.ts';
import type { Pacer } from './pacer.ts';
import type { SymbolKind, Transmitter } from './transmitter.ts';
import type { TrustAnnouncer } from './trust-announcer.ts';

export type DatagramKind = SymbolKind | 'hello' | 'trust' | 'padding';
export type CountByKind = Readonly<Record<DatagramKind, number>>;

interface PendingDatagram {
  readonly kind: DatagramKind;
  readonly datagram: Buffer;
}

export class Outlet {
  readonly #announcer: HelloAnnouncer;
  readonly #trustAnnouncer: TrustAnnouncer;
  readonly #transmitter: Transmitter;
  readonly #pacer: Pacer;
  readonly #helloBlocks: HelloBlocks | undefined;
  /** The length of every datagram at a constant rate; undefined without one. */
  readonly #constantBytes: number | undefined;
  readonly #datagrams = { source: 0, repair: 0, repeat: 0, resend: 0, hello: 0, trust: 0, padding: 0 };
  readonly #wireBytes = { source: 0, repair: 0, repeat: 0, resend: 0, hello: 0, trust: 0, padding: 0 };
  /** Built, and waiting for the pacer; a hello in control blocks is several datagrams. */
  #hello: readonly PendingDatagram[] = [];
  #symbol: PendingDatagram | undefined;
  #trust: PendingDatagram | undefined;
  /** Datagrams that left since the last one of the trust bundle, without hellos. */
  #symbolsSinceTrust = 0;
  /** Datagrams that left, without hellos. */
  #besideHellos = 0;

  constructor(stages: {
    readonly announcer: HelloAnnouncer;
    readonly trustAnnouncer: TrustAnnouncer;
    readonly transmitter: Transmitter;
    readonly pacer: Pacer;
    /** Cuts hellos into control blocks; absent where a datagram of the link holds one whole. */
    readonly helloBlocks?: HelloBlocks | undefined;
    /** At a constant rate: the length of every datagram in bytes. Absent: no padding. */
    readonly constantBytes?: number | undefined;
  }) {
    this.#announcer = stages.announcer;
    this.#trustAnnouncer = stages.trustAnnouncer;
    this.#transmitter = stages.transmitter;
    this.#pacer = stages.pacer;
    this.#helloBlocks = stages.helloBlocks;
    this.#constantBytes = stages.constantBytes;
  }

  /**
   * The datagram that leaves now, the caller's until `handleHandedOver` says that it was copied; undefined where none is due or
   * the pacer says wait. Paused, no frames leave (at a constant rate the one datagram that is sealed already does): hellos do, so
   * that the link is known to live, and the bundle, which may revoke what the pause is about.
   */
  poll(nowMs: number, wallMs: number, head: Head, isPaused = false): Buffer | undefined {
    if (this.#hello.length === 0) this.#hello = this.#pollHello(nowMs, wallMs, head);
    const [hello] = this.#hello;
    if (hello === undefined && !isPaused && !this.#isHeldBack(nowMs)) this.#symbol ??= this.#transmitter.poll(nowMs);
    const pending = hello ?? this.#nextBehindHello(nowMs, isPaused);
    if (pending === undefined) return undefined;
    const { kind, datagram } = pending;
    if (!this.#pacer.isOpen(nowMs, datagram.length)) return undefined;
    this.#countSent(nowMs, pending);
    if (kind === 'hello') this.#hello = this.#hello.slice(1);
    else if (kind === 'trust') {
      this.#trust = undefined;
      this.#symbolsSinceTrust = 0;
    } else {
      this.#symbol = undefined;
      this.#symbolsSinceTrust++;
      this.#transmitter.handleLeft(nowMs);
    }
    return datagram;
  }

  /**
   * At a constant rate: the padding that leaves now, where `poll` has nothing and nothing else is to be done first. Undefined
   * where the pacer says wait; none is kept.
   */
  pollPadding(nowMs: number): Buffer | undefined {
    if (this.#constantBytes === undefined || !this.#pacer.isOpen(nowMs, this.#constantBytes)) return undefined;
    const datagram = this.#transmitter.padding();
    this.#countSent(nowMs, { kind: 'padding', datagram });
    this.#symbolsSinceTrust++;
    return datagram;
  }

  /** When to poll next, in milliseconds; at or before `nowMs` where there is something now, Infinity where nothing is due. */
  nextDeadlineMs(nowMs: number, isPaused = false): number {
    const dueMs = this.#nextDueMs(nowMs, isPaused);
    return this.#constantBytes === undefined ? dueMs : Math.min(dueMs, this.#pacer.nextDeadlineMs(this.#constantBytes));
  }

  #nextDueMs(nowMs: number, isPaused: boolean): number {
    const [hello] = this.#hello;
    if (hello !== undefined) return this.#pacer.nextDeadlineMs(hello.datagram.length);
    const isTrustTurn = this.#isTrustTurn(isPaused);
    const helloMs = this.#announcer.nextDeadlineMs() ?? nowMs;
    if (isTrustTurn && this.#trust) return Math.min(helloMs, this.#pacer.nextDeadlineMs(this.#trust.datagram.length));
    const trustMs = (isTrustTurn ? this.#trustAnnouncer.nextDeadlineMs() : undefined) ?? Infinity;
    if (isPaused) return Math.min(helloMs, trustMs);
    if (this.#isHeldBack(nowMs)) return Math.min(helloMs, trustMs, this.#announcer.heardMs ?? Infinity);
    const symbolMs =
      this.#symbol === undefined
        ? this.#transmitter.nextDeadlineMs(nowMs)
        : this.#pacer.nextDeadlineMs(this.#symbol.datagram.length);
    return Math.min(helloMs, trustMs, symbolMs ?? Infinity);
  }

  /** As SenderCore.handleHandedOver. */
  handleHandedOver(nowMs: number, isCopied: boolean): void {
    this.#pacer.handleHandedOver(nowMs);
    if (isCopied) this.#transmitter.handleCopied();
  }

  /** As Pacer.burstMs. */
  get burstMs(): number {
    return this.#pacer.burstMs;
  }

  /** Datagrams that left in this run, by kind. */
  get datagrams(): CountByKind {
    return this.#datagrams;
  }

  /** Bytes that they cost on the wire, with the link's own: what the pacer counts. */
  get wireBytes(): CountByKind {
    return this.#wireBytes;
  }

  /** Whether a hello was built and has not left whole. */
  get isAnnouncing(): boolean {
    return this.#hello.length > 0;
  }

  /** While frames wait, the bundle has one datagram of a few. */
  #nextBehindHello(nowMs: number, isPaused: boolean): PendingDatagram | undefined {
    // At a constant rate what is sealed has its counter: kept back, it would leave out of turn, and show that frames waited.
    const symbol = isPaused && this.#constantBytes === undefined ? undefined : this.#symbol;
    if (!this.#isTrustTurn(isPaused)) return symbol;
    if (this.#trust === undefined) {
      const datagram = this.#trustAnnouncer.poll(nowMs);
      if (datagram !== undefined) this.#trust = { kind: 'trust', datagram };
    }
    return this.#trust ?? symbol;
  }

  /** A receiver keeps few datagrams of a session that it has no hello of: at a high rate the first frames would be lost whole. */
  #isHeldBack(nowMs: number): boolean {
    const { heardMs = Infinity } = this.#announcer;
    return this.#besideHellos >= SENDER_LIMITS.maxDatagramsBeforeHeard && nowMs < heardMs;
  }

  /** Never before the first hellos are out: they open the session, and what waits for them has little room. */
  #isTrustTurn(isPaused: boolean): boolean {
    // At a constant rate its place must not tell whether frames wait.
    const isFree = this.#constantBytes === undefined && (isPaused || this.#symbol === undefined);
    const isShare = this.#symbolsSinceTrust >= SENDER_LIMITS.trustEveryDatagrams - 1;
    return (isFree || isShare) && this.#announcer.counter >= SENDER_LIMITS.helloFirstCount;
  }

  #countSent(nowMs: number, { kind, datagram }: PendingDatagram): void {
    this.#pacer.handleSent(nowMs, datagram.length);
    this.#datagrams[kind]++;
    if (kind !== 'hello') this.#besideHellos++;
    this.#wireBytes[kind] += this.#pacer.wireBytes(datagram.length);
  }

  #pollHello(nowMs: number, wallMs: number, head: Head): readonly PendingDatagram[] {
    const hello = this.#announcer.poll(nowMs, wallMs, head);
    if (hello === undefined) return [];
    const datagrams = this.#helloBlocks?.datagrams(hello) ?? [hello];
    return datagrams.map((datagram) => ({ kind: 'hello', datagram }));
  }
}
