/** What every link does: it moves datagrams one way, and tells what its own counters and the kernel's say was lost. */
import type { Batching } from '../config/sender-config.ts';
import type { RunReason } from '../wire/cobs.ts';

/** The link of the connected side: it writes. */
export interface SendLink {
  /** Largest datagram that this link takes whole, header and tag included. */
  readonly maxDatagramBytes: number;
  /** Bytes that each datagram costs on the wire beside its own: Ethernet, IP and UDP, or serial framing. Pacing counts them. */
  readonly overheadBytes: number;
  /**
   * Milliseconds of its rate that the link itself keeps, in order and without loss, of what is handed to it early (a serial
   * driver). Absent where it is sent at once (UDP).
   */
  readonly aheadMs?: number;
  /** Datagrams that it took and the kernel does not have. */
  readonly queuedDatagrams: number;
  /** Whether the kernel has no way out for these (an interface that is down), which wait for it; absent of a serial line. */
  readonly isAway?: boolean;
  /**
   * Hands one datagram to the link, which owns the buffer; until `flush` answers true, where it has one. False where its queue
   * is full: wait.
   */
  send(datagram: Buffer): boolean;
  /** Called each time a full queue has room again. */
  onRoom(handler: () => void): void;
  /**
   * Hands over at once what waits for the turn's end. True: the kernel has copied all that was sent; false where it has no room.
   * Absent where each datagram is handed over by itself, and buffers are not given back.
   */
  flush?(): boolean;
  /** A timer finer than Node's, which count in milliseconds; absent where the platform has none. The caller closes it. */
  openTimer?(handler: () => void): WakeTimer;
  /** A failed send (no route, cable out): counted and said, never fatal. */
  onError(handler: (error: Error) => void): void;
  /** How the serial port is; absent of UDP. */
  line?(): LineStatus;
  /** How datagrams pass the kernel; absent of a serial line. */
  batching?(): BatchingStatus;
  /** What this machine lost of what was sent; absent of a serial line, undefined where no interface is to be asked. */
  drops?(): SendDrops | undefined;
  /** Called when the kernel refused what it had offered, and less is done from then on; absent where nothing can be refused. */
  onBatching?(handler: (status: BatchingStatus) => void): void;
  /** What the kernel has no room for within a second is given up. */
  close(): Promise<void>;
}

/** Calls its handler once, `delayMs` after `set`; another `set` replaces it. */
export interface WakeTimer {
  /** The shortest sleep that is worth asking for, in milliseconds. */
  readonly leastMs: number;
  set(delayMs: number): void;
  close(): void;
}

/** The link of the isolated side. It never writes. */
export interface ReceiveLink {
  /**
   * To be called at once behind the opening: what comes before has no reader, unless the link can leave it to the kernel. The
   * buffer is the handler's until it returns, and used again for another datagram then: who keeps one keeps a copy.
   */
  onDatagram(handler: (datagram: Buffer) => void): void;
  onError(handler: (error: Error) => void): void;
  /** Reads no more until `resume`: what comes stays in the kernel's buffer. Absent where the platform hands over all that comes. */
  pause?(): void;
  resume?(): void;
  /** What was lost below this program, as far as the platform tells: socket buffer, interface. Once closed, as of then. */
  drops(): LinkDrops;
  /** Called with how many bytes came, whatever they are, before the datagrams among them; absent of UDP. */
  onBytes?(handler: (count: number) => void): void;
  /** How the serial port is, and what came; absent of UDP. */
  line?(): ReceivingLineStatus;
  /** How datagrams pass the kernel; absent of a serial line. */
  batching?(): BatchingStatus;
  close(): Promise<void>;
}

/** How datagrams pass the kernel. */
export interface BatchingStatus {
  readonly kind: Batching;
  /** Why it is less than the config allows, as a sentence; absent where it is not. */
  readonly problem?: string;
}

/**
 * Packets that the sending machine lost behind the socket, whoever sent them, since the link was opened; undefined where the
 * platform does not tell. Where the kernel cuts messages into datagrams, one of up to 64 may count as one.
 */
export interface SendDrops {
  readonly interfaceName: string;
  /** By the queue in front of it. */
  readonly queue: number | undefined;
  readonly interface: number | undefined;
  /** Since it was first seen that they rose last; absent where they never did. */
  readonly seenAgeMs?: number;
  /** To which nothing is sent for now, since nobody tells its hardware address; absent of IPv6, and where it is known. */
  readonly unanswered?: string;
}

/** Datagrams (of the interface: packets) that were lost below this program; undefined where the platform does not tell. */
export interface LinkDrops {
  /** By the socket's full buffer, since it was opened. */
  readonly socket: number | undefined;
  /** By the interface, since the machine started. */
  readonly interface: number | undefined;
}

export interface LineStatus {
  readonly device: string;
  readonly baud: number;
  /** How often it was opened again in this run. */
  readonly reopened: number;
  /** What could not be set and nothing depends on, as a sentence; absent where all could. */
  readonly problem?: string;
  /** Present while the port is away: since when by the wall clock, and the system's code, such as EIO. */
  readonly down?: { readonly sinceMs: number; readonly code: string };
}

export interface ReceivingLineStatus extends LineStatus {
  /** Bytes that came in this run. */
  readonly bytes: number;
  /** How many runs between two delimiters were no datagram, by reason. */
  readonly discarded: Readonly<Record<RunReason, number>>;
}
