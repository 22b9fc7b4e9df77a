/**
 * Line queue: source ─► [line queue] ─► flush. What was read and not yet journaled: says when a flush is due (size, count
 * or linger) and when the source should stop for a while. Pure.
 */
import { SENDER_LIMITS } from '../src/limits.ts';
import type { IssuerEntry } from './issuer/issuer-entry.ts';
import type { RevertEntry } from './revert-lines.ts';
import type { SourceEntry } from './sources/source.ts';

/** Of the source, of an operator's revert, and of the sender's own issuer. */
export type LineEntry = SourceEntry | RevertEntry | IssuerEntry;

export interface LineQueueBounds {
  readonly batchBodyBytes: number;
  readonly batchRecords: number;
  readonly lingerMs: number;
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

  /** Whether a flush is due; a sender that stops flushes whatever there is. */
  isDue(nowMs: number): boolean {
    const deadlineMs = this.nextDeadlineMs();
    return deadlineMs !== undefined && deadlineMs <= nowMs;
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
  drop(count: number): void {
    for (const queued of this.#entries.slice(0, count)) this.#byteCount -= queued.bytes;
    this.#entries = this.#entries.slice(count);
  }

  nextDeadlineMs(): number | undefined {
    const oldest = this.#entries[0];
    if (oldest === undefined) return undefined;
    const isBatch = this.#entries.length >= this.#bounds.batchRecords || this.#byteCount >= this.#bounds.batchBodyBytes;
    return isBatch ? oldest.arrivedMs : oldest.arrivedMs + this.#bounds.lingerMs;
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
