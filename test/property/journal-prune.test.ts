/** The journal keeps what is not sent through all its repeats and what an operator wants again, and keeps to its bounds else. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Journal, RESEND_PASS } from '../../sender/journal/journal.ts';
import { openSenderStore } from '../../sender/sender-store.ts';
import { SENDER_LIMITS } from '../../src/limits.ts';

const MAX_BYTES = 40_000;
const PASSES = 3;
const DAY_MS = 86_400_000;

const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('append' as const), frames: fc.integer({ min: 1, max: 12 }), bytes: fc.nat(3_000) }),
    fc.record({ do: fc.constant('pass' as const), pass: fc.integer({ min: 1, max: PASSES }), frames: fc.nat(20) }),
    fc.record({ do: fc.constant('through' as const), frames: fc.nat(20), isRecorded: fc.boolean() }),
    fc.record({ do: fc.constant('record' as const) }),
    fc.record({ do: fc.constant('ask' as const), from: fc.double({ min: 0, max: 1, noNaN: true }), frames: fc.nat(5) }),
    fc.record({ do: fc.constant('send' as const), frames: fc.integer({ min: 1, max: 4 }), isCut: fc.boolean() }),
    fc.record({ do: fc.constant('prune' as const), days: fc.constantFrom(0, 1, 31) }),
    fc.record({ do: fc.constant('crash' as const) }),
  ),
  { minLength: 5, maxLength: 60 },
);

it('pruning touches no frame that is still to be sent, and ends within the bounds when all was', () => {
  const store = () => openSenderStore(':memory:');
  fc.assert(
    fc.property(steps, (played) => {
      const world = new World(store());
      for (const step of played) world.play(step);
      world.settle();
      world.check();
      expect(world.journal.depth.bytes).toBeLessThanOrEqual(MAX_BYTES - MAX_BYTES / 16);
      world.wallMs += SENDER_LIMITS.maxJournalAgeMs + DAY_MS;
      while (world.journal.prune(world.wallMs) > 0);
      expect([world.journal.depth.frames, world.journal.head.oldestSequence]).toEqual([0, 0]);
    }),
    { numRuns: 400 },
  );
});

class World {
  readonly #store;
  journal: Journal;
  wallMs = 1_800_000_000_000;
  /** Index p: the last frame whose pass p + 1 is done, and as the disk has it. */
  #passes = Array<number>(PASSES).fill(0);
  #recorded = [...this.#passes];
  /** Asked for and not sent through, as this run and as the disk has it. */
  #asked = new Set<number>();
  #askedOnDisk = new Set<number>();
  #requests = 0;

  constructor(store: ReturnType<typeof openSenderStore>) {
    this.#store = store;
    this.journal = this.#open();
  }

  play(step: (typeof steps extends fc.Arbitrary<infer S> ? S : never)[number]): void {
    if (step.do === 'append') this.#append(step.frames, step.bytes);
    else if (step.do === 'pass') this.#pass(step.pass, step.frames);
    else if (step.do === 'through') this.#through(step.frames, step.isRecorded);
    else if (step.do === 'record') this.#record();
    else if (step.do === 'ask') this.#ask(step.from, step.frames);
    else if (step.do === 'send') this.#send(step.frames, step.isCut);
    else if (step.do === 'prune') {
      this.wallMs += step.days * DAY_MS;
      this.journal.prune(this.wallMs);
    } else this.#crash();
    this.check();
  }

  /** Everything that is owed, by this run or by the next after a crash, is there; and the counters tell the truth. */
  check(): void {
    const { sequence } = this.journal.head;
    const rows = new Set(this.#store.prepare('SELECT sequence FROM frame').pluck().all());
    for (let owed = Math.min(...this.#recorded) + 1; owed <= sequence; owed++) {
      expect(rows.has(owed), `frame ${owed} was not through its passes`).toBe(true);
    }
    for (const owed of [...this.#asked, ...this.#askedOnDisk]) {
      expect(rows.has(owed), `frame ${owed} was asked for`).toBe(true);
    }
    const { bytes, oldest } = this.#store
      .prepare('SELECT coalesce(sum(bytes), 0) AS bytes, coalesce(min(sequence), 0) AS oldest FROM frame')
      .get() as { bytes: number; oldest: number };
    expect([this.journal.depth.bytes, this.journal.head.oldestSequence]).toEqual([bytes, oldest]);
  }

  /** All passes and resends done and written down, then pruned as far as it goes. */
  settle(): void {
    for (let pass = 1; pass <= PASSES; pass++) this.#pass(pass, Number.MAX_SAFE_INTEGER);
    this.#send(Number.MAX_SAFE_INTEGER, false);
    this.#record();
    while (this.journal.prune(this.wallMs) > 0);
  }

  #open(): Journal {
    const options = { path: ':memory:', maxBytes: MAX_BYTES, repeatCount: PASSES - 1 };
    return new Journal(this.#store, this.wallMs, Buffer.alloc(16, 1), options);
  }

  #append(frames: number, bytes: number): void {
    this.journal.transaction(() => {
      for (let frame = 0; frame < frames; frame++) {
        const sequence = this.journal.head.sequence + 1;
        const content = Buffer.alloc(200 + bytes, sequence);
        this.journal.append({
          sequence,
          bytes: content,
          digest: Buffer.alloc(32, sequence),
          recordCount: 1,
          createdAtMs: this.wallMs,
        });
      }
    });
  }

  #pass(pass: number, frames: number): void {
    const before = pass === 1 ? this.journal.head.sequence : (this.#passes[pass - 2] as number);
    const done = this.#passes[pass - 1] as number;
    for (let sequence = done + 1; sequence <= Math.min(before, done + frames); sequence++) {
      this.journal.handlePass({ sequence, pass, recordCount: 1, frameBytes: 1, createdAtMs: this.wallMs });
      this.#passes[pass - 1] = sequence;
    }
  }

  #through(frames: number, isRecorded: boolean): void {
    for (let pass = 1; pass <= PASSES; pass++) this.#pass(pass, frames);
    if (isRecorded) this.#record();
  }

  #record(): void {
    this.journal.recordPasses();
    this.#recorded = [...this.#passes];
    this.#askedOnDisk = new Set(this.#asked);
  }

  #ask(from: number, frames: number): void {
    const { sequence, oldestSequence } = this.journal.head;
    if (sequence === 0) return;
    const first = 1 + Math.floor(from * (sequence - 1));
    const run = { from: first, to: first + frames };
    this.#requests += 1;
    this.journal.resend(`${this.#requests}`, [run]);
    for (let asked = run.from; asked <= Math.min(run.to, sequence); asked++) {
      if (oldestSequence > 0 && asked >= oldestSequence) this.#asked.add(asked);
    }
    this.#askedOnDisk = new Set(this.#asked);
  }

  /** `isCut`: the last frame is under way when something else happens. */
  #send(frames: number, isCut: boolean): void {
    for (let sent = 1; sent <= frames; sent++) {
      const sequence = this.journal.resends.take();
      if (sequence === undefined) return;
      if (isCut && sent === frames) {
        this.#crash();
        return;
      }
      this.journal.handlePass({ sequence, pass: RESEND_PASS, recordCount: 1, frameBytes: 1, createdAtMs: 0 });
      this.#asked.delete(sequence);
    }
  }

  #crash(): void {
    this.journal = this.#open();
    this.#passes = [...this.#recorded];
    this.#asked = new Set(this.#askedOnDisk);
    expect(this.journal.resends.waitingFrames).toBe(this.#asked.size);
  }
}
