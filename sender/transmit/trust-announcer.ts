/**
 * Trust announcer: [trust announcer] ─► outlet. What root holders signed, repeated in control blocks of lane 254: at once
 * when it changed or a session began, then rarely. It is sealed for each receiver under a key of the two cards alone, so one
 * that believes no key of this sender yet can open it. docs/wire-format.md, "Control blocks". Pure.
 */
import { SENDER_LIMITS, WIRE_LIMITS } from '../../src/limits.ts';
import { encodeTrustObject, TRUST_LANE } from '../../src/wire/control.ts';
import { DATAGRAM_KIND, HEADER_BYTES, TAG_BYTES, writeDatagramHeader } from '../../src/wire/datagram.ts';
import { SUITE_1 } from '../../src/wire/frame.ts';
import { type BlockEncoder, FramePass, type PassSymbol } from './frame-pass.ts';
import type { Session, SessionReceiver } from './session.ts';

export interface TrustAnnouncerOptions {
  readonly session: Pick<Session, 'handle'> & { readonly receivers: readonly Pick<SessionReceiver, 'trustCipher'>[] };
  /** Largest symbol, a multiple of 64. */
  readonly symbolBytes: number;
  readonly repairPercent: number;
  /** PassOptions.isFullLength. */
  readonly isFullLength?: boolean | undefined;
  readonly encoder: BlockEncoder;
  /** What a datagram of so many bytes takes the link. */
  readonly wireMs: (datagramBytes: number) => number;
}

/** One sending of the object; each symbol goes to one receiver after the other. */
interface Sending {
  readonly pass: FramePass;
  symbol: PassSymbol | undefined;
  receiver: number;
}

export class TrustAnnouncer {
  readonly #options: TrustAnnouncerOptions;
  #object: Uint8Array | undefined;
  /** Of the object; another content has another. */
  #number = 0;
  /** Of the last datagram to each receiver; all receivers have had as many. */
  #counter = 0;
  /** Of this object, begun. */
  #passes = 0;
  #sending: Sending | undefined;
  #dueMs: number | undefined;
  #lastMs: number | undefined;

  constructor(options: TrustAnnouncerOptions) {
    this.#options = options;
  }

  /** What is carried from now on, see `encodeTrustObject`; nothing where it is empty. The same again changes nothing. */
  replace(statements: readonly string[]): void {
    const object = statements.length === 0 ? undefined : encodeTrustObject(statements);
    if (Buffer.compare(object ?? NOTHING, this.#object ?? NOTHING) === 0) return;
    this.#object = object;
    this.#number++;
    this.#passes = 0;
    this.#sending = undefined;
    this.#dueMs = undefined;
  }

  /** The next datagram of a sending that is due or under way, in memory of its own. */
  poll(nowMs: number): Buffer | undefined {
    this.#sending ??= this.#begin(nowMs);
    const sending = this.#sending;
    if (sending?.symbol === undefined) return undefined;
    const datagram = this.#datagram(sending, sending.symbol);
    sending.receiver++;
    if (sending.receiver === this.#options.session.receivers.length) {
      sending.receiver = 0;
      sending.symbol = sending.pass.next();
      if (sending.symbol === undefined) this.#sending = undefined;
    }
    return datagram;
  }

  /** Undefined where nothing is carried; in the past where something is to be sent now. */
  nextDeadlineMs(): number | undefined {
    if (this.#object === undefined) return undefined;
    return this.#sending === undefined ? (this.#dueMs ?? 0) : 0;
  }

  /** How often what is carried was begun to be sent in this session. */
  get passes(): number {
    return this.#passes;
  }

  /** When it last was. */
  get lastMs(): number | undefined {
    return this.#lastMs;
  }

  /** What the receivers' objects are called; it rises with each change. */
  get number(): number {
    return this.#number;
  }

  #begin(nowMs: number): Sending | undefined {
    const { symbolBytes, repairPercent, isFullLength, encoder, session, wireMs } = this.#options;
    if (this.#object === undefined || nowMs < (this.#dueMs ?? 0)) return undefined;
    this.#passes++;
    this.#lastMs = nowMs;
    const shape = { frame: this.#object, maxSymbolBytes: symbolBytes, repairPercent, isFullLength, encoder };
    const pass = new FramePass({ ...shape, pass: this.#passes });
    const datagramBytes = HEADER_BYTES + pass.geometry.symbolBytes + TAG_BYTES;
    const linkMs = pass.symbolCount * session.receivers.length * wireMs(datagramBytes);
    this.#dueMs = nowMs + Math.max(SENDER_LIMITS.trustIntervalMs, SENDER_LIMITS.trustFactor * linkMs);
    return { pass, symbol: pass.next(), receiver: 0 };
  }

  #datagram({ pass, receiver }: Sending, { symbol, ...place }: PassSymbol): Buffer {
    const { handle, receivers } = this.#options.session;
    if (receiver === 0) this.#counter++;
    // A counter twice would be a nonce twice (RFC 8439 §4).
    if (this.#counter > WIRE_LIMITS.maxSequence) throw new Error('the counter of this session is used up');
    const datagram = Buffer.allocUnsafe(HEADER_BYTES + symbol.length + TAG_BYTES);
    writeDatagramHeader(datagram, 0, {
      suite: SUITE_1,
      kind: DATAGRAM_KIND.control,
      session: handle,
      lane: TRUST_LANE,
      counter: this.#counter,
      sequence: this.#number,
      blockCount: pass.geometry.blockCount,
      frameBytes: pass.geometry.frameBytes,
      ...place,
    });
    (receivers[receiver] as Pick<SessionReceiver, 'trustCipher'>).trustCipher.seal(
      datagram,
      HEADER_BYTES,
      symbol,
      this.#counter,
    );
    return datagram;
  }
}

const NOTHING = new Uint8Array();
