/** Both programs' cores end to end: sender core ─► a link that loses what a test says ─► intake ─► publisher ─► model broker. */
import { Intake } from '../../receiver/intake/intake.ts';
import type { IntakeEvent } from '../../receiver/intake/intake-observer.ts';
import { SqliteIntakeStore } from '../../receiver/intake/intake-store.ts';
import { signingKeyId } from '../../src/crypto/digest.ts';
import { DATAGRAM_KIND, datagramKind, readDatagramHeader } from '../../src/wire/datagram.ts';
import { BackHalf } from './back-half.ts';
import {
  boundary,
  type CoreRig,
  coreRig,
  drive,
  encoder,
  type RigOptions,
  receiverAgreement,
  senderAgreement,
  signing,
  stream,
} from './sender-rig.ts';

/** The wall clock at monotonic time 0, on both sides. */
export const WALL_AT_ZERO_MS = 1_800_000_000_000;

export class WholeLine {
  readonly half = new BackHalf();
  readonly intake: Intake;
  readonly events: IntakeEvent[] = [];
  /** Symbols that arrived, by sequence. */
  readonly arrived = new Map<number, number>();
  isLost: (sequence: number) => boolean = () => false;
  nowMs = 0;
  rig: CoreRig;
  readonly #options: RigOptions;
  #session = 1;

  private constructor(rig: CoreRig, options: RigOptions) {
    this.rig = rig;
    this.#options = options;
    const { half } = this;
    this.intake = new Intake({
      boundary,
      stream,
      receiverKeys: receiverAgreement,
      senderAgreementKey: senderAgreement.publicKey,
      senderKeys: { find: (id) => (signingKeyId(signing.publicKey).equals(id) ? signing.publicKey : undefined) },
      decoder: encoder,
      store: new SqliteIntakeStore({
        store: half.database,
        spool: half.store.spool,
        path: ':memory:',
        freeDiskBytes: () => 1e12,
      }),
      audit: half.audit,
      observer: {
        blockCompleted: () => {},
        framesSpooled: () => {},
        frameReleased: () => {},
        clockChanged: () => {},
        event: (event) => this.events.push(event),
      },
      holdMs: 3_000,
      maxSkewMs: 300_000,
    });
  }

  static async open(options: RigOptions = {}): Promise<WholeLine> {
    return new WholeLine(await coreRig(options), options);
  }

  /** The sender as a new process over the same disk. */
  async restartSender(): Promise<void> {
    this.#session += 1;
    const { store } = this.rig;
    this.rig = await coreRig({ ...this.#options, store, nowMs: this.nowMs, wallMs: WALL_AT_ZERO_MS + this.nowMs });
  }

  /** Both sides for so long; then all that was spooled is published. */
  async pass(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    for (const { atMs, datagram } of drive(this.rig.core, this.nowMs, endMs, WALL_AT_ZERO_MS)) {
      for (; this.nowMs + POLL_MS < atMs; this.#poll(this.nowMs + POLL_MS));
      this.#poll(atMs);
      this.#deliver(datagram);
    }
    for (; this.nowMs < endMs; this.#poll(Math.min(endMs, this.nowMs + POLL_MS)));
    this.half.clock.wall = WALL_AT_ZERO_MS + this.nowMs;
    await this.half.run();
  }

  #deliver(datagram: Buffer): void {
    const wallMs = WALL_AT_ZERO_MS + this.nowMs;
    if (datagramKind(datagram) === DATAGRAM_KIND.symbol) {
      const { sequence } = readDatagramHeader(datagram);
      if (this.isLost(sequence)) return;
      this.arrived.set(sequence, (this.arrived.get(sequence) ?? 0) + 1);
    }
    this.intake.handleDatagram(this.nowMs, wallMs, Buffer.from(datagram));
    const sealed = this.intake.sealedSecret;
    // As sender-rig draws it for its sessions.
    if (sealed !== undefined)
      this.intake.handleSecret(this.nowMs, wallMs, sealed, Buffer.alloc(32, 64 + this.#session));
  }

  #poll(nowMs: number): void {
    this.nowMs = nowMs;
    this.intake.poll(nowMs, WALL_AT_ZERO_MS + nowMs);
  }
}

/** As receiver/intake/intake-loop.ts: polled at least so often. */
const POLL_MS = 250;
