/**
 * Line flush: line queue ─► [differ ─► packer ─► frame signer ─► journal] in one SQLite transaction, with the state of
 * subjects and the source's position. A line is there with all its records or not at all, so a restart neither loses nor
 * doubles it.
 */
import type { IdentityRules } from '../../src/identity/identity-rules.ts';
import { isRefusal, type Refusal } from '../../src/identity/refusal.ts';
import { parseSourceLine } from '../../src/identity/source-line.ts';
import { SENDER_LIMITS } from '../../src/limits.ts';
import { encodeRecord, type WireRecord } from '../../src/wire/record.ts';
import { compareRevisions, formatRevision, type Revision } from '../../src/wire/revision.ts';
import { type IssuerEntry, type IssuerOutcome, isIssuerEntry } from '../issuer/issuer-entry.ts';
import type { TokenIssuer } from '../issuer/token-issuer.ts';
import type { RecordKind } from '../ops/sender-observer.ts';
import { NO_REVERT_LINE, readRevertLine } from '../revert/revert-lines.ts';
import type { RevertCounts, RevertTable } from '../revert/revert-table.ts';
import type { MovedEntry, SourcePosition } from '../sources/source.ts';
import type { Differ } from './differ.ts';
import type { FrameSigner, SignedFrame } from './frame-signer.ts';
import type { Journal } from './journal.ts';
import type { LineEntry } from './line-queue.ts';
import { signPacked } from './packed-frames.ts';
import { Packer, type PackerBounds } from './packer.ts';
import { recordName } from './record-name.ts';
import type { RejectedLine } from './reject-file.ts';
import type { SubjectState } from './subject-state.ts';
import type { TrustState } from './trust-state.ts';

export interface LineFlushOptions {
  readonly sourceName: string;
  readonly rules: IdentityRules;
  readonly journal: Journal;
  readonly differ: Differ;
  readonly state: SubjectState;
  readonly trust: TrustState;
  readonly signer: FrameSigner;
  readonly reverts: RevertTable;
  /** Whose tokens follow the state of subjects. */
  readonly issuer?: TokenIssuer | undefined;
  readonly bounds: PackerBounds;
  readonly rejects: { append(lines: readonly RejectedLine[]): void };
}

export interface FlushResult {
  /** Of the entries given, from the front. */
  readonly entryCount: number;
  readonly frames: readonly SignedFrame[];
  readonly deliveredLines: number;
  readonly refused: readonly RejectedLine[];
  /** Lines of operators' reverts. */
  readonly reverted: RevertCounts;
  readonly issuer: IssuerOutcome;
  readonly recordKinds: readonly RecordKind[];
  /** Revision and name of each record, for the audit log. */
  readonly recordNames: readonly string[];
  readonly recordBytes: number;
  readonly lineNumber: number | undefined;
  readonly position: SourcePosition | undefined;
}

/** Of a flush that no entry caused. */
export const NO_LINES = {
  entryCount: 0,
  deliveredLines: 0,
  refused: [],
  reverted: { sent: 0, changed: 0, refused: 0 },
  issuer: { settled: [], issued: 0, lapsed: 0, revoked: 0 },
  lineNumber: undefined,
  position: undefined,
} as const satisfies Omit<FlushResult, 'frames' | 'recordKinds' | 'recordNames' | 'recordBytes'>;

export class LineFlush {
  readonly #options: LineFlushOptions;

  constructor(options: LineFlushOptions) {
    this.#options = options;
  }

  /**
   * Journals the first of `entries`, at least one, up to about `maxCommitFrames` frames. Throws as Journal.transaction, and
   * then nothing happened.
   */
  flush(wallMs: number, entries: readonly LineEntry[]): FlushResult {
    return this.#options.journal.transaction(() => this.#flush(wallMs, entries));
  }

  #flush(wallMs: number, entries: readonly LineEntry[]): FlushResult {
    const { journal, bounds, sourceName, rejects, signer } = this.#options;
    const { epoch, sequence } = journal.head;
    const packer = new Packer({ epoch, sequence: sequence + 1 }, bounds);
    const recordKinds: RecordKind[] = [];
    const recordNames: string[] = [];
    const refused: RejectedLine[] = [];
    const reverted = { sent: 0, changed: 0, refused: 0 };
    const settled: IssuerEntry[] = [];
    const issuer = { settled, issued: 0, lapsed: 0, revoked: 0 };
    let entryCount = 0;
    let deliveredLines = 0;
    let recordBytes = 0;
    let lineNumber: number | undefined;
    let position: SourcePosition | undefined;
    for (const entry of entries) {
      entryCount++;
      let packed: Packed | Refusal | undefined;
      if (isIssuerEntry(entry)) {
        packed = this.#packIssued(wallMs, entry, packer, issuer);
      } else {
        if (entry.kind !== 'revert') position = entry.positionAfter ?? position;
        if (entry.kind === 'moved') continue;
        if (entry.kind !== 'revert') lineNumber = entry.lineNumber;
        packed = this.#packEntry(wallMs, entry, packer, reverted);
        if (isRefusal(packed)) {
          refused.push(this.#reject(wallMs, entry, packed));
          continue;
        }
      }
      if (packed === undefined) continue;
      if (entry.kind === 'line') deliveredLines++;
      // One by one: a Group with 100,000 members makes more kinds than a call takes arguments.
      for (const kind of packed.kinds) recordKinds.push(kind);
      for (const name of packed.names) recordNames.push(name);
      recordBytes += packed.bytes;
      issuer.revoked += packed.revoked;
      if (packer.frameCount > SENDER_LIMITS.maxCommitFrames) break;
    }
    const frames = signPacked(wallMs, packer, { journal, signer });
    if (position !== undefined) journal.savePosition(sourceName, position);
    journal.recordPasses();
    // Before the commit: a crash in between writes a refusal twice, and never loses one.
    rejects.append(refused);
    return {
      entryCount,
      frames,
      deliveredLines,
      refused,
      reverted,
      issuer,
      recordKinds,
      recordNames,
      recordBytes,
      lineNumber,
      position,
    };
  }

  /** Undefined where it makes no record and is no mistake. */
  #packEntry(
    wallMs: number,
    entry: TextEntry,
    packer: Packer,
    reverted: Record<keyof RevertCounts, number>,
  ): Packed | Refusal | undefined {
    if (entry.kind === 'refused') return UNREAD[entry.code];
    if (entry.kind === 'line') return this.#pack(wallMs, entry.text, packer);
    const packed = this.#packUnchanged(wallMs, entry.text, packer);
    const outcome = packed === undefined ? 'changed' : isRefusal(packed) ? 'refused' : 'sent';
    reverted[outcome]++;
    // Line by line, since lines of two reverts may stand in one flush.
    this.#options.reverts.advance(entry.revertId, entry.offsetAfter, outcome);
    return packed;
  }

  #pack(wallMs: number, text: string, packer: Packer): Packed | Refusal {
    const { rules, differ } = this.#options;
    const item = parseSourceLine(rules, text, wallMs);
    return isRefusal(item) ? item : this.#packRecords(wallMs, differ.records(item), packer);
  }

  /** A revert's line; undefined where its key is not as it was when the revert was computed: whoever changed it knew better. */
  #packUnchanged(wallMs: number, text: string, packer: Packer): Packed | Refusal | undefined {
    const { rules, differ, state } = this.#options;
    const line = readRevertLine(text);
    if (line === undefined) return NO_REVERT_LINE;
    const item = parseSourceLine(rules, line.text, wallMs);
    if (isRefusal(item)) return item;
    const record = differ.revertRecord(item);
    if (record === undefined) return NO_REVERT_LINE;
    const now = state.revisionOf(record);
    const isUnchanged = now !== undefined && compareRevisions(now, line.expected) === 0;
    return isUnchanged ? this.#packRecords(wallMs, [record], packer) : undefined;
  }

  /** Undefined where it is nothing any more: its subject changed while it was signed. */
  #packIssued(
    wallMs: number,
    entry: IssuerEntry,
    packer: Packer,
    outcome: { readonly settled: IssuerEntry[]; issued: number; lapsed: number },
  ): Packed | undefined {
    const { issuer } = this.#options;
    outcome.settled.push(entry);
    if (entry.kind === 'said') return this.#packRecords(wallMs, [entry.record], packer);
    if (issuer === undefined) return undefined;
    if (entry.kind === 'ended') {
      const records = issuer.endRecords(entry.key, wallMs);
      return { ...this.#packRecords(wallMs, records, packer), revoked: Math.min(records.length, 1) };
    }
    const records = issuer.records(entry.token, wallMs);
    return (
      records &&
      this.#packRecords(wallMs, records, packer, (record, revision) => {
        if (record.kind !== 'token') return;
        outcome.issued++;
        if (issuer.handleFramed(entry.token, revision)) outcome.lapsed++;
      })
    );
  }

  #packRecords(
    wallMs: number,
    records: Iterable<WireRecord>,
    packer: Packer,
    onFramed?: (record: WireRecord, revision: Revision) => void,
  ): Packed {
    const { state, trust, issuer } = this.#options;
    const kinds: RecordKind[] = [];
    const names: string[] = [];
    let bytes = 0;
    let revoked = 0;
    const pack = (record: WireRecord) => {
      const encoded = encodeRecord(record);
      const revision = packer.handleRecord(encoded);
      state.apply(record, revision);
      trust.apply(record, revision, wallMs);
      kinds.push(record.kind);
      names.push(`${formatRevision(revision)} ${recordName(record)}`);
      bytes += encoded.length;
      onFramed?.(record, revision);
    };
    for (const record of records) {
      pack(record);
      const revocations = issuer?.handleRecord(record, wallMs) ?? [];
      if (revocations.length > 0) revoked++;
      for (const revocation of revocations) pack(revocation);
    }
    return { kinds, names, bytes, revoked };
  }

  #reject(wallMs: number, entry: TextEntry, refusal: Refusal): RejectedLine {
    const { refused: code, path, detail } = refusal;
    const source = entry.kind === 'revert' ? `revert-${entry.revertId}` : this.#options.sourceName;
    return { source, lineNumber: entry.lineNumber, code, path, detail, atMs: wallMs };
  }
}

type TextEntry = Exclude<LineEntry, MovedEntry | IssuerEntry>;

interface Packed {
  readonly kinds: readonly RecordKind[];
  readonly names: readonly string[];
  readonly bytes: number;
  /** Subjects whose tokens were taken back with it. */
  readonly revoked: number;
}

/** What a source refuses by itself, before a line is text. */
const UNREAD: Readonly<Record<'line-too-long' | 'utf8', Refusal>> = {
  'line-too-long': {
    refused: 'line-too-long',
    path: '',
    detail: `A line has at most ${SENDER_LIMITS.maxLineBytes} bytes. Put the Group without members, and each join and leave on a Member line.`,
  },
  utf8: { refused: 'utf8', path: '', detail: 'The line is no UTF-8. Write the file as UTF-8.' },
};
