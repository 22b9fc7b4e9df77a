/** The receiver's front half over SQLite in memory, on a clock of the test's. */
import { Gate } from '../../receiver/gate/gate.ts';
import { Spool } from '../../receiver/gate/spool.ts';
import { Intake, type IntakeOptions } from '../../receiver/intake/intake.ts';
import type { IntakeEvent } from '../../receiver/intake/intake-observer.ts';
import { SqliteIntakeStore } from '../../receiver/intake/intake-store.ts';
import { RECEIVER_MIGRATIONS } from '../../receiver/receiver-store.ts';
import type { AuditEvent } from '../../src/audit/audit-log.ts';
import { openStore, type Store } from '../../src/store/database.ts';
import {
  BOUNDARY,
  codec,
  type ModelSession,
  receiverKeys,
  STREAM,
  senderAgreementKeys,
  senderKeys,
  WALL_MS,
} from './model-sender.ts';

export const HOLD_MS = 3_000;
export const MAX_SKEW_MS = 300_000;

export interface FrontHalfOptions {
  readonly store?: Store;
  readonly maxBytes?: number;
  readonly changes?: Partial<IntakeOptions>;
}

export class FrontHalf {
  readonly store: Store;
  readonly spool: Spool;
  readonly intake: Intake;
  readonly audited: AuditEvent[] = [];
  readonly events: IntakeEvent[] = [];
  /** What happened, in order: commits among audit syncs. */
  readonly steps: string[] = [];
  nowMs = 1_000;
  /** Wall clock less the monotonic one. */
  wallOffsetMs = WALL_MS;

  /** `store`: of a receiver that ran before. */
  constructor(options: FrontHalfOptions = {}) {
    this.store = options.store ?? openStore(':memory:', RECEIVER_MIGRATIONS);
    this.spool = new Spool(this.store, { maxBytes: options.maxBytes ?? 1e9 });
    const store = new SqliteIntakeStore({
      store: this.store,
      spool: this.spool,
      path: '/data/receiver.db',
      freeDiskBytes: () => 1e12,
    });
    this.intake = new Intake({
      boundary: BOUNDARY,
      stream: STREAM,
      receiverKeys,
      senderAgreementKey: senderAgreementKeys.publicKey,
      senderKeys,
      decoder: codec,
      store,
      audit: {
        append: (_, entry) => this.audited.push(entry),
        sync: () => this.steps.push('audit-sync'),
        close: () => {},
      },
      observer: {
        blockCompleted: () => {},
        framesSpooled: ({ frames }) => this.steps.push(`spooled ${frames}`),
        frameReleased: () => {},
        clockChanged: () => {},
        event: (event) => this.events.push(event),
      },
      holdMs: HOLD_MS,
      maxSkewMs: MAX_SKEW_MS,
      ...options.changes,
    });
  }

  get wallMs(): number {
    return this.nowMs + this.wallOffsetMs;
  }

  /** Hands in datagrams, then polls, as one turn of the event loop does. */
  receive(...datagrams: readonly Buffer[]): void {
    for (const datagram of datagrams) {
      const lent = Buffer.from(datagram);
      this.arrive(lent);
      // As a link does, which puts another datagram there.
      lent.fill(0xee);
    }
    this.poll();
  }

  /** One datagram of a turn that has more. */
  arrive(datagram: Buffer): void {
    this.intake.handleDatagram(this.nowMs, this.wallMs, datagram);
  }

  /** A hello, and the secret of its session where it is new. */
  meet(session: ModelSession, hello: Buffer = session.hello()): void {
    this.receive(hello);
    this.open(session);
  }

  open(session: ModelSession): void {
    const sealed = this.intake.sealedSecret;
    if (sealed !== undefined) this.intake.handleSecret(this.nowMs, this.wallMs, sealed, session.secret);
    this.poll();
  }

  pass(ms: number): void {
    this.nowMs += ms;
    this.poll();
  }

  poll(): void {
    this.intake.poll(this.nowMs, this.wallMs);
  }

  /** Sequences in the order in which they were spooled; a healed one is marked. */
  get spooled(): readonly string[] {
    return this.spool
      .next(0, { maxFrames: 100_000, maxBytes: 1e12, maxRecords: 1e12 })
      .map(({ sequence, isHealed }) => (isHealed ? `${sequence} healed` : `${sequence}`));
  }

  get status() {
    return this.intake.status(this.nowMs);
  }

  eventNames(): readonly string[] {
    return this.events.map(({ event }) => event);
  }
}

export function newGate(): Gate {
  return new Gate({ boundary: BOUNDARY, stream: STREAM, holdMs: HOLD_MS });
}
