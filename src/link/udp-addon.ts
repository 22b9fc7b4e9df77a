/** The addon of src/native, compiled at install: UDP datagrams in batches. The one file that loads it. */
import { builtAddon, loadNativeAddon } from '../native/native-addon.ts';

/** A socket of the addon; it has no members. */
export interface BatchSocket {
  readonly isBatchSocket: never;
}

/** A timer of the addon; it has no members. */
export interface FineTimer {
  readonly isFineTimer: never;
}

/** Errors are negative errnos. On a closed socket `send` and `read` answer one, `places` 0, and the others throw. */
export interface UdpAddon {
  /** Whether the kernel knows UDP_SEGMENT. */
  canSegment(): boolean;
  /** Whether the kernel knows UDP_GRO. */
  canCoalesce(): boolean;
  /** Throws an Error with the system's code. */
  bind(address: string, port: number, receiveBufferBytes: number, coalesced: boolean): BatchSocket;
  /** Throws an Error with the system's code. */
  connect(address: string, port: number, sendBufferBytes: number): BatchSocket;
  /** How many of the datagrams the kernel took, from the first on, or an error. At most 256 are looked at. */
  send(socket: BatchSocket, datagrams: readonly Buffer[], segmented: boolean): number;
  /**
   * Reads a batch where none waits, a message of one datagram or many into each 64 KiB of `into`; how many datagrams wait, or an
   * error. Throws a RangeError where `into` holds no message.
   */
  read(socket: BatchSocket, into: Buffer): number;
  /** Where the datagrams that wait lie in what `read` was given, the oldest first; how many: at most what both arrays hold. */
  places(socket: BatchSocket, starts: Uint32Array, lengths: Uint32Array): number;
  /** Calls back with 0 whenever the socket is ready; with an error, it has stopped watching. No events: stops. */
  watch(socket: BatchSocket, events: number, callback: (error: number) => void): void;
  port(socket: BatchSocket): number;
  /** Bytes as the kernel counts them: twice what was asked for, its own book-keeping included. */
  receiveBufferBytes(socket: BatchSocket): number;
  sendBufferBytes(socket: BatchSocket): number;
  /** Datagrams that the socket lost since it was bound; undefined where the kernel does not tell. */
  drops(socket: BatchSocket): number | undefined;
  /**
   * Packets that the queue of an interface dropped since it was set up; undefined where the kernel does not tell. Absent of an
   * addon that an older checkout compiled.
   */
  queueDrops?(interfaceIndex: number): number | undefined;
  close(socket: BatchSocket): void;
  /** Calls back each time it is due: of the kernel's high-resolution timers, where Node's count in milliseconds. */
  timer(callback: () => void): FineTimer;
  /** Due once, `delayMs` from now (fractions count, an hour at most), instead of when it was due before. */
  setTimer(timer: FineTimer, delayMs: number): void;
  endTimer(timer: FineTimer): void;
}

export const READABLE = 1;
export const WRITABLE = 2;

/** The addon, or why there is none. */
export function loadUdpAddon(file: URL = builtAddon('udp')): UdpAddon | string {
  const addon = loadNativeAddon(file);
  if (typeof addon === 'string') return addon;
  // What was added last tells one that an older checkout compiled.
  if (!('places' in addon)) return 'the addon is older than this program (npm run install compiles it)';
  return addon as UdpAddon;
}
