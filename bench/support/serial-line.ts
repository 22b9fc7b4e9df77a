/**
 * A serial line without hardware: two pseudo-terminals of socat's, and between them a relay that passes bytes at the speed
 * of a line (8N1: ten bits a byte), one way, and spoils some by a seed.
 *
 *   program ─► pty ─► socat ─► relay (speed, noise, cable) ─► socat ─► pty ─► program
 *
 * A pseudo-terminal itself has no speed and no parity, so what a UART makes of noise is played here: bytes missing, changed,
 * or too many. Pulling an adapter ends its socat, and its device is gone.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { seededFractions } from '../workload/seeded-fractions.ts';

export interface Noise {
  readonly seed: number;
  /** Bytes between two bursts, and of a burst: both are drawn, with this mean. */
  readonly everyBytes: number;
  readonly burstBytes: number;
}

export interface LineCounts {
  /** Of the sender. */
  taken: number;
  /** Handed to the receiver, inserted ones too. */
  passed: number;
  bursts: number;
  dropped: number;
  flipped: number;
  inserted: number;
  /** The most that waited for their turn: what a real driver would have held. */
  mostWaiting: number;
  /** What the receiver's end wrote back: nothing, or it is no receiver. */
  returned: number;
}

type LineEnd = 'sender' | 'receiver';

const FAULTS = ['dropped', 'flipped', 'inserted'] as const;
const TICK_MS = 2;
const OPEN_TRIES = 200;
const BITS_OF_A_BYTE = 10;
/** A line does not stand still while this process does: what is owed is passed on later. */
const MAX_OWED_MS = 1_000;
/** Longer than what lies in the driver and in socat takes to come out, and shorter than hellos are apart. */
const QUIET_MS = 300;
const DRAIN_TIMEOUT_MS = 60_000;

/** Undefined where a line can be played here. */
export function missingForSerial(): string | undefined {
  if (process.platform !== 'linux') return 'a serial line is played on Linux only';
  return spawnSync('socat', ['-V'], { stdio: 'ignore' }).status === 0 ? undefined : 'socat is missing: run .ci/install';
}

/** Processes that nobody closed end with this one. */
const living = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});

export class SerialLine {
  readonly devices: Readonly<Record<LineEnd, string>>;
  readonly counts: LineCounts = {
    taken: 0,
    passed: 0,
    bursts: 0,
    dropped: 0,
    flipped: 0,
    inserted: 0,
    mostWaiting: 0,
    returned: 0,
  };
  /** The cable is out: what the sender sends goes nowhere. */
  isCut = false;
  readonly #bytesPerMs: number;
  readonly #ends: Partial<Record<LineEnd, PseudoTerminal>> = {};
  #noise: NoiseMaker | undefined;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #owedBytes = 0;
  #lastMs = performance.now();
  #lastTakenMs = performance.now();
  readonly #timer: NodeJS.Timeout;

  private constructor(directory: string, baud: number) {
    this.devices = { sender: join(directory, 'tty-sender'), receiver: join(directory, 'tty-receiver') };
    this.#bytesPerMs = baud / BITS_OF_A_BYTE / 1_000;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  static async start(options: { readonly directory: string; readonly baud: number }): Promise<SerialLine> {
    const line = new SerialLine(options.directory, options.baud);
    await line.plug('sender');
    await line.plug('receiver');
    return line;
  }

  /** Takes nothing of the sender any more: its driver stays full. */
  hold(): void {
    this.#ends.sender?.output.pause();
  }

  /** From now on; undefined: none. */
  set noise(noise: Noise | undefined) {
    this.#noise = noise && new NoiseMaker(noise, this.counts);
  }

  /** An adapter is plugged in, and its device appears. */
  async plug(end: LineEnd): Promise<void> {
    const terminal = await PseudoTerminal.open(this.devices[end]);
    this.#ends[end] = terminal;
    terminal.output.on('data', (bytes: Buffer) => {
      if (end === 'sender') this.#take(bytes);
      else this.counts.returned += bytes.length;
    });
  }

  /** An adapter is pulled out, and its device is gone. */
  async pull(end: LineEnd): Promise<void> {
    await this.#ends[end]?.close();
    delete this.#ends[end];
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.pull('sender');
    await this.pull('receiver');
  }

  /** Behind all that the sender wrote so far: nothing waits here, and nothing came for a while. */
  async drained(): Promise<void> {
    for (const endMs = performance.now() + DRAIN_TIMEOUT_MS; performance.now() < endMs; await delay(TICK_MS)) {
      if (this.#waitingBytes === 0 && performance.now() - this.#lastTakenMs > QUIET_MS) return;
    }
    throw new Error('the serial line never falls silent');
  }

  #take(bytes: Buffer): void {
    this.#lastTakenMs = performance.now();
    this.counts.taken += bytes.length;
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.counts.mostWaiting = Math.max(this.counts.mostWaiting, this.#waitingBytes);
  }

  #tick(): void {
    const nowMs = performance.now();
    this.#owedBytes += Math.min(nowMs - this.#lastMs, MAX_OWED_MS) * this.#bytesPerMs;
    this.#lastMs = nowMs;
    const count = Math.min(Math.floor(this.#owedBytes), this.#waitingBytes);
    // An idle line saves nothing up.
    this.#owedBytes = this.#waitingBytes === count ? Math.min(this.#owedBytes - count, 1) : this.#owedBytes - count;
    if (count === 0) return;
    const all = Buffer.concat(this.#waiting);
    this.#waiting = [all.subarray(count)];
    this.#waitingBytes -= count;
    if (this.isCut) return;
    const passed = this.#noise?.spoil(all.subarray(0, count)) ?? all.subarray(0, count);
    this.counts.passed += passed.length;
    this.#ends.receiver?.input.write(passed);
  }
}

/** One socat: what is written to the device comes out of `output`, and `input` is what its reader reads. */
class PseudoTerminal {
  readonly output: Readable;
  readonly input: Writable;
  readonly #child: ChildProcess;
  /** Kept open, since socat ends with the last one that has the device open. */
  readonly #keeper: number;

  private constructor(child: ChildProcess, keeper: number) {
    this.#child = child;
    this.#keeper = keeper;
    this.output = child.stdout as Readable;
    this.input = child.stdin as Writable;
    // It may end before what was written to it was read.
    this.input.on('error', () => {});
  }

  static async open(device: string): Promise<PseudoTerminal> {
    const child = spawn('socat', ['-b', '256', `pty,raw,echo=0,link=${device}`, '-'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    living.add(child);
    child.once('exit', () => living.delete(child));
    for (let tries = 0; !existsSync(device); tries++) {
      if (tries === OPEN_TRIES || child.exitCode !== null) throw new Error(`socat made no ${device}`);
      await delay(10);
    }
    const keeper = openSync(device, constants.O_RDONLY | constants.O_NOCTTY | constants.O_NONBLOCK);
    return new PseudoTerminal(child, keeper);
  }

  async close(): Promise<void> {
    const ended = this.#child.exitCode === null ? once(this.#child, 'exit') : undefined;
    this.#child.kill('SIGTERM');
    await ended;
    closeSync(this.#keeper);
  }
}

/** Bursts at seeded places of the bytes that pass: each drops, changes or inserts. */
class NoiseMaker {
  readonly #noise: Noise;
  readonly #counts: LineCounts;
  readonly #draw: () => number;
  #untilBurst: number;
  #leftOfBurst = 0;
  #fault: (typeof FAULTS)[number] = 'flipped';

  constructor(noise: Noise, counts: LineCounts) {
    this.#noise = noise;
    this.#counts = counts;
    this.#draw = seededFractions(noise.seed);
    this.#untilBurst = this.#around(noise.everyBytes);
  }

  spoil(bytes: Buffer): Buffer {
    const spoilt: number[] = [];
    for (const byte of bytes) {
      if (this.#leftOfBurst === 0 && --this.#untilBurst < 0) this.#beginBurst();
      if (this.#leftOfBurst === 0) {
        spoilt.push(byte);
        continue;
      }
      this.#leftOfBurst--;
      this.#counts[this.#fault]++;
      if (this.#fault === 'flipped') spoilt.push(byte ^ (1 + Math.floor(this.#draw() * 255)));
      if (this.#fault === 'inserted') spoilt.push(byte, Math.floor(this.#draw() * 256));
    }
    return Buffer.from(spoilt);
  }

  #beginBurst(): void {
    this.#counts.bursts++;
    this.#fault = FAULTS[Math.floor(this.#draw() * FAULTS.length)] as (typeof FAULTS)[number];
    this.#leftOfBurst = 1 + this.#around(this.#noise.burstBytes - 1);
    this.#untilBurst = this.#around(this.#noise.everyBytes);
  }

  /** Exponential, as the time between events that know nothing of each other. */
  #around(mean: number): number {
    return Math.floor(-Math.log(1 - this.#draw()) * mean);
  }
}
