/** A receiver's front half on virtual time, over a store that outlives its crashes. */

import type { GateState } from '../../receiver/gate.ts';
import { Intake } from '../../receiver/intake.ts';
import type { IntakeStatus } from '../../receiver/intake-observer.ts';
import { type IntakeStore, SqliteIntakeStore } from '../../receiver/intake-store.ts';
import { RECEIVER_MIGRATIONS } from '../../receiver/receiver-store.ts';
import { Spool, type SpooledFrame } from '../../receiver/spool.ts';
import { agreementKeyPair, openSecret } from '../../src/crypto/agreement.ts';
import { equalBytes, signingKeyId } from '../../src/crypto/digest.ts';
import type { BlockCodec } from '../../src/fec/block-codec.ts';
import { openStore, type Store } from '../../src/store/database.ts';
import { sessionAssociatedData } from '../../src/wire/hello.ts';
import { ModelCrash } from './model-crash.ts';
import type { Random } from './random.ts';
import type { Interruption, Scenario } from './scenario.ts';
import { BOUNDARY, SENDER_AGREEMENT, SIGNING, START_MS, STREAM } from './sender-node.ts';
import type { VirtualTime } from './virtual-time.ts';

export const RECEIVER_AGREEMENT = agreementKeyPair(Buffer.alloc(32, 3));
const SIGNING_KEY_ID = signingKeyId(SIGNING.publicKey);
/** As receiver/intake-loop.ts: polled at least so often. */
const MAX_SLEEP_MS = 250;
const LEAST_SLEEP_MS = 1;
const ALL_FRAMES = { maxFrames: 1e9, maxBytes: 1e9, maxRecords: 1e9 };

export interface ReceiverNodeOptions {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly scenario: Scenario;
  readonly codec: BlockCodec;
  readonly holdMs: number;
  /** Behind each durable commit, with what the spool then has that it had not before. */
  readonly onCommit: (spooled: readonly SpooledFrame[], gate: GateState | undefined) => void;
  /** A session's secret is open, by its handle. */
  readonly onSession: (handle: number) => void;
  readonly onCrash: () => void;
  readonly onEvent: (event: { readonly event: string }) => void;
}

export class ReceiverNode {
  readonly #options: ReceiverNodeOptions;
  readonly #store: Store = openStore(':memory:', RECEIVER_MIGRATIONS);
  #intake: Intake | undefined;
  #life = 0;
  #isOpening = false;
  isFragile = true;

  constructor(options: ReceiverNodeOptions) {
    this.#options = options;
  }

  start(): void {
    const { codec, holdMs, onEvent } = this.#options;
    const life = ++this.#life;
    this.#isOpening = false;
    this.#intake = new Intake({
      boundary: BOUNDARY,
      stream: STREAM,
      receiverKeys: RECEIVER_AGREEMENT,
      senderAgreementKey: SENDER_AGREEMENT.publicKey,
      senderKeys: { find: (id) => (equalBytes(id, SIGNING_KEY_ID) ? SIGNING.publicKey : undefined) },
      decoder: codec,
      store: this.#fragileStore(),
      audit: { append: () => undefined, sync: () => undefined, close: () => undefined },
      observer: {
        blockCompleted: () => undefined,
        framesSpooled: () => undefined,
        frameReleased: () => undefined,
        clockChanged: () => undefined,
        event: onEvent,
      },
      holdMs,
      maxSkewMs: 300_000,
    });
    this.#openSession(life);
    this.#poll(life);
  }

  crash(interruption: Pick<Interruption, 'forMs'>): void {
    this.#intake = undefined;
    const life = ++this.#life;
    this.#options.onCrash();
    this.#options.time.after(interruption.forMs, () => (this.#life === life ? this.start() : undefined));
  }

  /** False where nobody is there to take it. */
  handleDatagram(bytes: Buffer): boolean {
    const intake = this.#intake;
    const life = this.#life;
    if (intake === undefined) return false;
    const { time } = this.#options;
    this.#guard(() => intake.handleDatagram(time.nowMs, this.#wallMs, bytes));
    this.#openSession(life);
    // As setImmediate does it: behind the datagrams that are there already.
    if (intake.hasReleased) time.after(0, () => this.#commit(life));
    return this.#life === life;
  }

  status(): IntakeStatus | undefined {
    return this.#intake?.status(this.#options.time.nowMs);
  }

  close(): void {
    this.#store.close();
  }

  #commit(life: number): void {
    const intake = this.#intake;
    if (intake === undefined || life !== this.#life) return;
    this.#guard(() => intake.poll(this.#options.time.nowMs, this.#wallMs));
  }

  #poll(life: number): void {
    this.#commit(life);
    const intake = this.#intake;
    if (intake === undefined || life !== this.#life) return;
    const { time } = this.#options;
    const dueMs = (intake.nextDeadlineMs() ?? Number.POSITIVE_INFINITY) - time.nowMs;
    time.after(Math.min(Math.max(dueMs, LEAST_SLEEP_MS), MAX_SLEEP_MS), () => this.#poll(life));
  }

  #openSession(life: number): void {
    const sealed = this.#intake?.sealedSecret;
    if (sealed === undefined || this.#isOpening || life !== this.#life) return;
    const { time, random, onSession } = this.#options;
    this.#isOpening = true;
    time.after(random.fraction() * 5, async () => {
      const { body } = sealed.hello;
      const secret = await openSecret(RECEIVER_AGREEMENT, sealed.hello.sealed, sessionAssociatedData(body));
      const intake = this.#intake;
      if (life !== this.#life || intake === undefined) return;
      this.#isOpening = false;
      // Before the frames that waited for it are judged.
      onSession(Buffer.from(body.sessionId).readUInt32BE(0));
      this.#guard(() => intake.handleSecret(time.nowMs, this.#wallMs, sealed, secret));
      this.#openSession(life);
      if (intake.hasReleased) time.after(0, () => this.#commit(life));
    });
  }

  /** The store as it is, but for crashes before a commit and right behind it. */
  #fragileStore(): IntakeStore {
    const { random, scenario, onCommit } = this.#options;
    const spool = new Spool(this.#store, { maxBytes: 1e9 });
    const store = new SqliteIntakeStore({
      store: this.#store,
      spool,
      path: ':memory:',
      freeDiskBytes: () => 1e12,
    });
    const crash = () => {
      const isNow = random.chance(scenario.crashAtCommit / 2);
      if (isNow && this.isFragile) throw new ModelCrash();
    };
    return {
      load: () => store.load(),
      fullReason: (bytes) => store.fullReason(bytes),
      get lastPosition() {
        return store.lastPosition;
      },
      commit: (batch) => {
        const before = spool.lastPosition;
        crash();
        store.commit(batch);
        onCommit(spool.next(before, ALL_FRAMES), store.load().state);
        crash();
      },
    };
  }

  #guard(step: () => void): void {
    try {
      step();
    } catch (error) {
      if (!(error instanceof ModelCrash)) throw error;
      this.crash({ forMs: this.#options.random.integer(0, 3_000) });
    }
  }

  get #wallMs(): number {
    return START_MS + Math.floor(this.#options.time.nowMs);
  }
}
