/**
 * The process of `link` before the diode: signed frames in memory through transmitter (FEC, AEAD) and link, as fast as both
 * take them and the receiver keeps up. Also bare datagrams of the same size through the addon alone.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import { Transmitter } from '../../../sender/transmit/transmitter.ts';
import { datagramKey, sha256 } from '../../../src/crypto/digest.ts';
import { newLaneCipher } from '../../../src/crypto/lane-cipher.ts';
import { SENDER_LIMITS, WIRE_LIMITS } from '../../../src/limits.ts';
import { openUdpSendLink } from '../../../src/link/udp-send-link.ts';
import { decodeFrame } from '../../../src/wire/frame.ts';
import type { ProgramProfile } from '../../support/benchmark.ts';
import { cpuSeconds, profileOf } from '../../support/core-time.ts';
import { answerRequests } from '../../support/helper-process.ts';
import { ProgressFile } from '../../support/progress-file.ts';
import { SendWindow } from '../../support/send-window.ts';
import { openAddon } from '../udp/way.ts';
import { noiseFrames, type SignedFrames } from '../verify/signed-frames.ts';
import { monotonicSeconds, newCodec, REPAIR_PERCENT, sessionOfRun } from './link-session.ts';

const SEND_BUFFER_BYTES = 4 * 1024 * 1024;
const LANE = 0;
/** The kernel has no room for now. */
const FULL: readonly number[] = [constants.errno.EAGAIN, constants.errno.ENOBUFS];

export interface Place {
  readonly address: string;
  readonly port: number;
  readonly progressPath: string;
  /** Datagrams that were sent and not yet received, at most. */
  readonly ahead: number;
  /** Slept where it is that far behind: short beside what it has to do then. */
  readonly napMs: number;
}

export interface Sent {
  readonly datagrams: number;
  readonly leftOut: number;
  readonly startedSeconds: number;
  readonly cpuSeconds: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly profile?: ProgramProfile;
}

export interface Made {
  readonly publicKey: string;
  readonly frameBytes: readonly number[];
  /** SHA-256 of all their digests, in order. */
  readonly digest: string;
  readonly head: string;
}

let signed: SignedFrames | undefined;
const codec = newCodec();
const napping = new Int32Array(new SharedArrayBuffer(4));

const handlers = {
  /** Signs the frames that every run sends. */
  async make(options: { readonly count: number; readonly bodyBytes: number; readonly seed: number }): Promise<Made> {
    signed = noiseFrames(options);
    const digests = signed.frames.map(headerDigest);
    return {
      publicKey: Buffer.from(signed.publicKey).toString('hex'),
      frameBytes: signed.frames.map(({ length }) => length),
      digest: createHash('sha256').update(Buffer.concat(digests)).digest('hex'),
      head: Buffer.from(digests.at(-1) as Uint8Array).toString('hex'),
    };
  },

  /** Every `leaveOutEvery`th datagram does not leave. */
  async send(options: Place & { run: number; leaveOutEvery: number; isProfiled: boolean }): Promise<Sent> {
    return timed(options.isProfiled, 'sender', (count) => sendFrames(options, count));
  },

  async sendBare(options: Place & { datagrams: number; bytes: number }): Promise<Sent> {
    return timed(false, 'sender', (count) => sendBare(options, count));
  },
};

export type FrameSender = typeof handlers;

/** What a run counts. */
class Count {
  datagrams = 0;
  leftOut = 0;
  readonly errors: Record<string, number> = {};

  add(error: Error): void {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    this.errors[code] = (this.errors[code] ?? 0) + 1;
  }
}

async function timed(isProfiled: boolean, program: string, work: (count: Count) => Promise<void>): Promise<Sent> {
  const count = new Count();
  const startedSeconds = monotonicSeconds();
  const before = cpuSeconds();
  const profile = isProfiled ? await profileOf(program, () => work(count)) : await work(count);
  const { datagrams, leftOut, errors } = count;
  const used = { datagrams, leftOut, startedSeconds, cpuSeconds: cpuSeconds() - before, errors };
  return { ...used, ...(profile && { profile }) };
}

async function sendFrames(options: Place & { run: number; leaveOutEvery: number }, count: Count): Promise<void> {
  const { address, port, leaveOutEvery } = options;
  const link = await openUdpSendLink({ address, port, sendBufferBytes: SEND_BUFFER_BYTES, batching: 'segments' });
  link.onError((error) => count.add(error));
  const transmitter = newTransmitter(options.run);
  const frames = signed?.frames ?? [];
  const progress = new ProgressFile(options.progressPath, 'r');
  const window = newWindow(progress, options);
  let next = 0;
  let waiting: Buffer | undefined;
  while (next < frames.length || transmitter.hasFresh || waiting !== undefined) {
    for (; next < frames.length && hasRoom(transmitter); next++) {
      const bytes = frames[next] as Uint8Array;
      transmitter.handleFrame({ sequence: next + 1, bytes, recordCount: 1, createdAtMs: 0 });
    }
    // One time for a turn, as in the send loop.
    const nowMs = performance.now();
    const windowUpTo = window.upTo(nowMs);
    if (windowUpTo === undefined) break;
    const upTo = Math.min(windowUpTo, count.datagrams + SENDER_LIMITS.maxSendsPerTurn);
    if (count.datagrams >= upTo) nap(options.napMs);
    while (count.datagrams < upTo) {
      waiting ??= transmitter.poll(nowMs)?.datagram;
      if (waiting === undefined) break;
      const isLeftOut = (count.datagrams + count.leftOut + 1) % leaveOutEvery === 0;
      if (!isLeftOut && !link.send(waiting)) break;
      waiting = undefined;
      transmitter.handleLeft(nowMs);
      if (isLeftOut) count.leftOut++;
      else count.datagrams++;
    }
    if (link.flush?.()) transmitter.handleCopied();
    transmitter.takePassed();
    await turn();
  }
  await link.close();
  progress.close();
}

async function sendBare(options: Place & { datagrams: number; bytes: number }, count: Count): Promise<void> {
  const { address, port, datagrams, bytes } = options;
  const addon = openAddon();
  const socket = addon.connect(address, port, SEND_BUFFER_BYTES);
  const batch = Array.from({ length: 256 }, (_, at) => Buffer.alloc(bytes, at));
  const progress = new ProgressFile(options.progressPath, 'r');
  const window = newWindow(progress, options);
  while (count.datagrams < datagrams) {
    const upTo = window.upTo(performance.now());
    if (upTo === undefined) break;
    const room = Math.min(batch.length, datagrams - count.datagrams, upTo - count.datagrams);
    const taken = room > 0 ? addon.send(socket, room === batch.length ? batch : batch.slice(0, room), true) : 0;
    if (taken < 0 && !FULL.includes(-taken)) throw new Error(`sending: ${getSystemErrorName(taken)}`);
    if (taken > 0) count.datagrams += taken;
    else nap(options.napMs);
  }
  addon.close(socket);
  progress.close();
}

function newWindow(progress: ProgressFile, { ahead }: Place): SendWindow {
  return new SendWindow(performance.now(), { received: () => progress.read(), ahead });
}

function newTransmitter(run: number): Transmitter {
  const { id, secret } = sessionOfRun(run);
  const cipher = newLaneCipher(datagramKey(secret, id, LANE));
  return new Transmitter({
    session: { handle: id.readUInt32BE(0), lane: LANE, cipher },
    symbolBytes: WIRE_LIMITS.defaultSymbolBytes,
    repairPercent: REPAIR_PERCENT,
    repeatAfterMs: [],
    encoder: codec,
    resends: { hasNext: false, take: () => undefined },
  });
}

/** As the core gives it frames. */
function hasRoom({ inFlight: { frames, bytes } }: Transmitter): boolean {
  return frames < SENDER_LIMITS.maxInFlightFrames && bytes < SENDER_LIMITS.maxInFlightBytes;
}

function headerDigest(bytes: Uint8Array): Uint8Array {
  const frame = decodeFrame(bytes);
  if (typeof frame === 'string') throw new Error(frame);
  return sha256(frame.header);
}

/** Without using the core. */
function nap(napMs: number): void {
  Atomics.wait(napping, 0, 0, napMs);
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

answerRequests(handlers);
