/** A started receiver: tells how it does, hears what operators ask, and stops in good order. */
import { setTimeout as delay } from 'node:timers/promises';
import type { ReceiverConfig } from '../src/config/receiver-config.ts';
import type { KafkaState } from '../src/kafka/kafka-connection.ts';
import { RECEIVER_LIMITS } from '../src/limits.ts';
import type { ReceiveLink } from '../src/link/link.ts';
import type { RequestHandlers } from '../src/ops/request-desk.ts';
import type { Intake } from './intake/intake.ts';
import type { IntakeLoop } from './intake/intake-loop.ts';
import type { LinkThread } from './link-thread/link-thread.ts';
import type { ImportDesk } from './media/import-desk.ts';
import type { Log } from './ops/receiver-log.ts';
import { receiverRequests } from './ops/receiver-requests.ts';
import { type ReceiverStatus, receiverStatus } from './ops/receiver-status.ts';
import type { Publisher, PublisherClock } from './publish/publisher.ts';
import type { TopicNames } from './publish/topics.ts';
import type { ReceiverStore } from './receiver-store.ts';
import type { TokenChecks } from './tokens/token-checks.ts';
import type { TokenPolicy } from './tokens/token-policy.ts';
import type { VerificationEndpoint } from './tokens/verification-endpoint.ts';
import type { TrustDesk } from './trust/trust-desk.ts';
import type { UnpinnedTrust } from './trust/unpinned-trust.ts';

export interface Receiver {
  status(): ReceiverStatus;
  /** Rejects when the receiver can go on no more: disk or audit failed. A halted stream or an absent Kafka is none. */
  readonly failed: Promise<never>;
  /** What operators' commands may ask of it; not after `stop`. */
  readonly requests: RequestHandlers;
  /** Accepts nothing more, publishes what is spooled for at most `drainMs` (5 s by default), and closes. The rest stays spooled. */
  stop(drainMs?: number): Promise<void>;
}

export interface ReceiverParts {
  readonly config: ReceiverConfig;
  readonly stream: string;
  readonly topics: TopicNames;
  readonly tokens: TokenPolicy;
  readonly checks: TokenChecks;
  readonly store: ReceiverStore;
  readonly link: ReceiveLink | LinkThread;
  readonly intake: Intake;
  readonly loop: IntakeLoop;
  readonly publisher: Publisher;
  /** Of the publisher's run. */
  readonly running: Promise<void>;
  readonly kafkaState: () => KafkaState;
  readonly imports: ImportDesk | undefined;
  readonly trust: TrustDesk | undefined;
  readonly unpinned: UnpinnedTrust | undefined;
  readonly verification: VerificationEndpoint | undefined;
  readonly clock: PublisherClock;
  readonly log: Log;
  readonly failed: Promise<never>;
}

export class RunningReceiver implements Receiver {
  readonly failed: Promise<never>;
  readonly requests: RequestHandlers;
  readonly #parts: ReceiverParts;

  constructor(parts: ReceiverParts) {
    const { config, stream, store, publisher, intake, trust, imports, clock } = parts;
    this.#parts = parts;
    this.failed = parts.failed;
    this.requests = {
      ...trust?.requests,
      ...receiverRequests({
        store,
        publisher,
        intake,
        boundary: config.boundary,
        stream,
        policy: { approvers: config.approvers, approvals: config.approvals, maxSkewMs: config.clock.maxSkewMs },
        nowMs: clock.monotonicMs,
        wallMs: clock.wallMs,
        onImport: () => imports?.wake(),
      }),
    };
  }

  status(): ReceiverStatus {
    const { config, stream, topics, tokens, checks, store, link, publisher, intake, clock } = this.#parts;
    const { imports, trust, unpinned, verification, kafkaState } = this.#parts;
    return receiverStatus({
      boundary: config.boundary,
      stream,
      topics,
      kafkaState: kafkaState(),
      publisher,
      store,
      limits: config.guard,
      isKnown: tokens.limits.isKnown,
      unlistedAudiences: tokens.unlistedAudiences,
      tokenChecks: checks.status,
      wallMs: clock.wallMs(),
      intake: intake.status(clock.monotonicMs()),
      drops: link.drops(),
      line: 'line' in link ? link.line?.() : undefined,
      batching: link.batching?.(),
      linkThread: 'status' in link ? link.status : undefined,
      ...(imports && { imports: imports.status }),
      ...(trust && { trust: trust.status }),
      ...(unpinned && { unpinned: unpinned.status }),
      ...(verification && { verification: verification.status }),
    });
  }

  async stop(drainMs: number = RECEIVER_LIMITS.drainMs): Promise<void> {
    const { verification, imports, loop, link, clock, publisher, running, checks, store, log } = this.#parts;
    await verification?.close();
    imports?.stop();
    await loop.stop();
    await link.close();
    const untilMs = clock.monotonicMs() + drainMs;
    while (publisher.isPublishing && !publisher.isDrained && clock.monotonicMs() < untilMs) await delay(DRAIN_LOOK_MS);
    publisher.stop();
    const ended = running.then(
      () => 'ended',
      () => 'ended',
    );
    const end = await Promise.race([ended, delay(RECEIVER_LIMITS.publisherStopMs, 'late', { ref: false })]);
    await checks.close();
    // A transaction that is still under way would apply itself to the tables: they stay open until the process ends.
    if (end === 'ended') store.close();
    else log.warn({}, 'the last transaction did not end in time: the next start asks Kafka what became of it');
  }
}

const DRAIN_LOOK_MS = 20;
