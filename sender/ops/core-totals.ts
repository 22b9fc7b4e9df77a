/** The core's own counters, of this run, and the status made of them and of its stages. */
import { type FramePassed, RESEND_PASS } from '../journal/journal.ts';
import type { FlushResult } from '../journal/line-flush.ts';
import type { FramedPart } from '../snapshot/snapshot-cycle.ts';
import type { SourcePosition } from '../sources/source.ts';
import type { RecordKind } from './sender-observer.ts';

export class CoreTotals {
  readonly records: Record<RecordKind, number> = {
    delta: 0,
    member: 0,
    token: 0,
    revocation: 0,
    'key-set': 0,
    status: 0,
    'snapshot-part': 0,
    checkpoint: 0,
  };
  readonly frames = { journaled: 0, sent: 0, repeated: 0 };
  /** Frames that operators wanted again: sent, or pruned before they could be. */
  readonly resends = { done: 0, missing: 0 };
  readonly lines = { delivered: 0, refused: 0 };
  readonly reverted = { sent: 0, changed: 0, refused: 0 };
  readonly refusedByCode: Record<string, number> = {};
  recordBytes = 0;
  frameBytes = 0;
  prunedFrames = 0;
  lineNumber: number | undefined;
  position: SourcePosition | undefined;

  handleFlush(result: FlushResult): void {
    for (const kind of result.recordKinds) this.records[kind]++;
    for (const { code } of result.refused) this.refusedByCode[code] = (this.refusedByCode[code] ?? 0) + 1;
    for (const frame of result.frames) this.frameBytes += frame.bytes.length;
    this.reverted.sent += result.reverted.sent;
    this.reverted.changed += result.reverted.changed;
    this.reverted.refused += result.reverted.refused;
    this.frames.journaled += result.frames.length;
    this.lines.delivered += result.deliveredLines;
    this.lines.refused += result.refused.length;
    this.recordBytes += result.recordBytes;
    this.lineNumber = result.lineNumber ?? this.lineNumber;
    this.position = result.position ?? this.position;
  }

  handlePart({ frame, recordBytes }: FramedPart): void {
    this.records['snapshot-part']++;
    this.frames.journaled++;
    this.frameBytes += frame.bytes.length;
    this.recordBytes += recordBytes;
  }

  handlePassed(passed: FramePassed): void {
    if (passed.pass === RESEND_PASS) this.resends[passed.frameBytes > 0 ? 'done' : 'missing']++;
    else if (passed.pass === 1) this.frames.sent++;
    else if (passed.frameBytes > 0) this.frames.repeated++;
  }
}
