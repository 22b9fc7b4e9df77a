/**
 * Hello announcer: [hello announcer] ─► outlet. Says when a hello is due and builds it: a few in quick succession when a
 * session begins, every second for a while, then at the configured interval, and soon after the last frame of a run of
 * frames, so that a lost tail shows. The first ones are quick because what follows a lost first hello waits in a small
 * ring of the receiver: at 50 Mbit/s it holds 120 ms.
 * Pure; two clocks come in, monotonic for deadlines and wall for the stamp.
 */
import { helloMac, signingKeyId } from '../../src/crypto/digest.ts';
import { sign } from '../../src/crypto/sodium.ts';
import { SENDER_LIMITS } from '../../src/limits.ts';
import { SUITE_1 } from '../../src/wire/frame.ts';
import {
  encodeHello,
  encodeHelloBody,
  encodeHelloDatagram,
  type Head,
  helloMacInput,
  helloSignatureInput,
  type LinkParameters,
  PROTOCOL_VERSION,
} from '../../src/wire/hello.ts';
import type { KeyAt } from '../trust/signing-keys.ts';
import type { Session } from './session.ts';

export interface HelloOptions {
  readonly boundary: string;
  readonly stream: string;
  readonly keys: KeyAt;
  readonly session: Session;
  readonly link: LinkParameters;
  /** The last frame of the epoch before; it does not change while a session lasts. */
  readonly previousEpoch?: Head | undefined;
  /** How long a hello of so many bytes takes the link; without it, no time that counts. */
  readonly linkMs?: ((helloBytes: number) => number) | undefined;
}

export class HelloAnnouncer {
  readonly #options: HelloOptions;
  #counter = 0;
  #startedMs: number | undefined;
  #lastMs: number | undefined;
  #heardMs: number | undefined;
  #isTailUnannounced = false;
  #isLastDue = false;
  /** What the last hello took. */
  #linkMs = 0;

  constructor(options: HelloOptions) {
    this.#options = options;
  }

  /** Nothing is left to send for the first time: the next hello comes at once, or a second after the last one. */
  handleIdle(): void {
    this.#isTailUnannounced = true;
  }

  /** There is more to send for the first time, whose end is announced in its turn. */
  handleBusy(): void {
    this.#isTailUnannounced = false;
  }

  /** The sender stops: one more hello at once, so that a tail lost now shows now. */
  handleStop(): void {
    this.#isLastDue = true;
  }

  /** The hello datagram where one is due. `head`: the journal's. */
  poll(nowMs: number, wallMs: number, head: Head): Buffer | undefined {
    const dueMs = this.nextDeadlineMs();
    if (dueMs !== undefined && nowMs < dueMs) return undefined;
    this.#startedMs ??= nowMs;
    this.#lastMs = nowMs;
    this.#isTailUnannounced = false;
    this.#isLastDue = false;
    this.#counter++;
    const hello = this.#build(wallMs, head);
    const linkMs = this.#options.linkMs?.(hello.length) ?? 0;
    const hasChanged = linkMs !== this.#linkMs;
    this.#linkMs = linkMs;
    if (this.#counter === SENDER_LIMITS.helloFirstCount) this.#heardMs = nowMs + this.#firstIntervalMs;
    // It says when the next one comes, and that depends on how long it takes.
    return hasChanged ? this.#build(wallMs, head) : hello;
  }

  /** Undefined before the first hello, which is due at once. */
  nextDeadlineMs(): number | undefined {
    if (this.#lastMs === undefined) return undefined;
    if (this.#isLastDue) return this.#lastMs;
    const mostMs = this.#counter < SENDER_LIMITS.helloFirstCount ? this.#firstIntervalMs : Number.POSITIVE_INFINITY;
    const intervalMs = Math.min(this.intervalMs, mostMs);
    const soonMs = Math.min(intervalMs, this.#startIntervalMs);
    return this.#lastMs + (this.#isTailUnannounced ? soonMs : intervalMs);
  }

  /**
   * When a receiver may be taken to know the session: the first hellos are out, and the last of them as long ago as lies
   * between two. Undefined before that is known.
   */
  get heardMs(): number | undefined {
    return this.#heardMs;
  }

  /** Of the last hello; 0 before the first. */
  get counter(): number {
    return this.#counter;
  }

  get lastMs(): number | undefined {
    return this.#lastMs;
  }

  /** What hellos announce: by it the receiver judges silence. */
  get intervalMs(): number {
    const helloIntervalMs = Math.max(
      this.#options.link.helloIntervalMs,
      Math.ceil(SENDER_LIMITS.helloFactor * this.#linkMs),
    );
    const ageMs = (this.#lastMs ?? 0) - (this.#startedMs ?? 0);
    const isStart = ageMs < SENDER_LIMITS.helloStartMs;
    return isStart ? Math.min(this.#startIntervalMs, helloIntervalMs) : helloIntervalMs;
  }

  get #firstIntervalMs(): number {
    return Math.max(SENDER_LIMITS.helloFirstIntervalMs, SENDER_LIMITS.helloFirstFactor * this.#linkMs);
  }

  get #startIntervalMs(): number {
    return Math.max(SENDER_LIMITS.helloStartIntervalMs, Math.ceil(SENDER_LIMITS.helloStartFactor * this.#linkMs));
  }

  #build(wallMs: number, head: Head): Buffer {
    const { boundary, stream, keys, session, link, previousEpoch } = this.#options;
    const signing = keys.at(wallMs);
    const body = encodeHelloBody({
      protocolVersion: PROTOCOL_VERSION,
      suite: SUITE_1,
      boundary,
      stream,
      sessionNumber: session.number,
      sessionId: session.id,
      counter: this.#counter,
      sentAtMs: wallMs,
      keyId: signingKeyId(signing.publicKey),
      link: { ...link, helloIntervalMs: this.intervalMs },
      head,
      sealed: session.sealed,
      ...(previousEpoch && { previousEpoch }),
    });
    const hello = encodeHello({ body, signature: sign(helloSignatureInput(body), signing.secretKey) });
    const macInput = helloMacInput(hello, session.receivers.length);
    return encodeHelloDatagram(
      hello,
      session.receivers.map(({ receiverId, macKey }) => ({ receiverId, mac: helloMac(macKey, macInput) })),
    );
  }
}
