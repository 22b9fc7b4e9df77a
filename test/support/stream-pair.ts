/**
 * A whole stream on virtual time: real sender cores over files, the receiver's intake and publisher over one database, a
 * model broker. Disks can be copied, lost and set back, senders cloned, clocks moved; operators' commands act by their cores.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { epochChoice } from '../../receiver/gate/epoch-choice.ts';
import { acceptEpochBody, epochRequests } from '../../receiver/gate/epoch-requests.ts';
import { readGate } from '../../receiver/gate/gate-store.ts';
import { clockRequests, setTimeBody } from '../../receiver/intake/clock-requests.ts';
import { Intake } from '../../receiver/intake/intake.ts';
import type { IntakeEvent } from '../../receiver/intake/intake-observer.ts';
import { SqliteIntakeStore } from '../../receiver/intake/intake-store.ts';
import { judgementTime } from '../../receiver/intake/trusted-time.ts';
import { RECEIVER_MIGRATIONS } from '../../receiver/receiver-store.ts';
import type { TrustDesk } from '../../receiver/trust/trust-desk.ts';
import { type CoreOptions, SenderCore } from '../../sender/core.ts';
import { beginEpoch } from '../../sender/journal/epoch-start.ts';
import { Journal } from '../../sender/journal/journal.ts';
import { openSenderStore } from '../../sender/sender-store.ts';
import { openSession } from '../../sender/transmit/session.ts';
import type { MerkleAuditLog } from '../../src/audit/merkle-audit-log.ts';
import { agreementKeyPair, openSecret } from '../../src/crypto/agreement.ts';
import { equalBytes, signingKeyId } from '../../src/crypto/digest.ts';
import { signingKeyPair } from '../../src/crypto/sodium.ts';
import { BlockCodec } from '../../src/fec/block-codec.ts';
import { loadKernelModule } from '../../src/fec/kernel-module.ts';
import type { RequestAnswer } from '../../src/ops/request-desk.ts';
import { copyStore, openStore, type Store } from '../../src/store/database.ts';
import { type LinkParameters, sessionAssociatedData } from '../../src/wire/hello.ts';
import { BackHalf, RULES, TOPICS } from './back-half.ts';
import { ModelKafka } from './model-kafka.ts';
import { entriesOf } from './sender-rig.ts';
import { BOUNDARY, CREATED_AT_MS, STREAM } from './signed-stream.ts';

export const SIGNING = signingKeyPair(Buffer.alloc(32, 1));
export const SENDER_AGREEMENT = agreementKeyPair(Buffer.alloc(32, 2));
const RECEIVER_AGREEMENT = agreementKeyPair(Buffer.alloc(32, 3));
const KEY_ID = signingKeyId(SIGNING.publicKey);
const LINK = {
  symbolBytes: 1408,
  repairPercent: 10,
  rateBitsPerSecond: 50_000_000,
  helloIntervalMs: 10_000,
  repeatAfterMs: [1_000, 10_000, 60_000],
};

export interface PairOptions {
  readonly link?: Partial<LinkParameters>;
  /** How long a sealed secret waits for its thread; default 0. */
  readonly openMs?: number;
  readonly isConstantRate?: boolean;
  readonly rotation?: CoreOptions['rotation'];
  readonly trust?: (pair: StreamPair, wallMs: () => number) => TrustDesk;
}

export interface RunningSender {
  readonly path: string;
  readonly store: Store;
  readonly core: SenderCore;
  /** Of its wall clock. */
  clockOffsetMs: number;
}

export class StreamPair {
  readonly folder = mkdtempSync(join(tmpdir(), 'diode-pair-'));
  readonly codec = new BlockCodec(loadKernelModule());
  readonly events: IntakeEvent[] = [];
  kafka = new ModelKafka((name) => TOPICS[name]);
  database = openStore(':memory:', RECEIVER_MIGRATIONS);
  back: BackHalf;
  intake: Intake;
  nowMs = 1_000;
  receiverOffsetMs = 0;
  isLinkUp = true;
  readonly #senders = new Set<RunningSender>();
  #ids = 0;
  /** Since when a secret waits to be opened. */
  #sealedSinceMs: number | undefined;

  /** `rotation`: the sender's next key; `trust`: a desk that judges the sender's keys by its bundle, at that wall clock. */
  readonly #options: PairOptions;

  constructor(options: PairOptions = {}) {
    this.#options = options;
    this.back = this.#newBack();
    this.intake = this.#newIntake();
  }

  /** A file of its own for a sender's journal. */
  path(name: string): string {
    return join(this.folder, `${name}.db`);
  }

  copySender(from: string, to: string): void {
    copyStore(this.path(from), this.path(to));
  }

  /** `log`: an audit log that the receiver is to witness; without it there is none. */
  async startSender(name: string, clockOffsetMs = 0, log?: MerkleAuditLog): Promise<RunningSender> {
    const path = this.path(name);
    const store = openSenderStore(path);
    const wallMs = this.#wallMs(clockOffsetMs);
    const link = { ...LINK, ...this.#options.link };
    const options = { path, maxBytes: 1e9, repeatCount: link.repeatAfterMs.length };
    const journal = new Journal(store, wallMs, this.#bytes(16), options);
    const session = await openSession({
      boundary: BOUNDARY,
      stream: STREAM,
      number: journal.nextSessionNumber(),
      id: this.#bytes(16),
      secret: this.#bytes(32),
      agreement: SENDER_AGREEMENT,
      receivers: [{ agreementKey: RECEIVER_AGREEMENT.publicKey }],
    });
    const core = new SenderCore(this.nowMs, wallMs, {
      boundary: BOUNDARY,
      stream: STREAM,
      sourceName: 'lines',
      link,
      overheadBytes: 66,
      packer: { batchBodyBytes: 64 * 1024, batchRecords: 1_000, lingerMs: 50 },
      signing: SIGNING,
      isConstantRate: this.#options.isConstantRate,
      ...(this.#options.rotation && { rotation: this.#options.rotation }),
      rules: RULES.identity,
      store,
      journal,
      session,
      encoder: this.codec,
      audit: log ?? { append: () => undefined, sync: () => undefined, close: () => undefined },
      ...(log && { announcedLog: log }),
      rejects: { append: () => undefined },
    });
    const sender = { path, store, core, clockOffsetMs };
    this.#senders.add(sender);
    return sender;
  }

  stopSender(sender: RunningSender): void {
    this.#senders.delete(sender);
    sender.core.close(this.#wallMs(sender.clockOffsetMs));
    sender.store.close();
  }

  /** Users put under their name and value: `["bjensen", "v2"]`; a value of undefined deletes. */
  say(sender: RunningSender, ...changes: readonly (readonly [id: string, value: string | undefined])[]): void {
    const lines = changes.map(([id, value]) =>
      value === undefined
        ? { type: 'User', op: 'delete', id }
        : {
            type: 'User',
            op: 'put',
            resource: { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], id, userName: value },
          },
    );
    this.sayLines(sender, lines);
  }

  /** As they stand in the source. */
  sayLines(sender: RunningSender, lines: readonly object[]): void {
    const first = Number(sender.core.sourcePosition?.offset ?? 0) + 1;
    sender.core.handleEntries(this.nowMs, entriesOf(lines, first));
  }

  /** `diode-sender new-epoch`, by its core. */
  newEpoch(name: string, choice: { readonly number: number; readonly againFrom?: number | undefined }): void {
    const store = openSenderStore(this.path(name));
    beginEpoch(store, this.#wallMs(0), { ...choice, id: this.#bytes(16) });
    store.close();
  }

  /** `diode-receiver accept-epoch`, by its core: exactly what waits. */
  acceptEpoch(): void {
    const choice = epochChoice(readGate(this.database).state);
    if (choice === undefined) throw new Error('no epoch waits to be accepted');
    const wallMs = () => this.#wallMs(this.receiverOffsetMs);
    const handlers = epochRequests({ intake: this.intake, nowMs: () => this.nowMs, wallMs });
    const body = acceptEpochBody(choice.offer);
    const answer = handlers['accept-epoch']?.({ id: '1', kind: 'accept-epoch', body });
    if (answer?.outcome !== 'done') throw new Error('the epoch was not accepted');
  }

  /** `diode-receiver set-time`, by its core: the answer. */
  setTime(atMs: number): RequestAnswer | undefined {
    const parts = { intake: this.intake, nowMs: () => this.nowMs, wallMs: () => this.wallMs };
    return clockRequests(parts)['set-time']?.({ id: '1', kind: 'set-time', body: setTimeBody({ by: 'ana', atMs }) });
  }

  /** `diode-sender snapshot`, by its core; all that the source has was said. */
  snapshot(sender: RunningSender): void {
    sender.core.requestSnapshot(`snapshot-${++this.#ids}`, { isSourceRead: true });
  }

  /** A new process of the receiver; `database`: on this disk from now on. */
  restartReceiver(database = this.database): void {
    this.database = database;
    this.back = this.#newBack();
    this.intake = this.#newIntake();
  }

  /** As it is now, for a restore. */
  copyReceiver(): Store {
    const path = this.path(`receiver-${++this.#ids}`);
    this.database.prepare('VACUUM INTO ?').run(path);
    return openStore(path, RECEIVER_MIGRATIONS);
  }

  emptyReceiverDisk(): Store {
    return openStore(':memory:', RECEIVER_MIGRATIONS);
  }

  /** Both sides and the link for so long; then all that was spooled is published. */
  async run(forMs: number): Promise<void> {
    const endMs = this.nowMs + forMs;
    while (this.nowMs < endMs) {
      for (const sender of this.#senders) await this.#drain(sender);
      await this.#openSecrets();
      this.intake.poll(this.nowMs, this.#wallMs(this.receiverOffsetMs));
      const deadlines = [...this.#senders].map(({ core }) => core.nextDeadlineMs(this.nowMs));
      const dueMs = Math.min(endMs, this.intake.nextDeadlineMs() ?? endMs, ...deadlines);
      this.nowMs = Math.min(endMs, Math.max(dueMs, this.nowMs + 1));
    }
    this.back.headSequence = this.intake.status(this.nowMs).gate.headSequence ?? 0;
    this.back.clock.wall = this.wallMs;
    await this.back.run();
    this.intake.poll(this.nowMs, this.#wallMs(this.receiverOffsetMs));
  }

  /** The receiver's clock. */
  get wallMs(): number {
    return this.#wallMs(this.receiverOffsetMs);
  }

  get gate() {
    return this.intake.status(this.nowMs).gate;
  }

  /** What the alarm says to type. */
  get cure(): string {
    return this.gate.halted?.cure ?? '';
  }

  /** The options of `new-epoch` in it. */
  get newEpochInCure(): { readonly number: number; readonly againFrom: number } {
    const [, epoch, againFrom] = /new-epoch DIR --epoch (\d+) --again-from (\d+);/.exec(this.cure) ?? [];
    if (epoch === undefined || againFrom === undefined) throw new Error(`no new-epoch in: ${this.cure}`);
    return { number: Number(epoch), againFrom: Number(againFrom) };
  }

  /** What consumers believe: userName by id, of those that are there. */
  get published(): Readonly<Record<string, string>> {
    const state: Record<string, string> = {};
    for (const { key, value } of this.kafka.records('identity')) {
      const id = String(key).split('|')[1] as string;
      if (value === null) delete state[id];
      else state[id] = (JSON.parse(value) as { userName: string }).userName;
    }
    return state;
  }

  /** Throws where a record stands there twice, or a revision of a key does not rise. */
  checkPublished(): void {
    const seen = new Set<string>();
    const last = new Map<string, readonly number[]>();
    for (const { key, headers } of this.kafka.records('identity')) {
      const header = (name: string) => headers.find(([each]) => each === name)?.[1] ?? '';
      const id = header('ce_id');
      if (seen.has(id)) throw new Error(`${id} was published twice`);
      seen.add(id);
      const revision = header('ce_revision').split('.').map(Number);
      const before = last.get(String(key));
      if (before !== undefined && compare(revision, before) <= 0)
        throw new Error(`${key} fell to ${revision.join('.')}`);
      last.set(String(key), revision);
    }
  }

  close(): void {
    for (const sender of this.#senders) sender.store.close();
    rmSync(this.folder, { recursive: true });
  }

  async #drain({ core, clockOffsetMs }: RunningSender): Promise<void> {
    const wallMs = this.#wallMs(clockOffsetMs);
    for (let next = core.poll(this.nowMs, wallMs); next !== undefined; next = core.poll(this.nowMs, wallMs)) {
      if (!this.isLinkUp) continue;
      this.intake.handleDatagram(this.nowMs, this.#wallMs(this.receiverOffsetMs), next);
      await this.#openSecrets();
    }
  }

  async #openSecrets(): Promise<void> {
    const { openMs = 0 } = this.#options;
    for (let sealed = this.intake.sealedSecret; sealed !== undefined; sealed = this.intake.sealedSecret) {
      this.#sealedSinceMs ??= this.nowMs;
      if (this.nowMs < this.#sealedSinceMs + openMs) return;
      this.#sealedSinceMs = undefined;
      const secret = await openSecret(
        RECEIVER_AGREEMENT,
        sealed.hello.sealed,
        sessionAssociatedData(sealed.hello.body),
      );
      this.intake.handleSecret(this.nowMs, this.#wallMs(this.receiverOffsetMs), sealed, secret);
    }
  }

  #newBack(): BackHalf {
    const judged = () => judgementTime(this.intake.time);
    const time = {
      get isTrusted() {
        return judged().isTrusted;
      },
      get lastSignedMs() {
        return judged().lastSignedMs;
      },
      judgeMs: (wallMs: number) => judged().judgeMs(wallMs),
    };
    const back = new BackHalf({ kafka: this.kafka, database: this.database, time });
    back.front = {
      contradictionOf: (published) => this.intake.contradictionOf(published),
      handleOtherHistory: (published, halt) => this.intake.handleOtherHistory(published, halt),
      handleOlderState: (state) => this.intake.handleOlderState(state),
    };
    back.onRecovered = (progress) => this.intake.adoptProgress(this.#wallMs(this.receiverOffsetMs), progress);
    back.onGapsClosed = (upTo) => this.intake.closeGaps(upTo);
    return back;
  }

  #newIntake(): Intake {
    const { spool } = this.back.store;
    const store = new SqliteIntakeStore({
      store: this.database,
      spool,
      path: 'receiver.db',
      freeDiskBytes: () => 1e12,
    });
    const trust = this.#options.trust?.(this, () => this.#wallMs(this.receiverOffsetMs));
    const card = { find: (id: Uint8Array) => (equalBytes(id, KEY_ID) ? SIGNING.publicKey : undefined) };
    return new Intake({
      boundary: BOUNDARY,
      stream: STREAM,
      receiverKeys: RECEIVER_AGREEMENT,
      senderAgreementKey: SENDER_AGREEMENT.publicKey,
      senderKeys: trust?.senderKeys ?? card,
      ...(trust && { trust }),
      decoder: this.codec,
      store,
      audit: { append: () => undefined, sync: () => undefined, close: () => undefined },
      observer: {
        blockCompleted: () => undefined,
        framesSpooled: () => undefined,
        frameReleased: () => undefined,
        clockChanged: () => undefined,
        event: (event) => this.events.push(event),
      },
      holdMs: 3_000,
      maxSkewMs: 300_000,
    });
  }

  #wallMs(offsetMs: number): number {
    return CREATED_AT_MS + Math.floor(this.nowMs) + offsetMs;
  }

  /** Other ones with each call, the same in each run. */
  #bytes(count: number): Buffer {
    return Buffer.alloc(count, ++this.#ids);
  }
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at < 0 ? 0 : (a[at] as number) - (b[at] as number);
}
