/**
 * Gap tickets: what the isolated side asks to have sent again, short enough for a telephone. docs/wire-format.md, "Gap
 * tickets". Carried as a paper code of kind `G`, which has the checksum.
 *
 *   version 1 | stream digest 4 | epoch (varint) | epoch id, first 2 | runs: (skipped, more: varints) one or more
 *
 * A run begins `skipped` frames behind the least that could follow the run before it (the first: behind frame 1), and has
 * `more` frames behind its first. Runs are ascending and apart from each other, so each set of frames has one encoding.
 */
import { WIRE_LIMITS } from '../limits.ts';
import type { FrameRun } from './frame-runs.ts';

export const TICKET_VERSION = 1;
export const TICKET_STREAM_BYTES = 4;
export const TICKET_EPOCH_ID_BYTES = 2;

export interface GapTicket {
  /** Of boundary and stream, see `ticketStreamDigest`: 4 bytes. */
  readonly streamDigest: Uint8Array;
  readonly epoch: number;
  /** The first 2 bytes of the epoch's id. */
  readonly epochIdStart: Uint8Array;
  /** Ascending, at least one frame between each two. */
  readonly runs: readonly FrameRun[];
}

export type TicketReason = 'ticket-version' | 'ticket-field' | 'ticket-encoding';

export function encodeGapTicket({ streamDigest, epoch, epochIdStart, runs }: GapTicket): Uint8Array {
  const bytes = [TICKET_VERSION, ...streamDigest, ...varint(epoch), ...epochIdStart];
  let least = 1;
  for (const { from, to } of runs) {
    bytes.push(...varint(from - least), ...varint(to - from));
    least = to + 2;
  }
  return Uint8Array.from(bytes);
}

/** The ticket, or why the bytes are none. Never throws; at most one run for two bytes. */
export function decodeGapTicket(bytes: Uint8Array): GapTicket | TicketReason {
  if (bytes[0] !== TICKET_VERSION) return bytes.length === 0 ? 'ticket-field' : 'ticket-version';
  if (bytes.length > WIRE_LIMITS.maxTicketBytes) return 'ticket-field';
  const reader = new Reader(bytes.subarray(1));
  const streamDigest = reader.bytes(TICKET_STREAM_BYTES);
  const epoch = reader.varint();
  const epochIdStart = reader.bytes(TICKET_EPOCH_ID_BYTES);
  const runs: FrameRun[] = [];
  let least = 1;
  do {
    const from = least + reader.varint();
    const to = from + reader.varint();
    if (reader.problem !== undefined) return reader.problem;
    if (to > WIRE_LIMITS.maxSequence) return 'ticket-field';
    runs.push({ from, to });
    least = to + 2;
  } while (!reader.isAtEnd);
  return epoch === 0 ? 'ticket-field' : { streamDigest, epoch, epochIdStart, runs };
}

/** Little end first, 7 bits a byte, as protobuf's; the shortest form alone. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}

/** Behind the first problem it gives zeros. */
class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;
  problem: TicketReason | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  bytes(count: number): Uint8Array {
    const taken = this.#bytes.slice(this.#at, this.#at + count);
    this.#at += count;
    if (taken.length < count) this.#fail('ticket-field');
    return taken;
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) return this.#fail('ticket-field');
      value += (byte & 127) * scale;
      if (!Number.isSafeInteger(value)) return this.#fail('ticket-field');
      if (byte >= 128) continue;
      return byte === 0 && scale > 1 ? this.#fail('ticket-encoding') : value;
    }
  }

  #fail(reason: TicketReason): 0 {
    this.problem ??= reason;
    return 0;
  }
}
