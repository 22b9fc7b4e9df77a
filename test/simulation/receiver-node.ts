/** A receiver on virtual time, both halves, over a disk that outlives its crashes and a broker that is a model. */
import { readGate } from '../../receiver/gate/gate-store.ts';
import { Spool, type SpooledFrame } from '../../receiver/gate/spool.ts';
import type { Intake } from '../../receiver/intake/intake.ts';
import type { IntakeStatus } from '../../receiver/intake/intake-observer.ts';
import { announcedHead, newIntake } from '../../receiver/intake/receiver-intake.ts';
import { judgementTime } from '../../receiver/intake/trusted-time.ts';
import type { PublisherEvent } from '../../receiver/ops/receiver-observer.ts';
import { receiverRequests } from '../../receiver/ops/receiver-requests.ts';
import { openKafkaAccess } from '../../receiver/publish/kafka-access.ts';
import type { Progress } from '../../receiver/publish/progress.ts';
import { Publisher } from '../../receiver/publish/publisher.ts';
import { transactionalId } from '../../receiver/publish/topics.ts';
import { RECEIVER_MIGRATIONS, ReceiverStore } from '../../receiver/receiver-store.ts';
import { judgeTokens } from '../../receiver/tokens/token-judge.ts';
import { pinnedKeys } from '../../receiver/trust/own-card.ts';
import { touchedIn } from '../../receiver/trust/revocation-effects.ts';
import { runningTrust } from '../../receiver/trust/running-trust.ts';
import type { TrustDesk } from '../../receiver/trust/trust-desk.ts';
import type { AuditLog } from '../../src/audit/audit-log.ts';
import { openSecret } from '../../src/crypto/agreement.ts';
import { openStore } from '../../src/store/database.ts';
import { sessionAssociatedData } from '../../src/wire/hello.ts';
import type { ModelBroker } from '../support/model-broker.ts';
import { modelConsumer } from '../support/model-consumer.ts';
import { OPEN_GUARD } from '../support/open-guard.ts';
import { check } from './check.ts';
import { APPROVAL_POLICY, guardRules } from './guard-plan.ts';
import type { StoredGate } from './ledger.ts';
import { ModelLinkThread } from './model-link-thread.ts';
import { ISSUER, verdictOn } from './model-tokens.ts';
import { ModelTrustFiles, SECOND } from './model-trust.ts';
import { ProgramLife } from './program-life.ts';
import { Random } from './random.ts';
import { ReceiverTables } from './receiver-tables.ts';
import type { Scenario } from './scenario.ts';
import { RULES } from './sender-node.ts';
import {
  BOUNDARY,
  HOLD_MS,
  KAFKA,
  MAX_SKEW_MS,
  RECEIVER_AGREEMENT,
  SENDER_AGREEMENT,
  SIGNING,
  STREAM,
} from './site.ts';
import { TOPICS, type TopicLedger } from './topic-ledger.ts';
import type { VirtualTime } from './virtual-time.ts';

/** As receiver/intake/intake-loop.ts: polled at least so often. */
const MAX_SLEEP_MS = 250;
const LEAST_SLEEP_MS = 1;
const TOKEN_LIFETIME_MS = 3_600_000;
/** So that a seed of before is what it was but for the thread. */
const THREAD_SALT = 0x7_47ead;

export interface ReceiverNodeOptions {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly scenario: Scenario;
  readonly broker: ModelBroker;
  readonly topics: TopicLedger;
  /** Behind each durable commit: what the spool has that it had not before, and the stream's state. */
  readonly onCommit: (spooled: readonly SpooledFrame[], gate: StoredGate) => void;
  /** A session's secret is open, by its handle. */
  readonly onSession: (handle: number) => void;
  readonly onEnd: () => void;
  /** What Kafka has is handed to the gate. */
  readonly onAdopted: (progress: Progress) => void;
  readonly onGapsClosed: (upTo: { readonly epoch: number; readonly sequence: number }) => void;
  readonly onEvent: (event: { readonly event: string }) => void;
  readonly note: (line: string) => void;
}

export class ReceiverNode {
  readonly life: ProgramLife;
  readonly #threadRandom: Random;
  readonly #options: ReceiverNodeOptions;
  #intake: Intake | undefined;
  #publisher: Publisher | undefined;
  #store: ReceiverStore | undefined;
  #tables: ReceiverTables | undefined;
  readonly #trustFiles: ModelTrustFiles | undefined;
  /** Undefined: the thread that decides reads the link. */
  #thread: ModelLinkThread | undefined;
  #isOpening = false;
  #isAccepting = true;
  /** In the spool: the ledger knows every frame up to here. An older disk takes it back. */
  knownPosition = 0;
  /** As configured. */
  maxSpoolBytes: number;
  /** Its disk was set back or lost. */
  wasRestored = false;

  constructor(options: ReceiverNodeOptions) {
    this.#options = options;
    this.maxSpoolBytes = options.scenario.maxSpoolBytes;
    this.#threadRandom = new Random(options.scenario.seed ^ THREAD_SALT);
    this.#trustFiles = options.scenario.trust && new ModelTrustFiles();
    this.life = new ProgramLife({
      ...options,
      name: 'receiver',
      faults: options.scenario.receiver,
      start: () => this.#start(),
      onEnd: () => {
        this.#intake = undefined;
        this.#publisher = undefined;
        this.#store = undefined;
        this.#thread = undefined;
        options.onEnd();
      },
    });
  }

  /** False where nobody is there to take it. `onHeard`: what became of it is known to the thread that decides. */
  handleDatagram(bytes: Buffer, onHeard: () => void = () => undefined): boolean {
    const intake = this.#intake;
    const { number } = this.life;
    if (intake === undefined) return false;
    const thread = this.#thread;
    if (thread === undefined) {
      this.life.guard(() => intake.handleDatagram(this.#options.time.nowMs, this.life.wallMs, bytes));
    } else thread.handleDatagram(bytes, onHeard);
    this.#openSession(number);
    this.#commitSoon(number);
    return this.life.number === number;
  }

  /** A thread of its own reads the link: what was delivered is known to the gate a little later. */
  get hasThread(): boolean {
    return this.#thread !== undefined;
  }

  /** Of a receiver that runs. */
  status(): IntakeStatus | undefined {
    return this.#intake?.status(this.#options.time.nowMs);
  }

  /** Runs, and its disk has room. */
  get isAccepting(): boolean {
    return this.#intake !== undefined && this.#isAccepting && this.#thread?.isAccepting !== false;
  }

  /** All that is spooled is published, no token waits, and Kafka is as far as the stream. */
  get isDrained(): boolean {
    const publisher = this.#publisher;
    const progress = this.#store?.progress;
    if (publisher === undefined || !publisher.isPublishing || !publisher.isDrained) return false;
    return progress === undefined || progress.waitingFrames.length === 0;
  }

  /** Kafka told it of frames that are beyond the sender's head: the next hellos will show whether its journal ends there. */
  get isUnsureOfSender(): boolean {
    const { adopted, halt } = (this.#store && readGate(this.#store.store).state) ?? {};
    return adopted !== undefined && halt === undefined && (this.status()?.gate.headSequence ?? 0) < adopted;
  }

  /** Frames that wait for a snapshot fill the spool, so that nothing more is accepted. */
  get isFullOfWaiting(): boolean {
    return !this.isWhole && this.status()?.accepting.reason === 'spool-full';
  }

  /** It knows all that its stream ever said. */
  get isWhole(): boolean {
    return this.#store !== undefined && this.#store.whole.current === undefined;
  }

  /** It trusts what the second bundle names. */
  get hasSecondBundle(): boolean {
    return this.#trustFiles?.read().bundle?.version === SECOND;
  }

  /** Another receiver took the stream over: an operator has to start this one again. */
  get isFenced(): boolean {
    return this.#publisher?.waitingFor?.code === 'kafka-fenced';
  }

  #start(): void {
    const { topics } = this.#options;
    const { life } = this;
    const { number } = life;
    const store = life.disk.open(
      (path) => openStore(path, RECEIVER_MIGRATIONS),
      () => this.#handleCommitted(),
    );
    const receiverStore = new ReceiverStore(store, new Spool(store, { maxBytes: this.maxSpoolBytes }));
    this.#tables = new ReceiverTables(store, receiverStore.spool, {
      topics,
      knownPosition: this.knownPosition,
      audit: life.audit,
    });
    this.#tables.checkAgainstTopics();
    // A commit that a crash cut short may have come through.
    this.#handleCommitted();
    this.#store = receiverStore;
    this.#isOpening = false;
    this.#isAccepting = true;
    this.#thread = this.#openThread(number);
    const audit = life.audit.open();
    const trust = this.#openTrust(receiverStore, audit);
    const intake = newIntake(
      {
        config: intakeConfig(),
        agreementKeys: RECEIVER_AGREEMENT,
        sender: { boundary: BOUNDARY, stream: STREAM, agreementKey: SENDER_AGREEMENT.publicKey },
        storePath: life.disk.path,
        audit,
        log: SILENT,
        freeDiskBytes: () => life.disk.freeBytes,
        observer: { intake: { event: (event) => this.#handleEvent(event) }, publisher: {} },
      },
      {
        store: receiverStore,
        senderKeys: trust?.senderKeys ?? pinnedKeys({ signingKey: SIGNING.publicKey }),
        ...(trust && { trust }),
        ...(this.#thread && { proxy: this.#thread.proxy }),
        wakePublisher: () => this.#publisher?.wake(),
      },
    );
    this.#intake = intake;
    intake.handleRevokedKey(trust?.revokedUntilMs ?? 0);
    this.#adoptOwn(intake, receiverStore.progress);
    if (this.life.number !== number) return;
    this.#openSession(number);
    this.#poll(number);
    if (this.life.number !== number) return;
    const publisher = this.#newPublisher(receiverStore, { intake, audit, trust });
    this.#publisher = publisher;
    const clock = { nowMs: () => this.#options.time.nowMs, wallMs: () => life.wallMs };
    const site = { boundary: BOUNDARY, stream: STREAM, policy: APPROVAL_POLICY };
    life.serve(receiverRequests({ store: receiverStore, publisher, intake, ...site, ...clock }), audit);
    if (this.life.number !== number) return;
    publisher.run().catch((error: unknown) => life.handleFailure(number, error));
  }

  #openThread(number: number): ModelLinkThread | undefined {
    const { time, scenario, onSession } = this.#options;
    if (scenario.threadDelayMs === undefined) return undefined;
    return new ModelLinkThread({
      time,
      random: this.#threadRandom,
      delayMs: scenario.threadDelayMs,
      canWait: scenario.canLinkWait,
      isAlive: () => this.life.number === number,
      onSession,
      onReport: (report) => {
        this.life.guard(() => this.#intake?.handleReport(time.nowMs, this.life.wallMs, report));
        this.#openSession(number);
        this.#commitSoon(number);
      },
    });
  }

  /** As receiver/pipeline.ts does; undefined where cards rule. */
  #openTrust(store: ReceiverStore, audit: AuditLog): TrustDesk | undefined {
    const { time } = this.#options;
    const { life } = this;
    const trustFiles = this.#trustFiles;
    if (trustFiles === undefined) return undefined;
    const trust = trustFiles.read();
    return runningTrust({
      sender: { boundary: BOUNDARY, stream: STREAM, agreementKey: SENDER_AGREEMENT.publicKey, trust },
      trustFiles,
      touched: (nowMs) => touchedIn(store.store, nowMs),
      audit,
      log: SILENT,
      nowMs: () => this.#intake?.time.judgeMs(life.wallMs) ?? life.wallMs,
      wallMs: () => life.wallMs,
      onChange: ({ revokedUntilMs }) => {
        this.#intake?.handleRevokedKey(revokedUntilMs);
        this.#intake?.handleTrust(time.nowMs, life.wallMs);
        this.#publisher?.wake();
      },
    });
  }

  #newPublisher(
    store: ReceiverStore,
    {
      intake,
      audit,
      trust,
    }: { readonly intake: Intake; readonly audit: AuditLog; readonly trust: TrustDesk | undefined },
  ): Publisher {
    const { time, broker, onAdopted, onGapsClosed } = this.#options;
    const isRevoked = (keyId: string) => trust?.revokedKeys.some((key) => key.keyId === keyId) === true;
    const { life } = this;
    const { number } = life;
    const isAlive = () => life.number === number;
    const client = { sleep: (delayMs: number) => time.sleep(delayMs, isAlive) };
    const edge = {
      openConsumer: (_: unknown, settings: Readonly<Record<string, unknown>>) =>
        modelConsumer(broker, client, settings),
      nowMs: () => time.nowMs,
    };
    const access = openKafkaAccess({ kafka: KAFKA, identity: {}, boundary: BOUNDARY, stream: STREAM, readEdge: edge });
    return new Publisher({
      boundary: BOUNDARY,
      stream: STREAM,
      store,
      kafka: {
        ...access,
        checkTopics: () => broker.checkTopics(client),
        open: async () => {
          const producer = await broker.open(client, transactionalId(BOUNDARY, STREAM));
          return {
            ...producer,
            publishTransaction: (records, beforeCommit) => {
              this.#tables?.checkPause();
              return producer.publishTransaction(records, () => {
                beforeCommit();
                this.#tables?.checkBeforeCommit(records, life.audit);
              });
            },
          };
        },
      },
      rules: {
        identity: RULES,
        tokens: {
          maxTokenIds: 1e6,
          maxRevocations: 1e6,
          isKnown: () => true,
          maxLifetimeMs: () => TOKEN_LIFETIME_MS,
          ...(trust && { subjectAttributes: new Map([[ISSUER, 'id']]) }),
        },
        topics: TOPICS,
        hasHistory: false,
        ...guardRules(this.#options.scenario.guard),
      },
      judgeTokens: (frames, nowMs) =>
        judgeTokens(
          { judge: async (tokens, atMs) => tokens.map((jws) => verdictOn(jws, atMs, isRevoked)) },
          frames,
          nowMs,
        ),
      isEmbedded: false,
      audit,
      observer: {
        event: (event) => this.#handlePublisherEvent(event),
        unclean: () => this.#tables?.checkAgainstTopics(),
      },
      front: intake,
      onRecovered: (progress) => {
        onAdopted(progress);
        life.guard(() => intake.adoptProgress(life.wallMs, progress));
      },
      onGapsClosed: (upTo) => {
        onGapsClosed(upTo);
        intake.closeGaps(upTo);
      },
      time: judgementTime(intake.time),
      headSequence: (epoch) => announcedHead(intake, epoch, time.nowMs),
      expirySlackMs: () => 60_000,
      ...(trust && { trustBundle: () => trust.bundle, revokedKeys: () => trust.revokedKeys }),
      clock: {
        wallMs: () => life.wallMs,
        monotonicMs: () => time.nowMs,
        wait: (delayMs, signal) => time.sleep(delayMs, isAlive, signal),
      },
      freeDiskBytes: () => life.disk.freeBytes,
    });
  }

  #handlePublisherEvent(event: PublisherEvent): void {
    const isRebuilt = event.event === 'publishing' && event.recovery === 'rebuilt';
    check(!isRebuilt || this.wasRestored, 'the tables had to be read back from the topics, though no disk was lost');
    this.#options.onEvent(event);
  }

  #handleEvent(event: { readonly event: string }): void {
    if (event.event === 'not-accepting') this.#isAccepting = false;
    if (event.event === 'accepting') this.#isAccepting = true;
    this.#options.onEvent(event);
  }

  #handleCommitted(): void {
    const tables = this.#tables;
    if (tables === undefined) return;
    const { spooled, gate } = tables.takeCommitted();
    this.knownPosition = tables.lastPosition;
    tables.checkSpooled(spooled, this.life.audit);
    this.#options.onCommit(spooled, gate);
  }

  /** What the tables know. The ledger hears of it only where it is news: else it would excuse what nothing does. */
  #adoptOwn(intake: Intake, progress: Progress | undefined): void {
    if (progress === undefined) return;
    this.life.guard(() => {
      if (intake.adoptProgress(this.life.wallMs, progress)) this.#options.onAdopted(progress);
    });
  }

  #commitSoon(number: number): void {
    // As setImmediate does it: behind the datagrams that are there already.
    if (this.#intake?.hasReleased) this.#options.time.after(0, () => this.#commit(number));
  }

  #commit(number: number): void {
    const intake = this.#intake;
    if (intake === undefined || number !== this.life.number) return;
    this.life.guard(() => intake.poll(this.#options.time.nowMs, this.life.wallMs));
  }

  #poll(number: number): void {
    this.#commit(number);
    const intake = this.#intake;
    if (intake === undefined || number !== this.life.number) return;
    const { time } = this.#options;
    const dueMs = (intake.nextDeadlineMs() ?? Number.POSITIVE_INFINITY) - time.nowMs;
    time.after(Math.min(Math.max(dueMs, LEAST_SLEEP_MS), MAX_SLEEP_MS), () => this.#poll(number));
  }

  #openSession(number: number): void {
    const sealed = this.#intake?.sealedSecret;
    if (sealed === undefined || this.#isOpening || number !== this.life.number) return;
    const { time, random, onSession } = this.#options;
    this.#isOpening = true;
    time.after(random.fraction() * 5, async () => {
      const { body } = sealed.hello;
      const secret = await openSecret(RECEIVER_AGREEMENT, sealed.hello.sealed, sessionAssociatedData(body));
      const intake = this.#intake;
      if (number !== this.life.number || intake === undefined) return;
      this.#isOpening = false;
      // Before the frames that waited for it are judged.
      if (this.#thread === undefined) onSession(Buffer.from(body.sessionId).readUInt32BE(0));
      this.life.guard(() => intake.handleSecret(time.nowMs, this.life.wallMs, sealed, secret));
      this.#openSession(number);
      this.#commitSoon(number);
    });
  }
}

const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

function intakeConfig() {
  return {
    boundary: BOUNDARY,
    kafka: KAFKA,
    gate: { holdMs: HOLD_MS },
    clock: { maxSkewMs: MAX_SKEW_MS },
    tokens: {},
    spool: { maxBytes: 1e9 },
    identity: { resourceTypes: [], tokenIssuers: [] },
    issuers: [],
    sealedAudiences: [],
    ...OPEN_GUARD,
    verification: { address: '', maxAgeSeconds: 0 },
    link: { kind: 'udp', address: '', port: 0, receiveBufferBytes: 0 },
    ops: { address: '', port: 0, logLevel: 'error' },
  } as const;
}
