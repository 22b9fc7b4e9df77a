/**
 * The receiver, connected:
 *
 *   link ─► intake loop { assembler ─► verifier ─► gate } ─► spool ─► publisher { reader ─► admission } ─► Kafka
 *
 * Link and assembler have a thread of their own where there is a core for it (receiver/link-thread). The two halves meet in
 * receiver.db alone: the front appends, the back reads, and either may stand still for hours.
 */

import { dirname } from 'node:path';
import type { AuditLog } from '../src/audit/audit-log.ts';
import type { ReceiverConfig } from '../src/config/receiver-config.ts';
import type { AgreementKeyPair } from '../src/crypto/agreement.ts';
import { compileIdentityRules } from '../src/identity/identity-rules.ts';
import type { KafkaState } from '../src/kafka/kafka-connection.ts';
import type { ReceiveLink } from '../src/link/link.ts';
import { openReceiveLink } from '../src/link/open-link.ts';
import { logBatching } from '../src/link/udp-batching.ts';
import { failureSignal } from '../src/ops/failure-signal.ts';
import { freeDiskBytes } from '../src/store/free-disk.ts';
import type { SenderKeys } from './intake/frame-verifier.ts';
import type { Intake } from './intake/intake.ts';
import { IntakeLoop } from './intake/intake-loop.ts';
import { announcedHead, logScratchFailure, newIntake, scratchFolder } from './intake/receiver-intake.ts';
import { judgementTime } from './intake/trusted-time.ts';
import { hasLinkThread, LinkThread } from './link-thread/link-thread.ts';
import { ImportDesk } from './media/import-desk.ts';
import { type Log, logPublisherEvent } from './ops/receiver-log.ts';
import type { ReceiverObserver } from './ops/receiver-observer.ts';
import { type KafkaAccess, openKafkaAccess } from './publish/kafka-access.ts';
import { Publisher } from './publish/publisher.ts';
import { topicNames } from './publish/topics.ts';
import { ReceiverStore } from './receiver-store.ts';
import { type Receiver, RunningReceiver } from './running-receiver.ts';
import { systemClock } from './system-clock.ts';
import { TokenChecks } from './tokens/token-checks.ts';
import { TokenPolicy } from './tokens/token-policy.ts';
import { openVerification } from './tokens/verification-endpoint.ts';
import { senderKeysOf, type TrustedSender } from './trust/own-card.ts';
import { touchedIn } from './trust/revocation-effects.ts';
import { runningTrust, type TrustFiles } from './trust/running-trust.ts';
import { trustEntries } from './trust/trust-entries.ts';
import { UnpinnedTrust } from './trust/unpinned-trust.ts';

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
  const store = ReceiverStore.open(storePath, {
    maxSpoolBytes: config.spool.maxBytes,
    adminRoles: config.guard.adminRoles,
  });
  let link: ReceiveLink | LinkThread | undefined;
  try {
    const opened = options.link ?? (await openLink(options));
    link = opened;
    const batching = opened.batching?.();
    if (batching !== undefined) logBatching(options.log, batching);
    opened.onError((error) => options.log.warn({ error: error.message }, 'the link reports an error'));
    return await connect(options, { tokens, store, link: opened, stream: sender.stream });
  } catch (error) {
    await link?.close();
    store.close();
    throw error;
  }
}

/** Throws the DiodeErrors of the link. */
async function openLink({ config, storePath, log }: ReceiverOptions): Promise<ReceiveLink | LinkThread> {
  if (!hasLinkThread(config.link)) return openReceiveLink(config.link);
  return LinkThread.open({
    link: config.link,
    scratchFolder: scratchFolder(storePath),
    onScratchError: (message) => logScratchFailure(log, message),
  });
}

interface Parts {
  readonly tokens: TokenPolicy;
  readonly store: ReceiverStore;
  readonly link: ReceiveLink | LinkThread;
  readonly stream: string;
}

/** What trust and intake reach: they are made first, and the intake verifies the hello heard last while it is made. */
interface Later {
  /** What judges keys. */
  time?: Intake['time'];
  intake?: Intake;
  publisher?: Publisher;
}

async function connect(options: ReceiverOptions, { tokens, store, link, stream }: Parts): Promise<Receiver> {
  const { config, sender, audit, log } = options;
  const { raised: failed, raise: fail } = failureSignal();
  const clock = systemClock();
  const startedMs = clock.wallMs();
  for (const entry of trustEntries(sender, tokens.trust.issuers, startedMs)) audit.append(startedMs, entry);
  audit.sync();
  const later: Later = {};
  const trustMs = (): number => later.time?.judgeMs(clock.wallMs()) ?? clock.wallMs();
  const trust = runningTrust({
    ...options,
    touched: (nowMs) => touchedIn(store.store, nowMs),
    nowMs: trustMs,
    wallMs: clock.wallMs,
    onChange: ({ issuers, revokedUntilMs }) => {
      // Before the frames that waited for it are let go.
      tokens.replace(issuers);
      later.intake?.handleRevokedKey(revokedUntilMs);
      later.intake?.handleTrust(clock.monotonicMs(), clock.wallMs());
      later.publisher?.wake();
    },
  });
  const checks = new TokenChecks({ policy: tokens, config, spool: store.spool, audit, log, clock });
  const senderKeys = trust?.senderKeys ?? senderKeysOf(sender, trustMs);
  const unpinned = trust === undefined && sender.card ? new UnpinnedTrust(sender.card) : undefined;
  const intake = newIntake(options, {
    store,
    senderKeys,
    trust: trust ?? unpinned,
    ...('proxy' in link && { proxy: link.proxy }),
    wakePublisher: () => later.publisher?.wake(),
  });
  later.intake = intake;
  later.time = intake.time;
  intake.handleRevokedKey(trust?.revokedUntilMs ?? 0);
  // What this disk published counts also where the gate's state did not reach it, and Kafka does not answer yet.
  if (store.progress !== undefined) intake.adoptProgress(clock.wallMs(), store.progress);
  const { kafka, kafkaState } = reachKafka(options, stream);
  const publisher = newPublisher(options, { stream, store, tokens, checks, intake, trust, kafka, clock });
  later.publisher = publisher;
  // First of all that waits: what a link of this thread brings before it has a reader is lost, and counted nowhere.
  const loop = await IntakeLoop.start({ intake, link, receiverKeys: options.agreementKeys, onFatal: fail });
  const verification = await openVerification(config.verification, { tokens, store, nowMs: trustMs }).catch(
    async (error: unknown) => {
      await loop.stop();
      throw error;
    },
  );
  const running = publisher.run();
  running.catch(fail);
  const imports = openImports(options, { store, senderKeys, intake, clock, fail });
  return new RunningReceiver({
    config,
    stream,
    topics: topicNames(config.kafka),
    tokens,
    checks,
    store,
    link,
    intake,
    loop,
    publisher,
    running,
    kafkaState,
    imports,
    trust,
    unpinned,
    verification,
    clock,
    log,
    failed,
  });
}

function reachKafka(options: ReceiverOptions, stream: string) {
  const { config, log, observer } = options;
  let state: KafkaState = 'connecting';
  const kafka =
    options.kafka ??
    openKafkaAccess({
      kafka: config.kafka,
      identity: config.identity,
      boundary: config.boundary,
      stream,
      observer: {
        onState: (now) => {
          state = now;
          observer?.publisher.kafkaState?.(now);
        },
        onBrokerError: (text) => log.debug({ text }, 'Kafka'),
        onLog: ({ severity, facility, text }) => log.debug({ severity, facility, text }, 'librdkafka'),
      },
    });
  return { kafka, kafkaState: () => state };
}

function newPublisher(
  options: ReceiverOptions,
  parts: Pick<Parts, 'stream' | 'store' | 'tokens'> & {
    readonly checks: TokenChecks;
    readonly intake: Intake;
    readonly trust: ReturnType<typeof runningTrust>;
    readonly kafka: KafkaAccess;
    readonly clock: ReturnType<typeof systemClock>;
  },
): Publisher {
  const { config, audit, log, observer } = options;
  const { stream, store, tokens, checks, intake, trust, kafka, clock } = parts;
  return new Publisher({
    boundary: config.boundary,
    stream,
    store,
    kafka,
    rules: {
      identity: compileIdentityRules(config.identity),
      tokens: tokens.limits,
      topics: topicNames(config.kafka),
      hasHistory: config.kafka.history,
      guard: { limits: config.guard, maxSkewMs: config.clock.maxSkewMs },
    },
    judgeTokens: (frames, nowMs) => checks.judge(frames, nowMs),
    isEmbedded: config.kafka.embedded,
    audit,
    observer: {
      ...observer?.publisher,
      event: (event) => {
        logPublisherEvent(log, event);
        observer?.publisher.event?.(event);
      },
    },
    front: intake,
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
}

function openImports(
  { config, sender, agreementKeys, importFolder, audit, log }: ReceiverOptions,
  parts: {
    readonly store: ReceiverStore;
    readonly senderKeys: SenderKeys;
    readonly intake: Intake;
    readonly clock: ReturnType<typeof systemClock>;
    readonly fail: (error: unknown) => void;
  },
): ImportDesk | undefined {
  if (importFolder === undefined) return undefined;
  const { store, senderKeys, intake, clock, fail } = parts;
  return new ImportDesk({
    folder: importFolder,
    trust: { sender, senderKeys, agreementKey: agreementKeys.publicKey },
    intake,
    table: store.imports,
    approved: store.approved,
    policy: { approvers: config.approvers, approvals: config.approvals, maxSkewMs: config.clock.maxSkewMs },
    audit,
    log,
    clock,
    onFatal: fail,
  });
}
