/** When each datagram passed a device, as its kernel stamped it in nanoseconds, and what that says of bursts. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import type { Namespace } from '../../bench/support/namespace.ts';

export interface PassedDatagram {
  readonly atMs: number;
  /** On the cable: with preamble, check sequence and gap, which no capture sees. */
  readonly wireBytes: number;
}

/** A busy machine may let tcpdump wait for its turn, and what it has not written when it ends would be lost. */
const WRITTEN_MS = 10_000;
const LOOK_MS = 20;
const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
/** Preamble 8, check sequence 4, gap 12. */
const UNSEEN_BYTES = 24;

export function canCapture(): boolean {
  return spawnSync('tcpdump', ['--version'], { stdio: 'ignore' }).status === 0;
}

/** Captures UDP on `device` while `work` sends, until all that it says it sent is there, or for 10 s. Needs tcpdump. */
export async function captureWhile(
  side: Namespace,
  device: string,
  work: () => Promise<{ readonly sent: number }>,
): Promise<PassedDatagram[]> {
  const options = [
    '-i',
    device,
    '--time-stamp-precision=nano',
    '-s',
    '64',
    '-B',
    '65536',
    '--immediate-mode',
    '-w',
    '-',
    '-U',
    'udp',
  ];
  const child = side.spawn(['tcpdump', ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  // It says that it listens.
  await once(child.stderr as NodeJS.ReadableStream, 'data');
  const { sent } = await work();
  const untilMs = performance.now() + WRITTEN_MS;
  while (readCapture(Buffer.concat(chunks)).length < sent && performance.now() < untilMs) await setTimeout(LOOK_MS);
  const closed = once(child, 'close');
  child.kill('SIGINT');
  await closed;
  return readCapture(Buffer.concat(chunks));
}

/** The records of a capture file of nanoseconds. */
function readCapture(file: Buffer): PassedDatagram[] {
  const passed: PassedDatagram[] = [];
  for (let at = FILE_HEADER_BYTES; at + RECORD_HEADER_BYTES <= file.length; ) {
    const seconds = file.readUInt32LE(at);
    const nanoseconds = file.readUInt32LE(at + 4);
    const kept = file.readUInt32LE(at + 8);
    passed.push({ atMs: seconds * 1e3 + nanoseconds / 1e6, wireBytes: file.readUInt32LE(at + 12) + UNSEEN_BYTES });
    at += RECORD_HEADER_BYTES + kept;
  }
  return passed;
}

/** The most that left ahead of the rate in any time: what a token bucket would have had to hold. */
export function largestBurstBytes(passed: readonly PassedDatagram[], rateBitsPerSecond: number): number {
  let level = 0;
  let largest = 0;
  let lastMs = passed[0]?.atMs ?? 0;
  for (const { atMs, wireBytes } of passed) {
    level = Math.max(0, level - ((atMs - lastMs) * rateBitsPerSecond) / 8_000) + wireBytes;
    lastMs = atMs;
    largest = Math.max(largest, level);
  }
  return largest;
}

/** Between each and the next. */
export function gapsMs(passed: readonly PassedDatagram[]): readonly number[] {
  return passed.slice(1).map(({ atMs }, at) => atMs - (passed[at] as PassedDatagram).atMs);
}

/** Those of each span of `spanMs`, the first beginning with the first of them; without those in which none passed. */
export function spans(passed: readonly PassedDatagram[], spanMs: number): readonly (readonly PassedDatagram[])[] {
  const bySpan = new Map<number, PassedDatagram[]>();
  for (const each of passed) {
    const span = Math.floor((each.atMs - (passed[0] as PassedDatagram).atMs) / spanMs);
    bySpan.set(span, [...(bySpan.get(span) ?? []), each]);
  }
  return [...bySpan.values()];
}

/** NaN of none. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
