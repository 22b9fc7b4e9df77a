/** What the sender's audit log says: journal ─► [audit] ─► transmitter. No frame leaves before its entry is synced. */

import type { AuditLog } from '../../src/audit/audit-log.ts';
import { recordLists } from '../../src/audit/record-list.ts';
import { hex } from '../../src/crypto/hex.ts';
import { AUDIT_LIMITS } from '../../src/limits.ts';
import type { LiveKey } from '../issuer/issued-log.ts';
import type { Journal } from '../journal/journal.ts';
import type { FrameSummary } from '../journal/journal-statements.ts';
import type { FlushResult } from '../journal/line-flush.ts';
import type { FramedPart } from '../snapshot/snapshot-cycle.ts';
import type { Session } from '../transmit/session.ts';

/** The key of the sender's own issuer. */
export interface IssuerKeyInUse {
  readonly issuer: string;
  readonly keyId: string;
  readonly algorithm: string;
  /** That of the last token, where it was another one. */
  readonly changedFrom?: string;
  /** Other keys of tokens that have not expired. */
  readonly live: readonly LiveKey[];
}

export class SenderAudit {
  readonly #log: AuditLog;
  readonly #journal: Journal;

  constructor(log: AuditLog, journal: Journal) {
    this.#log = log;
    this.#journal = journal;
  }

  /** A new run. Frames that a crash left between journal and log come first; one of them may be there already. */
  handleStart(wallMs: number, session: Session, signingKeyId: string): void {
    const { number: epoch, id } = this.#journal.epoch;
    const epochId = hex(id);
    if (this.#journal.isNewEpoch) this.#log.append(wallMs, { event: 'epoch-created', epoch, epochId });
    this.#appendFrames(wallMs, this.#journal.unaudited());
    this.#log.append(wallMs, {
      event: 'session-started',
      session: session.number,
      sessionId: hex(session.id),
      key: signingKeyId,
      receivers: session.receivers.map(({ receiverId }) => hex(receiverId)),
      epoch,
      epochId,
      sequence: this.#journal.head.sequence,
    });
    this.#log.sync();
  }

  /** Without a session: what a crash left between journal and log, before more is signed. */
  handleUnaudited(wallMs: number): void {
    this.#appendFrames(wallMs, this.#journal.unaudited());
    this.#log.sync();
  }

  /** Behind the commit, so that what the log says was signed is what the journal has. */
  handleFlush(wallMs: number, result: FlushResult): void {
    this.#appendFrames(
      wallMs,
      result.frames.map(({ bytes, ...frame }) => ({ ...frame, frameBytes: bytes.length })),
    );
    for (const entry of recordLists('records-signed', result.recordNames)) this.#log.append(wallMs, entry);
    if (result.refused.length > 0) {
      const codes = [...new Set(result.refused.map(({ code }) => code))];
      this.#log.append(wallMs, { event: 'lines-refused', lines: result.refused.length, codes });
    }
    this.#log.sync();
  }

  /** Before it signs anything. */
  handleKeyChange(wallMs: number, keyId: string): void {
    this.#log.append(wallMs, { event: 'signing-key-changed', key: keyId });
    this.#log.sync();
  }

  /** Once a run, before it signs anything. */
  handleIssuerKey(wallMs: number, { issuer, keyId, algorithm, changedFrom, live }: IssuerKeyInUse): void {
    this.#log.append(
      wallMs,
      changedFrom === undefined
        ? { event: 'issuer-key-opened', issuer, key: keyId, algorithm, ...unexpired(live) }
        : { event: 'issuer-key-changed', issuer, from: changedFrom, to: keyId, algorithm, ...unexpired(live) },
    );
    this.#log.sync();
  }

  /** Before what takes its tokens back is journaled. */
  handleIssuerRemoved(wallMs: number, issuer: string, live: readonly LiveKey[]): void {
    this.#log.append(wallMs, { event: 'issuer-removed', issuer, ...unexpired(live) });
    this.#log.sync();
  }

  /** Behind the commit, as a flush; the first part says that its cycle began, the last that it ended. */
  handlePart(wallMs: number, { frame: { bytes, ...frame }, part }: FramedPart): void {
    const { cycle, asOf } = part;
    const { number: epoch } = this.#journal.epoch;
    if (part.part === 0) {
      this.#log.append(wallMs, { event: 'snapshot-began', cycle, epoch, asOfSequence: asOf.sequence });
    }
    this.#appendFrames(wallMs, [{ ...frame, frameBytes: bytes.length }]);
    if (part.last) this.#log.append(wallMs, { event: 'snapshot-ended', cycle, epoch, parts: part.part + 1 });
    this.#log.sync();
  }

  handlePruned(wallMs: number, frames: number): void {
    const { oldestSequence } = this.#journal.head;
    this.#log.append(wallMs, { event: 'journal-pruned', epoch: this.#journal.epoch.number, frames, oldestSequence });
  }

  /** Nothing of what operators wanted again waits any more; counts of this run. */
  handleResent(wallMs: number, { done, missing }: { readonly done: number; readonly missing: number }): void {
    this.#log.append(wallMs, { event: 'frames-resent', epoch: this.#journal.epoch.number, frames: done, missing });
  }

  handleStop(wallMs: number, session: Session): void {
    const { sequence } = this.#journal.head;
    this.#log.append(wallMs, { event: 'session-ended', session: session.number, sequence });
    this.#log.sync();
  }

  #appendFrames(wallMs: number, frames: readonly FrameSummary[]): void {
    const { number: epoch } = this.#journal.epoch;
    for (const { sequence, digest, recordCount, frameBytes } of frames) {
      this.#log.append(wallMs, {
        event: 'frame-signed',
        epoch,
        sequence,
        digest: hex(digest),
        records: recordCount,
        bytes: frameBytes,
      });
    }
    const last = frames.at(-1);
    if (last !== undefined) this.#journal.handleAudited(last.sequence);
  }
}

/** Tokens in all, and of each key `<kid> <tokens> <when the last of them expires>`. */
function unexpired(live: readonly LiveKey[]) {
  const unexpiredTokens = live.reduce((sum, { tokens }) => sum + tokens, 0);
  const keys = live
    .slice(0, AUDIT_LIMITS.maxListedKeys)
    .map(({ keyId, tokens, expiresMs }) => `${keyId} ${tokens} ${new Date(expiresMs).toISOString()}`);
  return { unexpiredTokens, unexpired: keys };
}
