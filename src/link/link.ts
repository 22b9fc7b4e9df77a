/** What every link does: it moves datagrams one way, and tells what its own counters and the kernel's say was lost. */
import type { Batching } from '../config/sender-config.ts';
import type { RunReason } from '../wire/cobs.ts';

/** Of the connected side. */
export interface SendLink {
  /** Largest datagram that this link takes whole. */
  readonly maxDatagramBytes: number;
  /** Bytes that each datagram costs beside its own: IP and UDP headers, serial framing. Pacing counts them. */
  readonly overheadBytes: number;
  /**
   * So long the link itself keeps what is handed to it ahead of its rate, in order and without loss; none where it would be
   * sent at once.
   */
  readonly aheadMs?: number;
  /**
   * Hands one datagram to the link, which owns the buffer; until `flush` answers true, where it has one. False where its queue
   * is full: wait.
   */
  send(datagram: Buffer): boolean;
  /** Called each time a full queue has room again. */
  onRoom(handler: () => void): void;
  /** Hands over at once what waits for the turn's end. True: the kernel has copied all that was sent; false where it has no room. */
  flush?(): boolean;
  /** Finer than Node's timers, which count in milliseconds; where the platform has one. The caller closes it. */
  openTimer?(handler: () => void): WakeTimer;
  /** A failed send (no route, cable out): counted and said, never fatal. */
  onError(handler: (error: Error) => void): void;
  /** Of a serial line. */
  line?(): LineStatus;
  /** Of UDP. */
  batching?(): BatchingStatus;
  /** Called when the kernel refused what it had offered, and less is done from then on. */
  onBatching?(handler: (status: BatchingStatus) => void): void;
  close(): Promise<void>;
}

/** Calls its handler once, so long after `set`; another `set` replaces it. */
export interface WakeTimer {
  /** It sleeps no shorter. */
  readonly leastMs: number;
  set(delayMs: number): void;
  close(): void;
}

/** Of the isolated side. It never writes. */
export interface ReceiveLink {
  /** The buffer is the handler's until it returns, and used again for another datagram then: who keeps one keeps a copy. */
  onDatagram(handler: (datagram: Buffer) => void): void;
  onError(handler: (error: Error) => void): void;
  /** What was lost below this program, as far as the platform tells: socket buffer, interface. */
  drops(): LinkDrops;
  /** Bytes came, whatever they are; before the datagrams among them. A serial line only. */
  onBytes?(handler: (count: number) => void): void;
  /** Of a serial line. */
  line?(): ReceivingLineStatus;
  /** Of UDP. */
  batching?(): BatchingStatus;
  close(): Promise<void>;
}

/** How datagrams pass the kernel. */
export interface BatchingStatus {
  readonly kind: Batching;
  /** Why it is less than the config allows. */
  readonly problem?: string;
}

export interface LinkDrops {
  readonly socket: number | undefined;
  readonly interface: number | undefined;
}

export interface LineStatus {
  readonly device: string;
  readonly baud: number;
  /** How often it was opened again. */
  readonly reopened: number;
  /** What could not be set and nothing depends on. */
  readonly problem?: string;
  /** It is away: since when by the wall clock, and what the system said. */
  readonly down?: { readonly sinceMs: number; readonly code: string };
}

export interface ReceivingLineStatus extends LineStatus {
  readonly bytes: number;
  /** What stood between two delimiters and is no datagram. */
  readonly discarded: Readonly<Record<RunReason, number>>;
}
