/**
 * Reverts of a running sender: request ─► [revert desk] ─► line queue. Takes up what operators asked for, feeds its lines in
 * between those of the source as the queue has room, and says when the last one is journaled.
 */

import type { AuditLog } from '../../src/audit/audit-log.ts';
import { LAST_PRINTABLE_MS } from '../../src/identity/rfc3339.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import type { RequestAnswer, RequestHandler } from '../../src/ops/request-desk.ts';
import type { SenderCore } from '../core.ts';
import type { SenderEvents } from '../ops/sender-events.ts';
import { isRevertId, RevertFile, removeRevertFile, revertFileBytes } from './revert-file.ts';
import { type RevertOrder, type RevertProgress, waitingLines } from './revert-table.ts';

export interface RevertDeskParts {
  readonly core: SenderCore;
  /** DIR/data/reverts. */
  readonly revertFolder: string;
  readonly audit: AuditLog;
  readonly events: Pick<SenderEvents, 'handleRevertEnded'>;
}

export class RevertDesk {
  readonly #parts: RevertDeskParts;
  #file: RevertFile | undefined;
  /** Nothing waits and nothing ended since this was last looked at. */
  #isIdle = false;
  /** Whose end was said, in case that its file or row cannot be changed at once. */
  #saidEnd: string | undefined;
  /** As of `close`. */
  #lastAtClose: RevertProgress | undefined;
  #isClosed = false;

  constructor(parts: RevertDeskParts) {
    this.#parts = parts;
  }

  /** The request's effect: it is known, durably, and goes on over restarts. */
  readonly handleRequest: RequestHandler = ({ body }): RequestAnswer => {
    const { core, revertFolder } = this.#parts;
    const order = readOrder(body);
    if (order === undefined) return { outcome: 'refused', reason: 'The request names no revert: type it again.' };
    const { id, toMs, lines } = order;
    const problem = core.reverts.has(id) ? undefined : fileProblem(revertFolder, order);
    if (problem !== undefined) return { outcome: 'refused', reason: problem };
    core.journal.transaction(() => core.reverts.take(order));
    this.#isIdle = false;
    return { outcome: 'done', detail: { revert: id, to: new Date(toMs).toISOString(), lines } };
  };

  /** After each turn of the loop. A full disk it waits out; throws what else file system, journal and audit log throw. */
  handleTurn(nowMs: number, wallMs: number): void {
    if (this.#isIdle || this.#parts.core.pauseReason !== undefined) return;
    try {
      this.#settle(wallMs);
      this.#feed(nowMs);
    } catch (error) {
      if (!(error instanceof DiodeError) || error.code !== 'disk-full') throw error;
    }
  }

  /** The revert that an operator asked for last, also of an earlier run. */
  get last(): RevertProgress | undefined {
    return this.#isClosed ? this.#lastAtClose : this.#parts.core.reverts.last();
  }

  /** Before the store is closed. */
  close(): void {
    this.#lastAtClose = this.last;
    this.#isClosed = true;
    this.#closeFile();
  }

  /** Says what ended; then its file is not needed. A crash in between says it again. */
  #settle(wallMs: number): void {
    const { core, revertFolder, audit, events } = this.#parts;
    for (let ended = core.reverts.unsettled(); ended !== undefined; ended = core.reverts.unsettled()) {
      const { id, toMs, lines, sent, changed, refused } = ended;
      if (this.#saidEnd !== id) {
        const to = new Date(toMs).toISOString();
        const unread = waitingLines(ended);
        audit.append(wallMs, { event: 'revert-ended', revert: id, to, lines, sent, changed, refused, unread });
        audit.sync();
        events.handleRevertEnded(ended);
        this.#saidEnd = id;
      }
      if (this.#file?.id === id) this.#closeFile();
      removeRevertFile(revertFolder, id);
      core.journal.transaction(() => core.reverts.settle(id));
    }
  }

  #closeFile(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  #feed(nowMs: number): void {
    const { core } = this.#parts;
    const waiting = core.reverts.waiting();
    if (waiting === undefined) {
      this.#isIdle = true;
      return;
    }
    this.#file ??= this.#open(waiting);
    const entries = this.#file?.read();
    if (entries !== undefined) core.handleEntries(nowMs, entries);
    // All that its file has is journaled, and it is less than was written.
    else if (waiting.offset === (this.#file?.handedOver ?? waiting.offset)) {
      core.journal.transaction(() => core.reverts.end(waiting.id));
    }
  }

  /** Undefined where somebody deleted it. */
  #open({ id, offset, sent, changed, refused }: RevertProgress): RevertFile | undefined {
    const { revertFolder } = this.#parts;
    if (revertFileBytes(revertFolder, id) === undefined) return undefined;
    return new RevertFile(revertFolder, { id, offset, lineNumber: sent + changed + refused });
  }
}

/** A file that this program cannot read would end it each time that it comes to the revert. */
function fileProblem(folder: string, { id, bytes }: RevertOrder): string | undefined {
  try {
    if (revertFileBytes(folder, id) !== bytes) {
      return 'The file with the lines of this revert is gone: type the revert again.';
    }
    const file = new RevertFile(folder, { id, offset: 0, lineNumber: 0 });
    try {
      file.read();
    } finally {
      file.close();
    }
    return undefined;
  } catch (error) {
    const seen = error instanceof DiodeError ? error.seen : String(error);
    return `${seen} Type the revert again, as the user that the sender runs as.`;
  }
}

function readOrder(body: unknown): RevertOrder | undefined {
  const { id, toMs, lines, bytes } = (body ?? {}) as Record<keyof RevertOrder, unknown>;
  const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;
  if (!isRevertId(id) || !isWhole(toMs) || !isWhole(lines) || !isWhole(bytes)) return undefined;
  // Beyond, a time has no text for log and audit.
  return toMs <= LAST_PRINTABLE_MS ? { id, toMs, lines, bytes } : undefined;
}
