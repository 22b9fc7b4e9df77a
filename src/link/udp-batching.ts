/** How a UDP link hands datagrams to the kernel and takes them: the most that config, build and kernel allow. */
import type { Batching } from '../config/sender-config.ts';
import type { BatchingStatus } from './link.ts';
import { loadUdpAddon, type UdpAddon } from './udp-addon.ts';

export interface ChosenBatching {
  readonly status: BatchingStatus;
  /** Absent where each datagram passes the kernel by itself. */
  readonly addon?: UdpAddon;
}

const OPTIONS = { send: 'UDP_SEGMENT', receive: 'UDP_GRO' } as const;

/** Step by step down: segments, datagrams, none. */
export function chooseBatching(
  wanted: Batching = 'segments',
  direction: keyof typeof OPTIONS,
  load: () => UdpAddon | string = loadUdpAddon,
): ChosenBatching {
  if (wanted === 'none') return { status: { kind: 'none' } };
  const addon = load();
  if (typeof addon === 'string') return { status: { kind: 'none', problem: addon } };
  if (wanted === 'datagrams') return { addon, status: { kind: 'datagrams' } };
  const isOffered = direction === 'send' ? addon.canSegment() : addon.canCoalesce();
  if (isOffered) return { addon, status: { kind: 'segments' } };
  return { addon, status: { kind: 'datagrams', problem: `this kernel has no ${OPTIONS[direction]}` } };
}

/** What a person reads of it. */
export function batchingText({ kind, problem }: BatchingStatus): string {
  const how = {
    segments: 'in batches of segments',
    datagrams: 'in batches of single datagrams',
    none: 'one datagram at a time, through node:dgram',
  }[kind];
  return problem === undefined ? how : `${how}: ${problem}`;
}

interface Log {
  info(detail: object, text: string): void;
  warn(detail: object, text: string): void;
}

export function logBatching(log: Log, status: BatchingStatus): void {
  const level = status.problem === undefined ? 'info' : 'warn';
  log[level]({ batching: status.kind }, `UDP passes the kernel ${batchingText(status)}.`);
}
