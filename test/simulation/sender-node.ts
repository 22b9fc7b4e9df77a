/** A sender's core on virtual time, over a store that outlives its crashes. */
import { SenderCore } from '../../sender/core.ts';
import { Journal } from '../../sender/journal.ts';
import { openSenderStore } from '../../sender/sender-store.ts';
import { openSession } from '../../sender/session.ts';
import { agreementKeyPair } from '../../src/crypto/agreement.ts';
import { signingKeyPair } from '../../src/crypto/sodium.ts';
import type { BlockCodec } from '../../src/fec/block-codec.ts';
import { compileIdentityRules } from '../../src/identity/identity-rules.ts';
import type { Store } from '../../src/store/database.ts';
import type { Head } from '../../src/wire/hello.ts';
import { ModelCrash } from './model-crash.ts';
import type { Random } from './random.ts';
import type { Interruption, Scenario } from './scenario.ts';
import type { VirtualTime } from './virtual-time.ts';
import type { Workload } from './workload.ts';

export const BOUNDARY = 'site-a';
export const STREAM = 'hr';
export const SIGNING = signingKeyPair(Buffer.alloc(32, 1));
export const SENDER_AGREEMENT = agreementKeyPair(Buffer.alloc(32, 2));
export const RULES = compileIdentityRules({ resourceTypes: [{ type: 'User' }, { type: 'Group' }], tokenIssuers: [] });
/** 2026-11-22T10:00:00Z, the wall clock at virtual time 0. */
export const START_MS = 1_795_341_600_000;

/** UDP over IPv4 and Ethernet. */
const OVERHEAD_BYTES = 66;
const JOURNAL_BYTES = 1e9;
/** A timer of a real loop is no finer. */
const LEAST_SLEEP_MS = 0.1;
const READ_AT_ONCE = 7;

export interface SenderNodeOptions {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly scenario: Scenario;
  readonly workload: Workload;
  readonly codec: BlockCodec;
  readonly receiverAgreementKeys: readonly Uint8Array[];
  readonly send: (datagram: Buffer) => void;
}

export class SenderNode {
  readonly #options: SenderNodeOptions;
  readonly #store: Store = openSenderStore(':memory:');
  /** When each line is there to be read. */
  readonly #lineTimesMs: readonly number[];
  #core: SenderCore | undefined;
  /** Rises with each crash: what was scheduled for an earlier life does nothing. */
  #life = 0;
  #nextLine = 0;
  /** Only while a crash is to be met at a commit. */
  isFragile = true;

  constructor(options: SenderNodeOptions) {
    const { random, scenario } = options;
    this.#options = options;
    const times = Array.from({ length: scenario.lines }, () => random.fraction() * scenario.workMs);
    this.#lineTimesMs = times.sort((a, b) => a - b);
  }

  async start(): Promise<void> {
    const { time, random, scenario, codec, receiverAgreementKeys } = this.#options;
    const life = ++this.#life;
    const journal = this.#openJournal();
    const session = await openSession({
      boundary: BOUNDARY,
      stream: STREAM,
      number: journal.nextSessionNumber(),
      id: random.bytes(16),
      secret: random.bytes(32),
      agreement: SENDER_AGREEMENT,
      receivers: receiverAgreementKeys.map((agreementKey) => ({ agreementKey })),
    });
    const crash = () => this.#maybeCrash();
    this.#guard(() => {
      this.#core = new SenderCore(time.nowMs, this.#wallMs, {
        boundary: BOUNDARY,
        stream: STREAM,
        sourceName: 'lines',
        link: scenario.link,
        overheadBytes: OVERHEAD_BYTES,
        packer: { batchBodyBytes: 64 * 1024, batchRecords: scenario.batchRecords, lingerMs: 50 },
        signing: SIGNING,
        rules: RULES,
        store: this.#store,
        journal,
        session,
        encoder: codec,
        // Behind the journal's commit, before the first datagram; and inside the transaction.
        audit: { append: () => undefined, sync: crash, close: () => undefined },
        rejects: { append: crash },
      });
      const position = this.#core.sourcePosition?.line;
      this.#nextLine = typeof position === 'number' ? position : 0;
      this.#poll(life);
    });
  }

  /** Dead at once; alive again after a while. */
  crash(interruption: Pick<Interruption, 'forMs'>): void {
    this.#core = undefined;
    const life = ++this.#life;
    this.#options.time.after(interruption.forMs, () => (this.#life === life ? this.start() : undefined));
  }

  /** Nothing is left to read, to send or to repeat. */
  get isDone(): boolean {
    const core = this.#core;
    if (core === undefined || this.#nextLine < this.#lineTimesMs.length || !core.isDrained) return false;
    return core.queue.peek().length === 0 && core.transmitter.waitingRepeatCount === 0;
  }

  get head(): Head {
    return this.#journal.head;
  }

  /** As journaled; read from the store, whatever became of the core. */
  frame(sequence: number): Uint8Array | undefined {
    return this.#journal.frame(sequence)?.bytes;
  }

  close(): void {
    this.#store.close();
  }

  get #journal(): Journal {
    return this.#core?.journal ?? this.#openJournal();
  }

  #openJournal(): Journal {
    const { random, scenario } = this.#options;
    const repeatCount = scenario.link.repeatAfterMs.length;
    const options = { path: ':memory:', maxBytes: JOURNAL_BYTES, repeatCount };
    return new Journal(this.#store, this.#wallMs, random.bytes(16), options);
  }

  #poll(life: number): void {
    const core = this.#core;
    if (core === undefined || life !== this.#life) return;
    const { time, send } = this.#options;
    this.#guard(() => {
      this.#read(core);
      for (let next = core.poll(time.nowMs, this.#wallMs); next; next = core.poll(time.nowMs, this.#wallMs)) send(next);
      const lineMs = this.#lineTimesMs[this.#nextLine] ?? Number.POSITIVE_INFINITY;
      const dueMs = Math.min(core.nextDeadlineMs(time.nowMs), lineMs);
      time.at(Math.max(dueMs, time.nowMs + LEAST_SLEEP_MS), () => this.#poll(life));
    });
  }

  #read(core: SenderCore): void {
    const { time, workload } = this.#options;
    if (core.pauseReason !== undefined) return;
    const end = Math.min(this.#nextLine + READ_AT_ONCE, this.#lineTimesMs.length);
    let ready = this.#nextLine;
    while (ready < end && (this.#lineTimesMs[ready] as number) <= time.nowMs) ready++;
    if (ready > this.#nextLine) core.handleEntries(time.nowMs, workload.entries.slice(this.#nextLine, ready));
    this.#nextLine = ready;
  }

  #maybeCrash(): void {
    const isNow = this.#options.random.chance(this.#options.scenario.crashAtCommit);
    if (isNow && this.isFragile) throw new ModelCrash();
  }

  #guard(step: () => void): void {
    try {
      step();
    } catch (error) {
      if (!(error instanceof ModelCrash)) throw error;
      this.crash({ forMs: this.#options.random.integer(0, 3_000) });
    }
  }

  get #wallMs(): number {
    return START_MS + Math.floor(this.#options.time.nowMs);
  }
}
