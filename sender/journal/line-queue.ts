/**
 * Line queue: source ─► [line queue] ─► flush. What was read and not yet journaled: says when a flush is due (size, count
 * or linger) and when the source should stop for a while. A change that comes alone need not linger: what comes within
 * `lingerMs` of a flush waits for the rest of it, so that a steady trickle makes at most a frame each `lingerMs`. Pure.
 */
import { SENDER_LIMITS } from '../../src/limits.ts';
import type { IssuerEntry } from '../issuer/issuer-entry.ts';
import type { RevertEntry } from '../revert/revert-lines.ts';
import type { SourceEntry } from '../sources/source.ts';

/** Of the source, of an operator's revert, and of the sender's own issuer. */
export type LineEntry = SourceEntry | RevertEntry | IssuerEntry;

export interface LineQueueBounds {
  readonly batchBodyBytes: number;
  readonly batchRecords: number;
  readonly lingerMs: number;
  /** A frame of its own costs the link little: what comes after a rest of `lingerMs` is due at once. */
  readonly isPrompt?: boolean;
}

interface QueuedEntry {
  readonly entry: LineEntry;
  readonly bytes: number;
  readonly arrivedMs: number;
}

export class LineQueue {
  readonly #bounds: LineQueueBounds;
  #entries: QueuedEntry[] = [];
  #byteCount = 0;
  #droppedMs = Number.NEGATIVE_INFINITY;

  constructor(bounds: LineQueueBounds) {
    this.#bounds = bounds;
  }

  handleEntries(nowMs: number, entries: readonly LineEntry[]): void {
    for (const entry of entries) {
      const bytes = bytesOf(entry);
      this.#entries.push({ entry, bytes, arrivedMs: nowMs });
      this.#byteCount += bytes;
    }
  }

  /** The oldest entries of about `maxCommitFrames` frames, at least one. They stay queued until `drop`. */
  peek(): readonly LineEntry[] {
    const maxBytes = SENDER_LIMITS.maxCommitFrames * this.#bounds.batchBodyBytes;
    const maxEntries = SENDER_LIMITS.maxCommitFrames * this.#bounds.batchRecords;
    const taken: LineEntry[] = [];
    let bytes = 0;
    for (const queued of this.#entries) {
      bytes += queued.bytes;
      if (taken.length > 0 && (bytes > maxBytes || taken.length >= maxEntries)) break;
      taken.push(queued.entry);
    }
    return taken;
  }

  /** The first `count` entries are journaled. */
  drop(nowMs: number, count: number): void {
    this.#droppedMs = nowMs;
    for (const queued of this.#entries.slice(0, count)) this.#byteCount -= queued.bytes;
    this.#entries = this.#entries.slice(count);
  }

  /** `isLinkFree`: nothing waits for the link, so that what is flushed now leaves now. */
  nextDeadlineMs(isLinkFree: boolean): number | undefined {
    const oldest = this.#entries[0];
    if (oldest === undefined) return undefined;
    const { batchRecords, batchBodyBytes, lingerMs, isPrompt } = this.#bounds;
    if (this.#entries.length >= batchRecords || this.#byteCount >= batchBodyBytes) return oldest.arrivedMs;
    const fromMs = isPrompt && isLinkFree ? Math.min(this.#droppedMs, oldest.arrivedMs) : oldest.arrivedMs;
    return Math.max(fromMs + lingerMs, oldest.arrivedMs);
  }

  get isFull(): boolean {
    return this.#byteCount >= SENDER_LIMITS.maxQueuedLineBytes || this.#entries.length >= SENDER_LIMITS.maxQueuedLines;
  }

  get lineCount(): number {
    return this.#entries.length;
  }

  get byteCount(): number {
    return this.#byteCount;
  }

  get oldestArrivedMs(): number | undefined {
    return this.#entries[0]?.arrivedMs;
  }
}

function bytesOf(entry: LineEntry): number {
  switch (entry.kind) {
    case 'line':
    case 'revert':
      return entry.text.length;
    case 'issued':
      return entry.token.jws.length;
    case 'said':
      return entry.record.kind === 'key-set' ? entry.record.jwks.length : 0;
    default:
      return 0;
  }
}
