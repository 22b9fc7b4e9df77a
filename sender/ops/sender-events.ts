/** What of the sender's events a person reads in the log. Counts, codes and names only. */
import { SENDER_LIMITS } from '../../src/limits.ts';
import type { BatchingStatus } from '../../src/link/link.ts';
import { logBatching } from '../../src/link/udp-batching.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import type { SenderCore } from '../core.ts';
import type { ForeignEvent } from '../issuer/foreign-issuers.ts';
import type { LiveKey } from '../issuer/issued-log.ts';
import type { RevertProgress } from '../revert/revert-table.ts';
import type { PipelineParts } from '../running-sender.ts';
import type { SourceEvent } from '../sources/source.ts';
import type { SenderEvent, SenderLog } from './sender-observer.ts';

const PAUSED = {
  'journal-full':
    'The journal is full of frames that were not sent through all their repeats: the source is not read until there is room. Raise journal.maxBytes or link.rateBitsPerSecond if this lasts.',
  'disk-full':
    'The disk is full: the source is not read until there is room. Free space on it; nothing that was read is lost.',
} as const;

export class SenderEvents {
  readonly #log: SenderLog;
  #lastSendErrorMs: number | undefined;
  #unsaidSendErrors = 0;

  constructor(log: SenderLog) {
    this.#log = log;
  }

  handleStart({ config, core, link, session, source }: PipelineParts): void {
    const { epoch, head } = core.journal;
    const detail = { session: session.number, epoch: epoch.number, sequence: head.sequence, stream: config.stream };
    const unsentFrames = core.journal.unsent.frames;
    this.#log.info({ ...detail, unsentFrames, receivers: session.receivers.length }, 'The sender has started.');
    const batching = link.batching?.();
    if (batching !== undefined) this.handleBatching(batching);
    if (core.pause.current !== undefined) {
      const detail = { ...core.pause.current };
      this.#log.warn(
        detail,
        'The sender is paused by an operator: it reads no source and sends no frames until `resume`.',
      );
    }
    if (source.isResumable) return;
    this.#log.warn(
      { source: source.name },
      'This source has no positions: lines that were read and not journaled are lost if the sender is killed.',
    );
  }

  handleBatching(status: BatchingStatus): void {
    logBatching(this.#log, status);
  }

  handleEvent(event: SenderEvent): void {
    switch (event.kind) {
      case 'paused':
        this.#log.error({ reason: event.reason }, PAUSED[event.reason]);
        break;
      case 'resumed':
        this.#log.info({ reason: event.reason }, 'There is room again: the source is read on.');
        break;
      case 'snapshot-began':
        this.#log.info({ cycle: event.cycle }, 'A snapshot cycle began.');
        break;
      case 'snapshot-ended':
        this.#log.info({ cycle: event.cycle, parts: event.parts }, 'A snapshot cycle is journaled whole.');
        break;
      case 'source-end-reached':
        this.#log.info({}, 'The source was read to its end: snapshots may be sent.');
        break;
      case 'key-changed':
        this.#log.info({ key: event.keyId }, 'The next signing key has taken over: it signs from now on.');
        break;
      case 'issuer-key-changed': {
        const detail = { issuer: event.issuer, from: event.changedFrom, to: event.keyId, ...unexpired(event.live) };
        this.#log.info(detail, "The issuer's key is another one: it signs from now on.");
        break;
      }
      case 'issuer-removed': {
        const detail = { issuer: event.issuer, ...unexpired(event.live) };
        this.#log.warn(detail, 'An issuer is gone from the config: all tokens that it issued are taken back.');
        break;
      }
      case 'pruned':
        this.#log.debug({ frames: event.frames, oldestSequence: event.oldestSequence }, 'Old frames were pruned.');
        break;
      case 'resent':
        this.#log.info(
          { frames: event.frames, missing: event.missing },
          'All frames that operators wanted again have been sent.',
        );
        break;
      case 'lines-refused': {
        const codes = [...new Set(event.lines.map(({ code }) => code))];
        const detail = { lines: event.lines.length, codes, firstLineNumber: event.lines[0]?.lineNumber };
        this.#log.warn(detail, 'Lines were refused; the reject file says which and why.');
        break;
      }
    }
  }

  handleSourceEvent(source: string, event: SourceEvent): void {
    switch (event.kind) {
      case 'waiting':
        this.#log.warn({ source, path: event.path }, 'The source file is not there; it is waited for.');
        break;
      case 'opened':
        this.#log.info({ source, path: event.path, offset: event.offset }, 'The source file is read.');
        break;
      case 'truncated':
        this.#log.warn({ source, path: event.path, offset: event.offset }, 'The source file was cut: it is read anew.');
        break;
      case 'file-gone':
        this.#log.error(
          { source, path: event.path, offset: event.offset },
          'The file that was read last is gone: lines behind this offset may be unread. Compare with the rotated file.',
        );
        break;
      case 'caught-up':
        this.#log.debug({ source }, 'The source was read as far as it goes.');
        break;
      case 'end':
        this.#log.info({ source }, 'The source has ended; what was journaled is sent on.');
        break;
      case 'error':
        this.#log.error({ source, error: event.error.message }, 'The source cannot be read; it is tried again.');
        break;
    }
  }

  handleRevertEnded({ id, toMs, lines, sent, changed, refused }: RevertProgress): void {
    const detail = { revert: id, to: new Date(toMs).toISOString(), lines, sent, changed, refused };
    if (sent === lines) this.#log.info(detail, 'A revert is journaled.');
    else
      this.#log.warn(detail, 'A revert is journaled but for some lines: the same with --dry-run shows what is left.');
  }

  handleSigner(failure: DiodeError | undefined): void {
    if (failure === undefined) this.#log.info({}, "The issuer's key signs again.");
    else this.#log.error({ code: failure.code }, `${failure.message} No tokens are issued meanwhile.`);
  }

  handleForeign(issuer: string, event: ForeignEvent): void {
    if (event.kind === 'answers-again') this.#log.info({ issuer }, 'A foreign issuer gives its keys again.');
    else if (event.kind === 'failed') {
      const { failure, seen } = event;
      this.#log.warn({ issuer, failure, seen }, 'The keys of a foreign issuer cannot be read; it is asked again.');
    } else if (event.needsApproval) {
      const text =
        'A foreign issuer has a new key set, which waits for approval: `diode-sender key-sets DIR` shows it.';
      this.#log.warn({ issuer, sha256: event.sha256 }, text);
    } else {
      this.#log.info({ issuer, sha256: event.sha256 }, 'A foreign issuer has another key set, which may cross.');
    }
  }

  /** The first one at once, then one line an interval with the count. */
  handleSendError(nowMs: number, code: string): void {
    this.#unsaidSendErrors++;
    const isQuiet =
      this.#lastSendErrorMs !== undefined && nowMs - this.#lastSendErrorMs < SENDER_LIMITS.sendErrorLogIntervalMs;
    if (isQuiet) return;
    const detail = { code, errors: this.#unsaidSendErrors };
    this.#lastSendErrorMs = nowMs;
    this.#unsaidSendErrors = 0;
    this.#log.warn(
      detail,
      'Datagrams could not be sent: they wait, or repeats follow. Check cable, route and static neighbour.',
    );
  }

  handleFailure(error: unknown): void {
    const detail = error instanceof DiodeError ? { code: error.code } : { error };
    const text = error instanceof DiodeError ? error.message : 'The sender met a state that it does not know.';
    this.#log.error(detail, `${text} The sender reads and sends no more.`);
  }

  handleStop(core: SenderCore): void {
    const { unsent, head } = core.journal;
    this.#log.info({ sequence: head.sequence, unsentFrames: unsent.frames }, 'The sender has stopped.');
  }
}

/** Tokens that have not expired, and until when one of them has not. */
function unexpired(live: readonly LiveKey[]) {
  const unexpiredTokens = live.reduce((sum, { tokens }) => sum + tokens, 0);
  if (unexpiredTokens === 0) return { unexpiredTokens };
  return { unexpiredTokens, until: new Date(Math.max(...live.map(({ expiresMs }) => expiresMs))).toISOString() };
}
