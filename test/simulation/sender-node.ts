/** A sender's core on virtual time, over a disk that outlives its crashes. */
import { dirname, join } from 'node:path';
import { SenderCore } from '../../sender/core.ts';
import { Journal } from '../../sender/journal.ts';
import { RevertDesk } from '../../sender/revert-desk.ts';
import { senderRequests } from '../../sender/sender-requests.ts';
import { openSenderStore } from '../../sender/sender-store.ts';
import { openSession } from '../../sender/session.ts';
import type { BlockCodec } from '../../src/fec/block-codec.ts';
import { compileIdentityRules } from '../../src/identity/identity-rules.ts';
import { WIRE_LIMITS } from '../../src/limits.ts';
import type { Store } from '../../src/store/database.ts';
import { DATAGRAM_KIND, datagramKind, HEADER_BYTES, readDatagramHeader, TAG_BYTES } from '../../src/wire/datagram.ts';
import type { Head } from '../../src/wire/hello.ts';
import { check } from './check.ts';
import type { FrameArchive } from './frame-archive.ts';
import { ISSUER } from './model-tokens.ts';
import { ProgramLife } from './program-life.ts';
import type { Random } from './random.ts';
import type { Scenario } from './scenario.ts';
import { BOUNDARY, RECEIVER_AGREEMENT, SENDER_AGREEMENT, SIGNING, STREAM } from './site.ts';
import type { VirtualTime } from './virtual-time.ts';
import type { Workload } from './workload.ts';

/** UDP over IPv4 and Ethernet. */
const OVERHEAD_BYTES = 66;
const SMALLEST_SYMBOL_BYTES: number = WIRE_LIMITS.symbolStepBytes;
/** A timer of a real loop is no finer. */
const LEAST_SLEEP_MS = 0.1;
const READ_AT_ONCE = 7;

export const RULES = compileIdentityRules({
  resourceTypes: [{ type: 'User' }, { type: 'Group' }],
  tokenIssuers: [ISSUER],
});

export interface SenderNodeOptions {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly scenario: Scenario;
  readonly workload: Workload;
  readonly codec: BlockCodec;
  readonly archive: FrameArchive;
  readonly send: (datagram: Buffer) => void;
  readonly note: (line: string) => void;
}

export class SenderNode {
  readonly life: ProgramLife;
  readonly #options: SenderNodeOptions;
  /** When each line is there to be read. */
  readonly #lineTimesMs: readonly number[];
  readonly #auditedFrames = new Set<number>();
  #auditRead = 0;
  #core: SenderCore | undefined;
  #nextLine = 0;
  #archivedSequence = 0;

  constructor(options: SenderNodeOptions) {
    const { random, scenario } = options;
    this.#options = options;
    const times = Array.from({ length: scenario.lines }, () => random.fraction() * scenario.workMs);
    this.#lineTimesMs = times.sort((a, b) => a - b);
    this.life = new ProgramLife({
      ...options,
      name: 'sender',
      faults: scenario.sender,
      start: () => this.#start(),
      onEnd: () => {
        this.#core = undefined;
      },
    });
  }

  /** Nothing is left to read, to send or to repeat. */
  get isDone(): boolean {
    const core = this.#core;
    if (core === undefined || this.#nextLine < this.#lineTimesMs.length || !core.isDrained) return false;
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
    const audit = life.audit.open();
    const { symbolBytes } = scenario.link;
    const core = new SenderCore(time.nowMs, life.wallMs, {
      boundary: BOUNDARY,
      stream: STREAM,
      sourceName: 'lines',
      link: scenario.link,
      overheadBytes: OVERHEAD_BYTES,
      // A line of the smallest symbols takes no longer datagrams, so that hellos travel in control blocks.
      ...(symbolBytes === SMALLEST_SYMBOL_BYTES && { maxDatagramBytes: HEADER_BYTES + symbolBytes + TAG_BYTES }),
      packer: { batchBodyBytes: 64 * 1024, batchRecords: scenario.batchRecords, lingerMs: 50 },
      signing: SIGNING,
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

  #openJournal(store: Store): Journal {
    const { random, scenario } = this.#options;
    const repeatCount = scenario.link.repeatAfterMs.length;
    const options = { path: this.life.disk.path, maxBytes: scenario.maxJournalBytes, repeatCount };
    return new Journal(store, this.life.wallMs, random.bytes(16), options);
  }

  /** Durable first: what was ever sent outlived the crash, or was pruned since. */
  #checkJournal(journal: Journal): void {
    const { oldestSequence, sequence: last } = journal.head;
    check(last >= this.#archivedSequence, `frame ${this.#archivedSequence} was sent and is in the journal no more`);
    for (let sequence = Math.max(1, oldestSequence); sequence <= this.#archivedSequence; sequence++) {
      const bytes = journal.frame(sequence)?.bytes;
      check(bytes !== undefined, `frame ${sequence} was sent and is in the journal no more`);
      this.#options.archive.add(sequence, bytes as Uint8Array);
    }
  }

  #poll(number: number): void {
    const core = this.#core;
    if (core === undefined || number !== this.life.number) return;
    const { time } = this.#options;
    this.life.guard(() => {
      this.#read(core);
      for (;;) {
        const datagram = core.poll(time.nowMs, this.life.wallMs);
        if (datagram === undefined) break;
        this.#send(core, datagram);
      }
      const lineMs = this.#lineTimesMs[this.#nextLine] ?? Number.POSITIVE_INFINITY;
      const dueMs = Math.min(core.nextDeadlineMs(time.nowMs), lineMs);
      time.at(Math.max(dueMs, time.nowMs + LEAST_SLEEP_MS), () => this.#poll(number));
    });
  }

  #send(core: SenderCore, datagram: Buffer): void {
    if (datagramKind(datagram) === DATAGRAM_KIND.symbol) {
      const { sequence } = readDatagramHeader(datagram);
      for (; this.#archivedSequence < sequence; this.#archivedSequence++)
        this.#archive(core, this.#archivedSequence + 1);
    }
    this.#options.send(datagram);
  }

  #archive(core: SenderCore, sequence: number): void {
    const bytes = core.journal.frame(sequence)?.bytes;
    check(bytes !== undefined, `frame ${sequence} leaves before it is journaled`);
    this.#options.archive.add(sequence, bytes as Uint8Array);
    const { synced } = this.life.audit;
    for (; this.#auditRead < synced.length; this.#auditRead++) {
      const entry = synced[this.#auditRead];
      if (entry?.event === 'frame-signed') this.#auditedFrames.add(entry.sequence as number);
    }
    check(this.#auditedFrames.has(sequence), `frame ${sequence} leaves before its audit entry is synced`);
  }

  #read(core: SenderCore): void {
    const { time, workload } = this.#options;
    if (core.pauseReason !== undefined) return;
    const end = Math.min(this.#nextLine + READ_AT_ONCE, this.#lineTimesMs.length);
    let ready = this.#nextLine;
    while (ready < end && (this.#lineTimesMs[ready] as number) <= time.nowMs) ready++;
    if (ready > this.#nextLine) core.handleEntries(time.nowMs, workload.entries.slice(this.#nextLine, ready));
    this.#nextLine = ready;
    // As a file that was read to its end, for now.
    if (ready < end || ready === this.#lineTimesMs.length) core.handleSourceEnd();
  }
}
