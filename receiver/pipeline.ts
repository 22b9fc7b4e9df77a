/**
 * The receiver, connected:
 *
 *   link ─► intake loop { assembler ─► verifier ─► gate } ─► spool ─► publisher { reader ─► admission } ─► Kafka
 *
 * The two halves meet in receiver.db alone: the front appends, the back reads, and either may stand still for hours.
 */
import { isIPv6 } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { AuditLog } from '../src/audit/audit-log.ts';
import type { ReceiverConfig, VerificationConfig } from '../src/config/receiver-config.ts';
import type { AgreementKeyPair } from '../src/crypto/agreement.ts';
import { sha256Hex } from '../src/crypto/digest.ts';
import { compileIdentityRules } from '../src/identity/identity-rules.ts';
import type { KafkaState } from '../src/kafka/kafka-connection.ts';
import { OPS_LIMITS, RECEIVER_LIMITS } from '../src/limits.ts';
import type { ReceiveLink } from '../src/link/link.ts';
import { openReceiveLink } from '../src/link/open-link.ts';
import { openHttpServer } from '../src/ops/http-server.ts';
import type { RequestHandlers } from '../src/ops/request-desk.ts';
import { freeDiskBytes } from '../src/store/free-disk.ts';
import { ImportDesk } from './import-desk.ts';
import type { Intake } from './intake.ts';
import { IntakeLoop } from './intake-loop.ts';
import { type KafkaAccess, openKafkaAccess } from './kafka-access.ts';
import { senderKeysOf, type TrustedSender } from './own-card.ts';
import { Publisher, type PublisherClock } from './publisher.ts';
import { announcedHead, newIntake } from './receiver-intake.ts';
import { type Log, logPublisherEvent } from './receiver-log.ts';
import type { ReceiverObserver } from './receiver-observer.ts';
import { receiverRequests } from './receiver-requests.ts';
import { type ReceiverStatus, receiverStatus, type VerificationStatus } from './receiver-status.ts';
import { ReceiverStore } from './receiver-store.ts';
import { judgeTokens } from './token-judge.ts';
import { TokenPolicy } from './token-policy.ts';
import { topicNames } from './topics.ts';
import { TrustDesk, type TrustDeskOptions } from './trust-desk.ts';
import { type Adoption, currentRoot, type TrustState } from './trust-state.ts';
import type { AdoptionContext } from './trust-store.ts';
import { judgementTime } from './trusted-time.ts';
import { VerificationService } from './verification-service.ts';

export type { ReceiverStatus };

export interface ReceiverOptions {
  readonly config: ReceiverConfig;
  /** Own X25519 keys: they open hellos. */
  readonly agreementKeys: AgreementKeyPair;
  /** The one sender. */
  readonly sender: TrustedSender;
  /** Where a root is pinned; without it what was trusted at the start is, and nothing that the sender carries is adopted. */
  readonly trustFiles?: TrustFiles;
  /** DIR/data/receiver.db. */
  readonly storePath: string;
  /** DIR/data/imports; without it no bundle is taken in. */
  readonly importFolder?: string;
  readonly audit: AuditLog;
  readonly log: Log;
  readonly observer?: ReceiverObserver;
  /** Instead of the configured UDP link and cluster, in tests. */
  readonly link?: ReceiveLink;
  readonly kafka?: KafkaAccess;
  /** Instead of what the file system says, in tests. */
  readonly freeDiskBytes?: () => number;
}

export interface TrustFiles {
  /** What is trusted now, when a command adopted something. */
  read(): TrustState | undefined;
  /** See `adoptInto`. */
  adopt(texts: readonly string[], context: AdoptionContext): Adoption;
}

export interface Receiver {
  status(): ReceiverStatus;
  /** Rejects when the receiver can go on no more: disk or audit failed. A halted stream or an absent Kafka is none. */
  readonly failed: Promise<never>;
  /** What operators' commands may ask of it; not after `stop`. */
  readonly requests: RequestHandlers;
  /** Accepts nothing more, publishes what is spooled for at most `drainMs` (5 s by default), and closes. The rest stays spooled. */
  stop(drainMs?: number): Promise<void>;
}

/**
 * Receives as soon as it returns; Kafka may come later. Rejects with DiodeError where link, store, keys or config cannot
 * be used, with everything closed again.
 */
export async function startReceiver(options: ReceiverOptions): Promise<Receiver> {
  const { config, sender, storePath } = options;
  const bundle = sender.trust?.bundle;
  const tokens = await (bundle === undefined
    ? TokenPolicy.ofConfig(config.issuers, config)
    : TokenPolicy.ofBundle(bundle.issuers, config));
  const store = ReceiverStore.open(storePath, { maxSpoolBytes: config.spool.maxBytes });
  let link: ReceiveLink | undefined;
  try {
    const opened = options.link ?? (await openReceiveLink(config.link));
    link = opened;
    opened.onError((error) => options.log.warn({ error: error.message }, 'the link reports an error'));
    return await connect(options, { tokens, store, link: opened, stream: sender.stream });
  } catch (error) {
    await link?.close();
    store.close();
    throw error;
  }
}

interface Parts {
  readonly tokens: TokenPolicy;
  readonly store: ReceiverStore;
  readonly link: ReceiveLink;
  readonly stream: string;
}

async function connect(options: ReceiverOptions, { tokens, store, link, stream }: Parts): Promise<Receiver> {
  const { config, sender, audit, log, observer } = options;
  const { boundary } = config;
  let kafkaState: KafkaState = 'connecting';
  const { failed, fail } = failure();
  const topics = topicNames(config.kafka);
  const clock = systemClock();
  const trustMs = (): number => intake.time.judgeMs(clock.wallMs());
  const trust = trustDesk(options, store, {
    nowMs: trustMs,
    wallMs: clock.wallMs,
    onChange: ({ issuers, revokedUntilMs }) => {
      intake.handleRevokedKey(revokedUntilMs);
      intake.handleTrust(clock.monotonicMs(), clock.wallMs());
      tokens.replace(issuers).then(() => publisher.wake(), fail);
    },
  });
  const senderKeys = trust?.senderKeys ?? senderKeysOf(sender, trustMs);
  const intake: Intake = newIntake(options, { store, senderKeys, trust, wakePublisher: () => publisher.wake() });
  intake.handleRevokedKey(trust?.revokedUntilMs ?? 0);
  const kafka =
    options.kafka ??
    openKafkaAccess({
      kafka: config.kafka,
      boundary,
      stream,
      observer: {
        onState: (state) => {
          kafkaState = state;
          observer?.publisher.kafkaState?.(state);
        },
        onBrokerError: (text) => log.debug({ text }, 'Kafka'),
        onLog: ({ severity, facility, text }) => log.debug({ severity, facility, text }, 'librdkafka'),
      },
    });
  const publisher: Publisher = new Publisher({
    boundary,
    stream,
    store,
    kafka,
    rules: {
      identity: compileIdentityRules(config.identity),
      tokens: tokens.limits,
      topics,
      hasHistory: config.kafka.history,
      guard: { limits: config.guard, maxSkewMs: config.clock.maxSkewMs },
    },
    judgeTokens: (frames, nowMs) => judgeTokens(tokens, frames, nowMs),
    isEmbedded: config.kafka.embedded,
    audit,
    observer: {
      ...observer?.publisher,
      event: (event) => {
        logPublisherEvent(log, event);
        observer?.publisher.event?.(event);
      },
    },
    onRecovered: (progress) => intake.adoptProgress(clock.wallMs(), progress),
    onGapsClosed: (upTo) => intake.closeGaps(upTo),
    time: judgementTime(intake.time),
    headSequence: (epoch) => announcedHead(intake, epoch, clock.monotonicMs()),
    expirySlackMs: () => tokens.expirySlackMs,
    trustBundle: () => trust?.bundle,
    ...(trust && { revokedKeys: () => trust.revokedKeys }),
    clock,
    freeDiskBytes: options.freeDiskBytes ?? (() => freeDiskBytes(dirname(options.storePath))),
  });
  const verification = await openVerification(config.verification, { tokens, store, nowMs: trustMs });
  const loop = await IntakeLoop.start({ intake, link, receiverKeys: options.agreementKeys, onFatal: fail }).catch(
    async (error: unknown) => {
      await verification?.close();
      throw error;
    },
  );
  const running = publisher.run();
  running.catch(fail);
  const imports =
    options.importFolder === undefined
      ? undefined
      : new ImportDesk({
          folder: options.importFolder,
          trust: { sender, senderKeys, agreementKey: options.agreementKeys.publicKey },
          intake,
          table: store.imports,
          approved: store.approved,
          policy: { approvers: config.approvers, approvals: config.approvals, maxSkewMs: config.clock.maxSkewMs },
          audit,
          log,
          clock,
          onFatal: fail,
        });
  return {
    failed,
    requests: {
      ...trust?.requests,
      ...receiverRequests({
        store,
        publisher,
        intake,
        boundary,
        stream,
        policy: { approvers: config.approvers, approvals: config.approvals, maxSkewMs: config.clock.maxSkewMs },
        nowMs: clock.monotonicMs,
        wallMs: clock.wallMs,
        onImport: () => imports?.wake(),
      }),
    },
    status: () => {
      const now = {
        boundary,
        stream,
        topics,
        kafkaState,
        publisher,
        store,
        limits: config.guard,
        isKnown: tokens.limits.isKnown,
        wallMs: clock.wallMs(),
      };
      const line = link.line?.();
      return receiverStatus({
        ...now,
        intake: intake.status(clock.monotonicMs()),
        drops: link.drops(),
        line,
        ...(imports && { imports: imports.status }),
        ...(trust && { trust: trust.status }),
        ...(verification && { verification: verification.status }),
      });
    },
    stop: async (drainMs = RECEIVER_LIMITS.drainMs) => {
      await verification?.close();
      imports?.stop();
      await loop.stop();
      await link.close();
      const untilMs = clock.monotonicMs() + drainMs;
      while (publisher.isPublishing && !publisher.isDrained && clock.monotonicMs() < untilMs)
        await delay(DRAIN_LOOK_MS);
      publisher.stop();
      const ended = running.then(
        () => 'ended',
        () => 'ended',
      );
      const end = await Promise.race([ended, delay(RECEIVER_LIMITS.publisherStopMs, 'late', { ref: false })]);
      // A transaction that is still under way would apply itself to the tables: they stay open until the process ends.
      if (end === 'ended') store.close();
      else log.warn({}, 'the last transaction did not end in time: the next start asks Kafka what became of it');
    },
  };
}

/** Undefined where cards rule. */
function trustDesk(
  { sender, trustFiles, audit, log }: ReceiverOptions,
  { tokens }: ReceiverStore,
  { wallMs, ...on }: Pick<TrustDeskOptions, 'nowMs' | 'onChange'> & { readonly wallMs: () => number },
): TrustDesk | undefined {
  const { trust, stream } = sender;
  if (trust === undefined) return undefined;
  const { nowMs } = on;
  return new TrustDesk({
    ...on,
    stream,
    state: trust,
    read: () => (trustFiles === undefined ? trust : trustFiles.read()),
    adopt: (texts) => {
      if (trustFiles === undefined) return { outcome: 'known', state: trust };
      const approve: AdoptionContext['approve'] = (_before, after) => {
        const entry = carriedEvent(after);
        audit.append(wallMs(), entry);
        audit.sync();
        log.info(entry, 'trust-adopted: the sender carried what the root holders signed, and it is trusted now');
      };
      const liveKeys = tokens.liveKeys(nowMs());
      return trustFiles.adopt(texts, { stream, nowMs: nowMs(), liveKeys, lockMs: 0, approve });
    },
    onRefused: ({ reason, seen, sha256 }) => {
      audit.append(wallMs(), { event: 'trust-refused', reason, sha256 });
      log.warn({ reason, sha256 }, `trust-refused: what the sender carries of the root holders is refused: ${seen}`);
    },
  });
}

function carriedEvent(after: TrustState) {
  const { bundle } = after;
  return {
    event: 'trust-adopted',
    root: currentRoot(after).version,
    ...(bundle && { bundle: bundle.version, sha256: sha256Hex(bundle.text) }),
  };
}

interface Verification {
  readonly status: VerificationStatus;
  close(): Promise<void>;
}

/** Undefined where the config has no port for it. */
async function openVerification(
  config: VerificationConfig,
  { tokens, store, nowMs }: Pick<Parts, 'tokens' | 'store'> & { readonly nowMs: () => number },
): Promise<Verification | undefined> {
  const { address, port, publicUrl, maxAgeSeconds } = config;
  if (port === undefined) return undefined;
  const host = isIPv6(address) ? `[${address}]` : address;
  const service = new VerificationService({
    publicKeys: () => tokens.publicKeys(nowMs()),
    isRevoked: (issuer, keyId) => store.tokens.findRevokedKey(issuer, keyId) !== undefined,
    baseUrl: publicUrl ?? `http://${host}:${port}`,
    maxAgeSeconds,
  });
  const what = { section: 'verification', served: 'Keys of issuers' };
  const maxConnections = OPS_LIMITS.maxVerificationConnections;
  const server = await openHttpServer(
    (question) => service.answer(question),
    { address, port },
    { ...what, maxConnections },
  );
  return {
    close: () => server.close(),
    get status(): VerificationStatus {
      return { address: server.address, port: server.port, requests: service.counts };
    },
  };
}

const DRAIN_LOOK_MS = 20;

function systemClock(): PublisherClock {
  return {
    wallMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    wait: async (delayMs, signal) => {
      // An abort is what ends a pause early, and no failure.
      await delay(delayMs, undefined, { signal }).catch(() => {});
    },
  };
}

/** Rejects with the first failure; not waiting for it is no unhandled rejection. */
function failure(): { readonly failed: Promise<never>; readonly fail: (error: unknown) => void } {
  let fail: (error: unknown) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => {});
  return { failed, fail };
}
