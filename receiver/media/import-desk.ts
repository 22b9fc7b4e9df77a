/**
 * DIR/data/imports ─► [import desk] ─► intake. Hands the frames of verified bundles to the gate of the running receiver, as
 * fast as spool and gate take them, beside the link. A bundle is done once all of it is durable; after a crash it is handed
 * in again from its first frame, and what is known changes nothing.
 */
import type { AuditLog } from '../../src/audit/audit-log.ts';
import { MEDIA_LIMITS } from '../../src/limits.ts';
import { DiodeError, type DiodeErrorCode } from '../../src/ops/diode-error.ts';
import { translateStoreError } from '../../src/store/database.ts';
import { countFrames } from '../../src/wire/frame-runs.ts';
import type { ApprovalPolicy } from '../guard/approval.ts';
import type { ApprovedFrames } from '../guard/approved-frames.ts';
import { readFramePlace } from '../intake/frame-verifier.ts';
import type { Intake } from '../intake/intake.ts';
import type { FrameOutcome } from '../intake/intake-observer.ts';
import type { Log } from '../ops/receiver-log.ts';
import { type ManifestTrust, openManifest, type TrustedManifest } from './bundle-manifest.ts';
import { judgeImport } from './import-approval.ts';
import { ImportFileReader, readApproval, removeImport, waitingImports } from './import-file.ts';
import type { ImportTable } from './import-table.ts';

export interface ImportDeskOptions {
  readonly folder: string;
  readonly trust: ManifestTrust;
  readonly intake: Intake;
  readonly table: ImportTable;
  /** Where the guard learns of bundles that approvers let pass. */
  readonly approved: Pick<ApprovedFrames, 'add'>;
  readonly policy: ApprovalPolicy;
  readonly audit: AuditLog;
  readonly log: Log;
  readonly clock: { monotonicMs(): number; wallMs(): number };
  /** Disk or audit failed, and the program must end. */
  readonly onFatal: (error: unknown) => void;
}

export interface ImportStatus {
  /** With the one under way. */
  readonly waiting: number;
  /** Since receiver.db began, within what it remembers. */
  readonly imported: number;
  readonly last?: {
    readonly number: number;
    readonly epoch: number;
    readonly madeAtMs: number;
    readonly importedAtMs: number;
  };
  /** Under way: bytes of its file. */
  readonly current?: { readonly number: number; readonly doneBytes: number; readonly bytes: number };
}

interface Current {
  readonly digest: string;
  readonly trusted: TrustedManifest;
  readonly reader: ImportFileReader;
  newFrames: number;
  isApproved: boolean;
  /** Read, and not taken yet. */
  pending: Uint8Array[];
  /** All of it was read. */
  isEnded: boolean;
}

interface Refusal {
  /** Its number, where its manifest could be believed. */
  readonly bundle?: number;
  readonly reason: string;
}

const ROOM_OUTCOMES: readonly FrameOutcome[] = ['held-full', 'spool-full', 'disk-full'];
const KNOWN_OUTCOMES: readonly FrameOutcome[] = ['duplicate', 'old'];
const TAKEN_OUTCOMES: readonly FrameOutcome[] = ['released', 'healed', 'held'];
/** Judgements of what a bundle says, which would come again each time. */
const REFUSALS: readonly DiodeErrorCode[] = [
  'bundle-invalid',
  'boundary-mismatch',
  'stream-mismatch',
  'card-not-trusted',
  'bundle-foreign',
  'store-damaged',
];
/** What an operator mends beside the running receiver. */
const PASSING: readonly DiodeErrorCode[] = ['path-missing', 'path-denied', 'path-kind', 'path-link'];

export class ImportDesk {
  readonly #options: ImportDeskOptions;
  #current: Current | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  #waiting = 0;
  /** Whose halt was said. */
  #halted: string | undefined;
  /** Of those that wait: what was said to be unreadable. */
  #unreadable: ReadonlySet<string> = new Set();

  constructor(options: ImportDeskOptions) {
    this.#options = options;
    this.wake();
  }

  /** A bundle was handed over: look at once. */
  wake(): void {
    this.#schedule(0);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#drop();
  }

  get status(): ImportStatus {
    const { table } = this.#options;
    const { last } = table;
    const current = this.#current;
    return {
      waiting: this.#waiting,
      imported: table.count,
      ...(last && {
        last: { number: last.number, epoch: last.epoch, madeAtMs: last.madeAtMs, importedAtMs: last.importedAtMs },
      }),
      ...(current && {
        current: {
          number: current.trusted.manifest.number,
          doneBytes: current.reader.position,
          bytes: current.reader.bytes,
        },
      }),
    };
  }

  #schedule(delayMs: number): void {
    if (this.#isStopped) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#turn(), delayMs);
  }

  #turn(): void {
    try {
      const againMs = this.#step();
      if (againMs !== undefined) this.#schedule(againMs);
    } catch (error) {
      if (error instanceof DiodeError && error.code === 'disk-full') {
        this.#schedule(MEDIA_LIMITS.feedRetryMs);
        return;
      }
      this.stop();
      this.#options.onFatal(error);
    }
  }

  /** When to go on; undefined: when there is something new. */
  #step(): number | undefined {
    this.#current ??= this.#next();
    const current = this.#current;
    if (current === undefined) return this.#waiting > 0 ? MEDIA_LIMITS.feedRetryMs : undefined;
    const pauseMs = isFed(current) ? 0 : this.#feed(current);
    if (this.#current === undefined) return 0;
    if (pauseMs > 0 || !isFed(current)) return pauseMs || MEDIA_LIMITS.feedPauseMs;
    return this.#finish(current) ? 0 : MEDIA_LIMITS.feedRetryMs;
  }

  /** The oldest bundle that the stream takes now. */
  #next(): Current | undefined {
    const digests = waitingImports(this.#options.folder);
    this.#waiting = digests.length;
    this.#unreadable = new Set(digests.filter((digest) => this.#unreadable.has(digest)));
    const opened = digests.flatMap((digest) => this.#open(digest) ?? []).sort(byNumber);
    let chosen: Current | undefined;
    for (const bundle of opened) {
      if (chosen === undefined && this.#isTakenNow(bundle)) chosen = bundle;
      else bundle.reader.close();
    }
    if (chosen !== undefined) this.#halted = undefined;
    return chosen;
  }

  #isTakenNow(bundle: Current): boolean {
    const { intake, clock, table } = this.#options;
    const { manifest, digest } = bundle.trusted;
    if (table.find(digest) !== undefined) {
      this.#remove(bundle.digest);
      return false;
    }
    const outcome = intake.handleBundle(clock.monotonicMs(), clock.wallMs(), manifest);
    if (outcome === 'ready') this.#approve(bundle);
    else if (outcome === 'halted') this.#sayHalted(bundle);
    else this.#refuse(bundle.digest, { bundle: manifest.number, reason: outcome === 'old' ? 'bundle-old' : outcome });
    return outcome === 'ready';
  }

  /** What does not hold is said, and the guard judges the bundle as the link. */
  #approve(bundle: Current): void {
    const { digest, trusted } = bundle;
    const { folder, policy, log } = this.#options;
    const approval = readApproval(folder, digest);
    if (approval === undefined) return;
    const judged = judgeImport(trusted, approval, { policy, nowMs: approval.atMs });
    if (judged.outcome === 'refused') {
      log.warn({ digest, reason: judged.reason }, 'the approval of a bundle does not hold: the guard judges it');
      return;
    }
    bundle.isApproved = true;
  }

  #open(digest: string): Current | undefined {
    const { folder, trust } = this.#options;
    let reader: ImportFileReader | undefined;
    try {
      reader = new ImportFileReader(folder, digest);
      const trusted = openManifest(reader.next() ?? new Uint8Array(), digest, trust);
      return { digest, trusted, reader, newFrames: 0, isApproved: false, pending: [], isEnded: false };
    } catch (error) {
      reader?.close();
      const code = error instanceof DiodeError ? error.code : undefined;
      if (code !== undefined && REFUSALS.includes(code)) this.#refuse(digest, { reason: code });
      else if (code !== undefined && PASSING.includes(code)) this.#sayUnreadable(digest, error);
      else throw error;
      return undefined;
    }
  }

  /** Hands in some frames; how long to wait before the next, 0: at once. */
  #feed(current: Current): number {
    const { intake, clock } = this.#options;
    let pauseMs = 0;
    intake.handleBundleActivity(clock.monotonicMs());
    if (current.pending.length === 0) this.#readSome(current);
    if (this.#current !== current) return 0;
    for (let frame = current.pending[0]; frame !== undefined; frame = current.pending[0]) {
      const outcome = intake.handleBundleFrame(clock.monotonicMs(), clock.wallMs(), frame);
      const isForLater = ROOM_OUTCOMES.includes(outcome);
      if (!isForLater) current.pending.shift();
      if (TAKEN_OUTCOMES.includes(outcome)) current.newFrames++;
      else if (isForLater) pauseMs = MEDIA_LIMITS.feedRetryMs;
      else if (!KNOWN_OUTCOMES.includes(outcome)) {
        this.#handleRefused(current, outcome);
        break;
      }
      // What is held fills the room of frames that the link brings.
      if (outcome === 'held' && !intake.hasHeldRoom) pauseMs = MEDIA_LIMITS.feedRetryMs;
      if (pauseMs > 0) break;
    }
    intake.poll(clock.monotonicMs(), clock.wallMs());
    return pauseMs;
  }

  /** As many as one turn hands in. What approvers let through is on disk before the gate has it. */
  #readSome(current: Current): void {
    let bytes = 0;
    while (current.pending.length < MEDIA_LIMITS.maxFedFrames && bytes < MEDIA_LIMITS.maxFedBytes) {
      const frame = this.#read(current);
      if (frame === undefined) break;
      current.pending.push(frame);
      bytes += frame.length;
    }
    if (!current.isApproved) return;
    try {
      this.#options.approved.add(current.pending.flatMap((frame) => readFramePlace(frame) ?? []));
    } catch (error) {
      // From its beginning again: none of these may be handed in as if it were on disk.
      this.#drop();
      throw translateStoreError(error, 'receiver.db');
    }
  }

  #read(current: Current): Uint8Array | undefined {
    try {
      const frame = current.reader.next();
      current.isEnded = frame === undefined;
      return frame;
    } catch (error) {
      if (!(error instanceof DiodeError && REFUSALS.includes(error.code))) throw error;
      this.#refuse(current.digest, { bundle: current.trusted.manifest.number, reason: error.code });
      return undefined;
    }
  }

  /** A halt, or an epoch that began meanwhile, is looked at from the beginning. */
  #handleRefused(current: Current, outcome: FrameOutcome): void {
    if (outcome === 'halted' || outcome === 'epoch') this.#drop();
    else this.#refuse(current.digest, { bundle: current.trusted.manifest.number, reason: outcome });
  }

  /** False where some of it is not durable yet. */
  #finish(current: Current): boolean {
    const { intake, clock, table, audit, log } = this.#options;
    const { manifest, digest } = current.trusted;
    const last = manifest.runs.at(-1)?.to ?? 0;
    const { gate } = intake.status(clock.monotonicMs());
    if (gate.halted !== undefined || gate.epoch !== manifest.head.epoch) {
      this.#drop();
      return true;
    }
    if (gate.sequence < last || !intake.isCommitted) return false;
    const wallMs = clock.wallMs();
    const { number } = manifest;
    const frames = countFrames(manifest.runs);
    const { newFrames } = current;
    const about = { bundle: number, digest: current.digest, epoch: gate.epoch, frames, newFrames };
    audit.append(wallMs, { event: 'bundle-imported', ...about });
    audit.sync();
    try {
      table.add({
        digest,
        number,
        epoch: gate.epoch,
        madeAtMs: manifest.createdAtMs,
        importedAtMs: wallMs,
        frames,
        newFrames,
      });
    } catch (error) {
      throw translateStoreError(error, 'receiver.db');
    }
    log.info(about, 'a bundle was taken in');
    this.#remove(current.digest);
    return true;
  }

  #sayHalted({ digest, trusted }: Current): void {
    if (this.#halted === digest) return;
    this.#halted = digest;
    this.#options.log.warn({ bundle: trusted.manifest.number, digest }, 'a bundle waits: the stream is halted');
  }

  #sayUnreadable(digest: string, error: unknown): void {
    if (this.#unreadable.has(digest)) return;
    this.#unreadable = new Set([...this.#unreadable, digest]);
    this.#options.log.warn({ digest, error: String(error) }, 'a bundle waits: it cannot be read');
  }

  #refuse(digest: string, refusal: Refusal): void {
    this.#recordRefusal(digest, refusal);
    this.#remove(digest);
  }

  #recordRefusal(digest: string, refusal: Refusal): void {
    const { audit, log, clock } = this.#options;
    audit.append(clock.wallMs(), { event: 'bundle-refused', digest, ...refusal });
    audit.sync();
    log.warn({ digest, ...refusal }, 'a bundle is not taken in');
  }

  #remove(digest: string): void {
    const { folder } = this.#options;
    if (this.#current?.digest === digest) this.#drop();
    removeImport(folder, digest);
    this.#waiting = waitingImports(folder).length;
  }

  #drop(): void {
    this.#current?.reader.close();
    this.#current = undefined;
  }
}

function isFed({ isEnded, pending }: Current): boolean {
  return isEnded && pending.length === 0;
}

function byNumber(a: Current, b: Current): number {
  const { head: headA, number: numberA } = a.trusted.manifest;
  const { head: headB, number: numberB } = b.trusted.manifest;
  return headA.epoch - headB.epoch || numberA - numberB;
}
