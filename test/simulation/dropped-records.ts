/**
 * What became of records that are on no topic: without a guard, one of people or groups may only be dropped because a newer
 * one of its key is there, and only where its frame came late. The frames alone say so, and what the topics hold.
 */

import type { SpooledFrame } from '../../receiver/gate/spool.ts';
import { covers, frameName, type Progress } from '../../receiver/publish/progress.ts';
import { memberKey, subjectKey } from '../../src/identity/key.ts';
import type { KafkaRecord } from '../../src/kafka/kafka-record.ts';
import type { WireRecord } from '../../src/wire/record.ts';
import { compareRevisions, formatRevision, type Revision } from '../../src/wire/revision.ts';
import { check } from './check.ts';
import type { FrameArchive } from './frame-archive.ts';

interface Undecided {
  readonly epoch: number;
  readonly sequence: number;
  readonly digest: string;
  readonly isHealed: boolean;
}

export interface DroppedRecordsOptions {
  readonly archive: FrameArchive;
  /** The last committed revision of a key. */
  readonly revision: (key: string) => Revision | undefined;
  readonly count: (event: string) => void;
}

export class DroppedRecords {
  readonly #options: DroppedRecordsOptions;
  /** In a spool, by name; that of a disk that was lost since, until the frame comes again. */
  readonly #undecided = new Map<string, Undecided>();

  constructor(options: DroppedRecordsOptions) {
    this.#options = options;
  }

  handleReleased(spooled: readonly SpooledFrame[]): void {
    for (const { epoch, sequence, digest, isHealed } of spooled) {
      const frame = { epoch, sequence, digest: Buffer.from(digest).toString('hex'), isHealed };
      this.#undecided.set(frameName(frame), frame);
    }
  }

  /** Behind a transaction, whose `records` count as committed already. */
  handleCommit(records: readonly KafkaRecord[], before: Progress | undefined, progress: Progress): void {
    const told = new Set(records.map(revisionOf));
    // Then a frame may also be closed unheard.
    const mayClose = before === undefined || isClosing(before, progress);
    for (const [name, frame] of this.#undecided) {
      if (!covers(progress, frame)) continue;
      this.#undecided.delete(name);
      if (!mayClose && !covers(before, frame)) this.#checkFrame(frame, told, progress);
    }
  }

  #checkFrame({ epoch, sequence, digest, isHealed }: Undecided, told: ReadonlySet<string>, progress: Progress): void {
    const { archive, revision, count } = this.#options;
    for (const [index, record] of (archive.findByDigest(digest)?.records ?? []).entries()) {
      const key = identityKey(record);
      const own = record.revision ?? { epoch, sequence, index };
      if (key === undefined || told.has(formatRevision(own))) continue;
      const name = `${formatRevision(own)} of ${key}`;
      const isCarried = record.revision !== undefined;
      check(isHealed || isCarried, `${name} was dropped, though its frame came in order`);
      const last = revision(key);
      const order = last === undefined ? -1 : compareRevisions(last, own);
      // What a snapshot does not name is gone as of its state, also where nobody ever heard of it.
      const isBelowSnapshot = progress.snapshot !== undefined;
      check(order > 0 || (order === 0 && isCarried) || isBelowSnapshot, `${name} was dropped for no newer one`);
      count('dropped for a newer one');
    }
  }
}

function isClosing(before: Progress, progress: Progress): boolean {
  const wasLost = (progress.lost?.frames ?? 0) > (before.lost?.frames ?? 0);
  const isWhole = progress.isWhole && before.isWhole;
  return !isWhole || wasLost || before.epoch !== progress.epoch || before.closedFrames !== progress.closedFrames;
}

function revisionOf({ headers }: KafkaRecord): string {
  return headers.find(([name]) => name === 'ce_revision')?.[1] ?? '';
}

function identityKey(record: WireRecord): string | undefined {
  if (record.kind === 'delta') return subjectKey(record.type, record.id);
  return record.kind === 'member' ? memberKey(record.group, record.member) : undefined;
}
