/** The ledgers of all epochs: which of them a datagram or a commit speaks of, and by whose word one follows another. */

import type { SpooledFrame } from '../../receiver/gate/spool.ts';
import type { StreamPosition } from '../../receiver/publish/progress.ts';
import type { LaneCipher } from '../../src/crypto/lane-cipher.ts';
import { TRUST_LANE } from '../../src/wire/control.ts';
import { DATAGRAM_KIND, datagramKind, readDatagramHeader } from '../../src/wire/datagram.ts';
import { decodeHello, decodeHelloBody, decodeHelloDatagram, type Head } from '../../src/wire/hello.ts';
import { check } from './check.ts';
import { inTheClear } from './constant-rate.ts';
import type { FrameArchive } from './frame-archive.ts';
import { EMPTY_MARK, EpochLedger, type LedgerMark, type StoredGate } from './ledger.ts';

export interface StreamMark {
  readonly epochId: string;
  readonly marks: ReadonlyMap<string, LedgerMark>;
}

export const EMPTY_STREAM: StreamMark = { epochId: '', marks: new Map() };

/** Where a new epoch says that it goes on from; undefined: from nothing. */
type Origin = Head | undefined;

export interface TurnedAway {
  readonly epochId: string;
  readonly sequence: number;
}

export class StreamLedger {
  readonly #holdMs: number;
  readonly #archive: FrameArchive;
  readonly #epochs = new Map<string, EpochLedger>();
  /** Epoch ids by the handles of sessions. */
  readonly #sessions = new Map<number, string>();
  /** Their keys, by the same. */
  readonly #ciphers = new Map<number, LaneCipher>();
  /** Heads of journals, by the handles of sessions that say hello in control blocks. */
  readonly #heads = new Map<number, number>();
  readonly #origins = new Map<string, Origin>();
  readonly #accepted = new Set<string>();
  #adopted: string | undefined;
  #epochId = '';
  #isDisputed = false;
  #hasLost = false;

  constructor(holdMs: number, archive: FrameArchive) {
    this.#holdMs = holdMs;
    this.#archive = archive;
  }

  /** A run of a sender begins. */
  handleSenderSession(handle: number, epochId: string, cipher: LaneCipher): void {
    this.#sessions.set(handle, epochId);
    this.#ciphers.set(handle, cipher);
    this.#of(epochId);
  }

  /** A sender's disk was set back, lost or copied: the stream may halt from now on. */
  handleDispute(): void {
    this.#isDisputed = true;
    for (const ledger of this.#epochs.values()) ledger.handleDispute();
  }

  /** A sender's operator began an epoch. */
  handleNewEpoch(epochId: string, origin: Origin): void {
    this.#origins.set(epochId, origin);
    for (const ledger of this.#epochs.values()) ledger.handleDispute();
  }

  /** The receiver's operator gave the word for an epoch. */
  handleAccepted(epochId: string): void {
    this.#accepted.add(epochId);
  }

  /** `head`: the last sequence of its journal by now. */
  handleSent(datagram: Buffer, head: number): void {
    if (isControl(datagram)) this.#heads.set(readDatagramHeader(datagram).session, head);
    const symbol = this.#symbolOf(datagram);
    if (symbol !== undefined) this.#ofDatagram(symbol).handleSent(symbol);
  }

  handleSession(handle: number): void {
    this.#of(this.#sessions.get(handle) as string).handleSession(handle);
  }

  handleReceiverCrash(): void {
    this.#adopted = undefined;
    for (const ledger of this.#epochs.values()) ledger.handleReceiverCrash();
  }

  handleRefusing(): void {
    for (const ledger of this.#epochs.values()) ledger.handleRefusing();
  }

  /** Maybe in the very step that begins its epoch. */
  handleTurnedAway({ epochId, sequence }: TurnedAway): void {
    this.#of(epochId).handleTurnedAway(sequence);
  }

  /** The gate counts frames as lost. */
  get hasLost(): boolean {
    return this.#hasLost;
  }

  get mark(): StreamMark {
    const marks = [...this.#epochs].map(([epochId, ledger]) => [epochId, ledger.mark] as const);
    return { epochId: this.#epochId, marks: new Map(marks) };
  }

  handleRestored({ epochId, marks }: StreamMark): void {
    this.#epochId = epochId;
    for (const [each, ledger] of this.#epochs) ledger.handleRestored(marks.get(each) ?? EMPTY_MARK);
  }

  handleAdopted(published: StreamPosition): void {
    this.#adopted = published.epochId;
    this.#of(published.epochId).handleAdopted(published);
  }

  handleDelivery(nowMs: number, datagram: Buffer, isSure: boolean): void {
    if (datagramKind(datagram) === DATAGRAM_KIND.hello) {
      const head = headOf(datagram);
      this.#of(Buffer.from(head.epochId).toString('hex')).handleHead(nowMs, head.sequence);
    }
    // A hello in control blocks is sealed: what it says of the head is at most what the journal held when it was sent.
    if (isControl(datagram)) {
      const head = this.#heads.get(readDatagramHeader(datagram).session);
      if (head !== undefined) this.#ofDatagram(datagram).handleHead(nowMs, head);
    }
    const symbol = this.#symbolOf(datagram);
    if (symbol !== undefined) this.#ofDatagram(symbol).handleDelivery(nowMs, symbol, isSure);
  }

  handleCommit(nowMs: number, spooled: readonly SpooledFrame[], gate: StoredGate): void {
    check(gate.halt === undefined || this.#isDisputed, `the stream halted: ${gate.halt}`);
    if (gate.epoch === 0) {
      check(this.#epochId === '', 'the disk forgot the stream');
      return;
    }
    for (const [epochId, frames] of this.#byEpoch(spooled)) this.#of(epochId).handleReleased(frames);
    if (gate.epochId !== this.#epochId) this.#checkNewEpoch(gate);
    this.#epochId = gate.epochId;
    this.#hasLost = gate.lost !== undefined;
    this.#of(gate.epochId).handleGate(nowMs, gate);
  }

  handleEnd(epochId: string, head: number, passes: number): void {
    check(this.#epochId === epochId, 'the receiver is in another epoch than the sender');
    this.#current.handleEnd(head, passes);
  }

  isMissing(from: number, to: number): boolean {
    return this.#current.isMissing(from, to);
  }

  handleGapsClosed({ epoch, sequence }: { readonly epoch: number; readonly sequence: number }): void {
    for (const [epochId, ledger] of this.#epochs) {
      if (this.#archive.branchesOf(epochId).some((branch) => branch.epoch === epoch)) ledger.handleGapsClosed(sequence);
    }
  }

  checkAgainst(isPublished: (sequence: number) => boolean): void {
    this.#current.checkAgainst(isPublished);
  }

  /** Summed over epochs, but for what is missing now. */
  get summary() {
    const sums = { released: 0, everMissing: 0, healed: 0, missing: this.#current.summary.missing };
    for (const { summary } of this.#epochs.values()) {
      sums.released += summary.released;
      sums.everMissing += summary.everMissing;
      sums.healed += summary.healed;
    }
    return sums;
  }

  /** By the operator's word, or because it goes on from all that came; or Kafka knew it already. */
  #checkNewEpoch({ epoch, epochId, lost }: StoredGate): void {
    if (this.#epochId === '' || this.#adopted === epochId) return;
    const { unheard } = this.#current;
    check(unheard <= (lost?.frames ?? 0), `epoch ${epoch} began, and of ${unheard} frames nobody hears any more`);
    if (this.#accepted.has(epochId)) return;
    const origin = this.#origins.get(epochId);
    const { sequence, digestAt } = this.#current.end;
    const isOurs = origin !== undefined && Buffer.from(origin.epochId).toString('hex') === this.#epochId;
    check(isOurs && origin.sequence >= sequence, `epoch ${epoch} began without the operator's word`);
    const known = origin && digestAt(origin.sequence);
    const isSame = known === undefined || known === Buffer.from(origin?.digest ?? []).toString('hex');
    check(isSame, `epoch ${epoch} goes on from another history, without the operator's word`);
  }

  #byEpoch(spooled: readonly SpooledFrame[]): ReadonlyMap<string, readonly SpooledFrame[]> {
    const byEpoch = new Map<string, SpooledFrame[]>();
    for (const frame of spooled) {
      const signed = this.#archive.findByDigest(Buffer.from(frame.digest).toString('hex'));
      check(signed !== undefined, `frame ${frame.sequence} is another`);
      const epochId = Buffer.from(signed?.header.epochId ?? []).toString('hex');
      byEpoch.set(epochId, [...(byEpoch.get(epochId) ?? []), frame]);
    }
    return byEpoch;
  }

  get #current(): EpochLedger {
    return this.#of(this.#epochId);
  }

  #symbolOf(datagram: Buffer): Buffer | undefined {
    return inTheClear(datagram, this.#ciphers.get(readDatagramHeader(datagram).session));
  }

  #ofDatagram(datagram: Buffer): EpochLedger {
    return this.#of(this.#sessions.get(readDatagramHeader(datagram).session) as string);
  }

  #of(epochId: string): EpochLedger {
    const known = this.#epochs.get(epochId);
    if (known !== undefined) return known;
    const ledger = new EpochLedger(this.#holdMs, this.#archive);
    this.#epochs.set(epochId, ledger);
    return ledger;
  }
}

/** A hello in control blocks: trust statements tell nothing of the journal. */
function isControl(datagram: Buffer): boolean {
  return datagramKind(datagram) === DATAGRAM_KIND.control && readDatagramHeader(datagram).lane !== TRUST_LANE;
}

/** What a hello of the sender's own tells of its journal. */
function headOf(datagram: Buffer): Head {
  const parts = decodeHelloDatagram(datagram);
  const hello = typeof parts === 'string' ? parts : decodeHello(parts.hello);
  const body = typeof hello === 'string' ? hello : decodeHelloBody(hello.body);
  if (typeof body === 'string') throw new Error(`the sender sent a bad hello: ${body}`);
  return body.head;
}
