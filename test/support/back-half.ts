/** The back half over a model broker and virtual time: a store, a publisher that runs until it has nothing to do. */

import { Spool } from '../../receiver/gate/spool.ts';
import type { PublisherEvent, PublisherObserver } from '../../receiver/ops/receiver-observer.ts';
import type { AdmissionRules } from '../../receiver/publish/admission.ts';
import { tokensIn } from '../../receiver/publish/group-reader.ts';
import type { Progress } from '../../receiver/publish/progress.ts';
import { Publisher, type PublisherOptions } from '../../receiver/publish/publisher.ts';
import type { RecoveryContext } from '../../receiver/publish/recovery.ts';
import { topicNames } from '../../receiver/publish/topics.ts';
import type { JudgementTime } from '../../receiver/publish/transaction-plan.ts';
import { RECEIVER_MIGRATIONS, ReceiverStore } from '../../receiver/receiver-store.ts';
import type { RevokedKeys } from '../../receiver/trust/key-withdrawal.ts';
import type { AuditEvent, AuditLog } from '../../src/audit/audit-log.ts';
import { sha256Hex } from '../../src/crypto/digest.ts';
import { compileIdentityRules } from '../../src/identity/identity-rules.ts';
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import { openStore, type Store } from '../../src/store/database.ts';
import type { TokenVerdict } from '../../src/token/token-checker.ts';
import type { FrameHeader } from '../../src/wire/frame.ts';
import type { TokenRecord } from '../../src/wire/record.ts';
import { progressIn } from './kafka-value.ts';
import { ModelKafka } from './model-kafka.ts';
import { BOUNDARY, CREATED_AT_MS, STREAM } from './signed-stream.ts';

export const ISSUER = 'https://idp.example';
export const TOPICS = topicNames({ topicPrefix: 'site-a.' });

export const RULES: AdmissionRules = {
  identity: compileIdentityRules({
    resourceTypes: [{ type: 'User' }, { type: 'Group' }],
    tokenIssuers: [ISSUER],
  }),
  tokens: {
    maxTokenIds: RECEIVER_LIMITS.maxTokenIds,
    maxRevocations: RECEIVER_LIMITS.maxRevocations,
    isKnown: () => true,
    maxLifetimeMs: () => 3_600_000,
  },
  topics: TOPICS,
  hasHistory: false,
};

/** Test tokens: "jti subject issuedAt expiresAt [slot]" stands for the JWS, "bad" for one that is refused. */
export function testToken(claims: {
  jti: string;
  subject?: string;
  issuedAtMs?: number;
  lifetimeMs?: number;
  slot?: string;
  salt?: string;
  keyId?: string;
}): TokenRecord {
  const { jti, subject = 'alice', issuedAtMs = CREATED_AT_MS, lifetimeMs = 600_000 } = claims;
  const { slot = '', salt = '', keyId = 'k' } = claims;
  return {
    kind: 'token',
    jws: JSON.stringify({ jti, subject, issuedAtMs, expiresAtMs: issuedAtMs + lifetimeMs, slot, salt, keyId }),
  };
}

export function testVerdict({ jws }: TokenRecord, nowMs: number): TokenVerdict {
  const sha256 = sha256Hex(jws);
  if (!jws.startsWith('{'))
    return { accepted: false, code: 'signature', detail: 'Its signature does not hold.', sha256 };
  const { jti, subject, issuedAtMs, expiresAtMs, slot, keyId } = JSON.parse(jws) as Record<string, string> & {
    issuedAtMs: number;
    expiresAtMs: number;
  };
  const facts = {
    jti: jti as string,
    sha256,
    issuer: ISSUER,
    subject: subject as string,
    audience: ['api'],
    issuedAtMs,
    expiresAtMs,
    slot: slot as string,
    keyId: keyId as string,
  };
  if (expiresAtMs > nowMs) return { accepted: true, facts };
  return { accepted: false, code: 'expired', detail: 'It has expired.', sha256, jti: jti as string, facts };
}

export class TestClock {
  wall = CREATED_AT_MS + 2_000;
  monotonic = 1_000;
  readonly waits: number[] = [];
  onWait: (delayMs: number) => void = () => {};
  wallMs = () => this.wall;
  monotonicMs = () => this.monotonic;
  async wait(delayMs: number): Promise<void> {
    this.waits.push(delayMs);
    this.wall += delayMs;
    this.monotonic += delayMs;
    this.onWait(delayMs);
    await new Promise(setImmediate);
  }
}

export class MemoryAudit implements AuditLog {
  readonly entries: AuditEvent[] = [];
  synced = 0;
  failure: Error | undefined;
  append(_nowMs: number, entry: AuditEvent): void {
    this.entries.push(entry);
  }
  sync(): void {
    if (this.failure) throw this.failure;
    this.synced = this.entries.length;
  }
  close(): void {}
}

export class BackHalf {
  readonly kafka: ModelKafka;
  readonly clock = new TestClock();
  readonly audit = new MemoryAudit();
  readonly events: PublisherEvent[] = [];
  readonly time: { isTrusted: boolean; lastSignedMs: number | undefined } & JudgementTime;
  readonly database: Store;
  rules = RULES;
  headSequence = 0;
  onRecovered: (progress: Progress) => void = () => {};
  front: Partial<NonNullable<RecoveryContext['front']>> | undefined;
  isEmbedded = false;
  expirySlackMs = 60_000;
  freeBytes = 1e12;
  /** What says whether a token holds: the test tokens of this file, or a real checker. */
  judge: (token: TokenRecord, nowMs: number) => TokenVerdict | Promise<TokenVerdict> = testVerdict;
  onRevocations: NonNullable<PublisherObserver['revocations']> = () => {};
  onGapsClosed: NonNullable<PublisherOptions['onGapsClosed']> = () => {};
  revokedKeys: RevokedKeys = [];
  trustBundle: ReturnType<NonNullable<PublisherOptions['trustBundle']>>;
  store: ReceiverStore;
  publisher: Publisher;

  constructor(
    options: {
      readonly kafka?: ModelKafka;
      readonly database?: Store;
      readonly rules?: AdmissionRules;
      readonly time?: JudgementTime;
    } = {},
  ) {
    this.time = options.time ?? { isTrusted: true, lastSignedMs: undefined, judgeMs: (wallMs) => wallMs };
    this.kafka = options.kafka ?? new ModelKafka((name) => TOPICS[name]);
    this.database = options.database ?? openStore(':memory:', RECEIVER_MIGRATIONS);
    this.rules = options.rules ?? RULES;
    this.store = this.#openStore();
    this.publisher = this.#newPublisher();
  }

  #openStore(): ReceiverStore {
    const spool = new Spool(this.database, { maxBytes: 1 << 30 });
    return new ReceiverStore(this.database, spool, this.rules.guard?.limits.adminRoles);
  }

  /** As a new process over the same disk. */
  restart(): void {
    this.store = this.#openStore();
    this.publisher = this.#newPublisher();
  }

  /** Of a frame that goes on from the last one that Kafka has. */
  get behindKafka(): Pick<FrameHeader, 'previousDigest'> {
    const told = progressIn(this.kafka.records('progress').at(-1));
    return { previousDigest: Buffer.from(told?.digest as string, 'hex') };
  }

  /** Runs until nothing is left to do; with `forMs`, for so long on the virtual clock. */
  async run({ forMs = 0, maxWaits = 200 } = {}): Promise<void> {
    const untilMs = this.clock.monotonic + forMs;
    let waits = 0;
    this.clock.onWait = () => {
      waits += 1;
      const isDone =
        forMs > 0 ? this.clock.monotonic >= untilMs : this.publisher.isDrained && this.publisher.isPublishing;
      if (isDone || waits >= maxWaits) this.publisher.stop();
    };
    await this.publisher.run();
    this.publisher = this.#newPublisher();
  }

  #newPublisher(): Publisher {
    const observer: PublisherObserver = {
      event: (event) => this.events.push(event),
      revocations: (delaysMs) => this.onRevocations(delaysMs),
    };
    return new Publisher({
      boundary: BOUNDARY,
      stream: STREAM,
      store: this.store,
      kafka: this.kafka,
      rules: this.rules,
      judgeTokens: async (frames, nowMs) => {
        const tokens = frames.flatMap(({ content }) => (typeof content === 'string' ? [] : tokensIn(content)));
        const verdicts = await Promise.all(tokens.map((token) => this.judge(token, nowMs)));
        return new Map(tokens.map((token, index) => [token, verdicts[index] as TokenVerdict]));
      },
      isEmbedded: this.isEmbedded,
      audit: this.audit,
      observer,
      onGapsClosed: (upTo) => this.onGapsClosed(upTo),
      time: this.time,
      front: {
        contradictionOf: (published) => this.front?.contradictionOf?.(published),
        handleOtherHistory: (published, halt) => this.front?.handleOtherHistory?.(published, halt),
        handleOlderState: (state) => this.front?.handleOlderState?.(state),
      },
      onRecovered: (progress) => this.onRecovered(progress),
      headSequence: () => this.headSequence,
      expirySlackMs: () => this.expirySlackMs,
      trustBundle: () => this.trustBundle,
      revokedKeys: () => this.revokedKeys,
      clock: this.clock,
      freeDiskBytes: () => this.freeBytes,
    });
  }
}
