/** A sender's core on virtual time, over a disk that outlives its crashes, and may be set back or lost. */
import { dirname, join } from 'node:path';
import { SenderCore } from '../../sender/core.ts';
import { chooseEpoch } from '../../sender/journal/epoch-number.ts';
import { beginEpoch, lastEpoch, prunedFrames } from '../../sender/journal/epoch-start.ts';
import { Journal } from '../../sender/journal/journal.ts';
import { senderRequests } from '../../sender/ops/sender-requests.ts';
import { RevertDesk } from '../../sender/revert/revert-desk.ts';
import { openSenderStore } from '../../sender/sender-store.ts';
import { openSession } from '../../sender/transmit/session.ts';
import type { LaneCipher } from '../../src/crypto/lane-cipher.ts';
import type { BlockCodec } from '../../src/fec/block-codec.ts';
import { compileIdentityRules } from '../../src/identity/identity-rules.ts';
import { WIRE_LIMITS } from '../../src/limits.ts';
import type { Store } from '../../src/store/database.ts';
import { HEADER_BYTES, readDatagramHeader, TAG_BYTES } from '../../src/wire/datagram.ts';
import type { Head } from '../../src/wire/hello.ts';
import { check } from './check.ts';
import { inTheClear } from './constant-rate.ts';
import { type ArchivedFrame, Branch, type FrameArchive } from './frame-archive.ts';
import type { DiskImage } from './model-disk.ts';
import { ISSUER } from './model-tokens.ts';
import { secondTrust } from './model-trust.ts';
import { ProgramLife } from './program-life.ts';
import type { Random } from './random.ts';
import type { NodeFaults, Scenario } from './scenario.ts';
import { checkSenderBounds } from './sender-bounds.ts';
import { BOUNDARY, NEXT_SIGNING, RECEIVER_AGREEMENT, SENDER_AGREEMENT, SIGNING, START_MS, STREAM } from './site.ts';
import type { VirtualTime } from './virtual-time.ts';
import type { Workload } from './workload.ts';

/** UDP over IPv4 and Ethernet. */
const OVERHEAD_BYTES = 66;
const SMALLEST_SYMBOL_BYTES: number = WIRE_LIMITS.symbolStepBytes;
/** A timer of a real loop is no finer. */
const LEAST_SLEEP_MS = 0.1;
/** As often as a source that should stop asks whether it may go on. */
const PAUSED_LOOK_MS = 5;
const READ_AT_ONCE = 7;

export const RULES = compileIdentityRules({
  resourceTypes: [{ type: 'User' }, { type: 'Group' }],
  tokenIssuers: [ISSUER],
});

export interface SenderNodeOptions {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly scenario: Scenario;
  readonly faults: NodeFaults;
  readonly workload: Workload;
  readonly codec: BlockCodec;
  readonly archive: FrameArchive;
  /** When each line is there to be read, ascending. */
  readonly lineTimesMs: readonly number[];
  readonly send: (datagram: Buffer) => void;
  /** A run begins, whose datagrams carry this handle. */
  readonly onSession: (handle: number, epochId: string, cipher: LaneCipher) => void;
  readonly note: (line: string) => void;
}

/** A copy of a sender's disk, with what had left it by then. */
export interface SenderImage {
  readonly disk: DiskImage;
  readonly branches: readonly Branch[];
  /** Digests of frames whose audit entries were synced. */
  readonly audited: ReadonlySet<string>;
}

export class SenderNode {
  readonly life: ProgramLife;
  readonly #options: SenderNodeOptions;
  readonly #auditedFrames = new Set<string>();
  #auditRead = 0;
  #cipher: LaneCipher | undefined;
  #core: SenderCore | undefined;
  #nextLine = 0;
  /** What this disk has sent, an epoch each; the last is the current one. */
  #branches: readonly Branch[] = [];
  /** Lines that were there when the epoch began: a snapshot that knows less would delete what they say. */
  #dueLines = 0;
  #isNextInUse = false;
  /** Datagrams that the link has not copied yet, with what they were. */
  #given: { readonly datagram: Buffer; readonly copy: Buffer }[] = [];
  /** Counts the looks of what is due: the last one says when the next is. */
  #look = 0;

  constructor(options: SenderNodeOptions) {
    this.#options = options;
    this.life = new ProgramLife({
      ...options,
      name: 'sender',
      start: () => this.#start(),
      onEnd: () => {
        this.#core = undefined;
        this.#given = [];
      },
    });
  }

  /** Nothing is left to read, to send or to repeat. */
  get isDone(): boolean {
    const core = this.#core;
    if (core === undefined || this.#nextLine < this.#options.lineTimesMs.length || !core.isDrained) return false;
    const { isRequested, place } = core.snapshots.state;
    if (isRequested || place !== undefined) return false;
    // The last repeat under way waits no longer, and is not sent yet.
    const { transmitter } = core;
    const isRepeating = transmitter.waitingRepeatCount > 0 || transmitter.isRepeatDue(this.#options.time.nowMs);
    return core.queue.peek().length === 0 && !isRepeating;
  }

  /** Of a sender that runs. */
  get head(): Head {
    return (this.#core as SenderCore).journal.head;
  }

  /** As `diode-sender status` has it; undefined while it does not run. */
  get epoch(): { readonly number: number; readonly id: Uint8Array } | undefined {
    return this.#core?.journal.epoch;
  }

  /** By an operator, as `diode-sender status` has it. */
  get isPaused(): boolean {
    return this.#core?.pause.current !== undefined;
  }

  /** All that it sent of what its disk knows, in order. */
  get frames(): readonly ArchivedFrame[] {
    return this.#branches.flatMap(({ frames }) => frames);
  }

  /** A backup of its disk; undefined while it does not run. */
  image(): SenderImage | undefined {
    const disk = this.life.disk.image();
    const last = this.#branch?.fork();
    if (disk === undefined || last === undefined) return undefined;
    this.#readAudit();
    return { disk, branches: [...this.#branches.slice(0, -1), last], audited: new Set(this.#auditedFrames) };
  }

  /** Between two runs: an older disk, or an empty one. */
  replaceDisk(image: SenderImage | undefined): void {
    this.life.disk.replace(image?.disk);
    this.#branches = image?.branches ?? [];
    for (const digest of image?.audited ?? []) this.#auditedFrames.add(digest);
    if (this.#branch !== undefined) this.#options.archive.handleBranch(this.#branch);
  }

  /** `diode-sender new-epoch`, between two runs. Answers with the new epoch and what it goes on from. */
  newEpoch({ number, againFrom }: { readonly number: number | undefined; readonly againFrom: number | undefined }) {
    const { life } = this;
    const store = life.disk.open(openSenderStore);
    try {
      const last = lastEpoch(store);
      const id = this.#options.random.bytes(16);
      const choice = chooseEpoch(last, { epoch: number, againFrom });
      const isPruned =
        last !== undefined && prunedFrames(store, last, choice.againFrom ?? Number.POSITIVE_INFINITY) > 0;
      beginEpoch(store, life.wallMs, { ...choice, id });
      // The command asks for the whole export: every line once more.
      if (isPruned) store.prepare('DELETE FROM source_position').run();
      return { number: choice.number, epochId: id.toString('hex'), previous: last };
    } finally {
      life.disk.stop();
    }
  }

  async #start(): Promise<void> {
    const { time, random, scenario, codec } = this.#options;
    const { life } = this;
    const { number } = life;
    const store = life.disk.open(openSenderStore);
    const journal = this.#openJournal(store);
    this.#checkJournal(journal);
    const session = await openSession({
      boundary: BOUNDARY,
      stream: STREAM,
      number: journal.nextSessionNumber(),
      id: random.bytes(16),
      secret: random.bytes(32),
      agreement: SENDER_AGREEMENT,
      receivers: [{ agreementKey: RECEIVER_AGREEMENT.publicKey }],
    });
    if (number !== life.number) return;
    this.#options.onSession(session.handle, Buffer.from(journal.epoch.id).toString('hex'), session.cipher);
    this.#cipher = session.cipher;
    const audit = life.audit.open();
    const { symbolBytes } = scenario.link;
    const core = new SenderCore(time.nowMs, life.wallMs, {
      boundary: BOUNDARY,
      stream: STREAM,
      sourceName: 'lines',
      link: scenario.link,
      overheadBytes: OVERHEAD_BYTES,
      isConstantRate: scenario.isConstantRate,
      // A line of the smallest symbols takes no longer datagrams, so that hellos travel in control blocks.
      ...(symbolBytes === SMALLEST_SYMBOL_BYTES && { maxDatagramBytes: HEADER_BYTES + symbolBytes + TAG_BYTES }),
      packer: { batchBodyBytes: 64 * 1024, batchRecords: scenario.batchRecords, lingerMs: 50 },
      signing: SIGNING,
      ...(scenario.trust?.cutOverMs !== undefined && { rotation: this.#rotation }),
      rules: RULES,
      store,
      journal,
      session,
      encoder: codec,
      audit,
      rejects: { append: () => undefined },
      freeDiskBytes: () => life.disk.freeBytes,
    });
    this.#core = core;
    this.#carryTrust(core);
    const position = core.sourcePosition?.line;
    this.#nextLine = typeof position === 'number' ? position : 0;
    const reverts = new RevertDesk({
      core,
      revertFolder: join(dirname(life.disk.path), 'reverts'),
      audit,
      events: { handleRevertEnded: () => undefined },
    });
    const clock = { nowMs: () => time.nowMs, wallMs: () => life.wallMs };
    life.serve(senderRequests({ core, reverts, clock, wake: () => time.after(0, () => this.#poll(number)) }), audit);
    this.#poll(number);
  }

  /** The next key lies there from the start; that it took over is durable. */
  get #rotation() {
    const onTakeOver = () => {
      this.#isNextInUse = true;
    };
    return { next: { pair: NEXT_SIGNING, madeAtMs: START_MS, isInUse: this.#isNextInUse }, onTakeOver };
  }

  /** An operator gives it the bundle; later runs find it there, and sign nothing before. */
  #carryTrust(core: SenderCore): void {
    const { time, scenario } = this.#options;
    const { number } = this.life;
    const { trust } = scenario;
    if (trust === undefined) return;
    if (trust.bundleAtMs <= time.nowMs) core.handleCarried(secondTrust(trust));
    else {
      time.at(trust.bundleAtMs, () => {
        if (number !== this.life.number) return;
        core.handleCarried(secondTrust(trust));
        this.#poll(number);
      });
    }
  }

  #openJournal(store: Store): Journal {
    const { random, scenario } = this.#options;
    const repeatCount = scenario.link.repeatAfterMs.length;
    const options = { path: this.life.disk.path, maxBytes: scenario.maxJournalBytes, repeatCount };
    return new Journal(store, this.life.wallMs, random.bytes(16), options);
  }

  /** Durable first: what was ever sent outlived the crash, or was pruned since. */
  #checkJournal(journal: Journal): void {
    const { epoch, epochId, oldestSequence, sequence: last } = journal.head;
    const id = Buffer.from(epochId).toString('hex');
    if (this.#branch?.epochId !== id) this.#beginBranch(new Branch({ epoch, epochId: id }));
    const branch = this.#branch as Branch;
    check(last >= branch.sequence, `frame ${branch.sequence} was sent and is in the journal no more`);
    for (let sequence = Math.max(1, oldestSequence); sequence <= branch.sequence; sequence++) {
      const bytes = journal.frame(sequence)?.bytes;
      check(bytes !== undefined, `frame ${sequence} was sent and is in the journal no more`);
      branch.add(sequence, bytes as Uint8Array);
    }
  }

  #beginBranch(branch: Branch): void {
    const { archive, lineTimesMs, time } = this.#options;
    this.#branches = [...this.#branches, branch];
    this.#dueLines = this.#branches.length > 1 ? lineTimesMs.filter((atMs) => atMs <= time.nowMs).length : 0;
    archive.handleBranch(branch);
  }

  get #branch(): Branch | undefined {
    return this.#branches.at(-1);
  }

  #poll(number: number): void {
    const core = this.#core;
    if (core === undefined || number !== this.life.number) return;
    const { time } = this.#options;
    const passCount = 1 + this.#options.scenario.link.repeatAfterMs.length;
    const bounds = { passCount, readAtOnce: READ_AT_ONCE };
    this.life.guard(() => {
      this.#read(core);
      for (;;) {
        const datagram = core.poll(time.nowMs, this.life.wallMs);
        if (datagram === undefined) break;
        this.#send(core, datagram);
        checkSenderBounds(core, bounds);
      }
      this.#handOver(core);
      checkSenderBounds(core, bounds);
      const dueMs = Math.min(core.nextDeadlineMs(time.nowMs), this.#nextReadMs(core));
      const look = ++this.#look;
      const next = () => (look === this.#look ? this.#poll(number) : undefined);
      time.at(Math.max(dueMs, time.nowMs + LEAST_SLEEP_MS), next);
    });
  }

  #nextReadMs({ pauseReason }: SenderCore): number {
    const { time, lineTimesMs } = this.#options;
    const lineMs = lineTimesMs[this.#nextLine] ?? Number.POSITIVE_INFINITY;
    return pauseReason === undefined ? lineMs : Math.max(lineMs, time.nowMs + PAUSED_LOOK_MS);
  }

  #send(core: SenderCore, datagram: Buffer): void {
    const symbol = inTheClear(datagram, this.#cipher);
    if (symbol !== undefined) {
      const { sequence } = readDatagramHeader(symbol);
      const branch = this.#branch as Branch;
      while (branch.sequence < sequence) this.#archive(core, branch, branch.sequence + 1);
    }
    const copy = Buffer.from(datagram);
    this.#given.push({ datagram, copy });
    this.#options.send(copy);
  }

  /** As a link does that copies a batch when all of it was given: until then the core leaves its datagrams alone, and the last one beyond. */
  #handOver(core: SenderCore): void {
    const isUntouched = this.#given.every(({ datagram, copy }) => copy.equals(datagram));
    check(isUntouched, 'a datagram changed before the link had copied it');
    core.handleHandedOver(this.#options.time.nowMs, true);
    this.#given.splice(0, this.#given.length - 1);
  }

  #archive(core: SenderCore, branch: Branch, sequence: number): void {
    const bytes = core.journal.frame(sequence)?.bytes;
    check(bytes !== undefined, `frame ${sequence} leaves before it is journaled`);
    this.#options.archive.add(branch, sequence, bytes as Uint8Array);
    this.#readAudit();
    const { digest, header } = branch.find(sequence) as ArchivedFrame;
    check(this.#auditedFrames.has(digest), `frame ${sequence} leaves before its audit entry is synced`);
    const line = core.sourcePosition?.line ?? 0;
    check(
      header.kind !== 'snapshot' || (line as number) >= this.#dueLines,
      'a snapshot lacks what the source has said',
    );
  }

  #readAudit(): void {
    const { synced } = this.life.audit;
    for (; this.#auditRead < synced.length; this.#auditRead++) {
      const entry = synced[this.#auditRead];
      if (entry?.event === 'frame-signed') this.#auditedFrames.add(entry.digest as string);
    }
  }

  #read(core: SenderCore): void {
    const { time, workload } = this.#options;
    if (core.pauseReason !== undefined) return;
    const end = Math.min(this.#nextLine + READ_AT_ONCE, this.#options.lineTimesMs.length);
    let ready = this.#nextLine;
    while (ready < end && (this.#options.lineTimesMs[ready] as number) <= time.nowMs) ready++;
    if (ready > this.#nextLine) core.handleEntries(time.nowMs, workload.entries.slice(this.#nextLine, ready));
    this.#nextLine = ready;
    // As a file that was read to its end, for now.
    if (ready < end || ready === this.#options.lineTimesMs.length) core.handleSourceEnd(time.nowMs);
  }
}
