/**
 * The sender's core and the receiver's front half, as they run in production, on virtual time with default settings; between
 * them a link that loses what it is told to. So what is counted is exact, and the same for the same seed on every machine.
 */

import { Spool, type SpooledFrame } from '../../../receiver/gate/spool.ts';
import { Intake } from '../../../receiver/intake/intake.ts';
import { SqliteIntakeStore } from '../../../receiver/intake/intake-store.ts';
import { RECEIVER_MIGRATIONS } from '../../../receiver/receiver-store.ts';
import { SenderCore } from '../../../sender/core.ts';
import { Journal, type JournaledFrame } from '../../../sender/journal/journal.ts';
import { openSenderStore } from '../../../sender/sender-store.ts';
import type { DatagramKind } from '../../../sender/transmit/outlet.ts';
import { openSession } from '../../../sender/transmit/session.ts';
import { parseSenderConfig } from '../../../src/config/sender-schema.ts';
import { senderTemplate } from '../../../src/config/sender-template.ts';
import { agreementKeyPair, openSecret } from '../../../src/crypto/agreement.ts';
import { signingKeyPair } from '../../../src/crypto/sodium.ts';
import { BlockCodec } from '../../../src/fec/block-codec.ts';
import { loadKernelModule } from '../../../src/fec/kernel-module.ts';
import { compileIdentityRules } from '../../../src/identity/identity-rules.ts';
import { RECEIVER_LIMITS } from '../../../src/limits.ts';
import { openStore } from '../../../src/store/database.ts';
import { sessionAssociatedData } from '../../../src/wire/hello.ts';

/** What `diode-sender init` writes. */
export const DEFAULTS = parseSenderConfig(
  senderTemplate({ boundary: 'bench', stream: 'hr', sourcePath: '-', address: '192.0.2.7', port: 7350 }),
  { directory: '/', file: 'config.yaml' },
);
/** IPv4 20, UDP 8, and Ethernet's preamble, header, check sequence and gap. */
export const BELOW_BYTES = 28 + 38;

const START_MS = Date.UTC(2026, 10, 22, 10);
const TRAVEL_MS = 0.2;
/** As the programs' loops: a timer is no finer, and the intake is polled at least so often. */
const TIMER_MS = 1;
const MAX_SLEEP_MS = 250;
/** Behind the last repeat: the last hello comes within 10 s, and the tail that it names is waited for. */
const CALM_MS = 15_000;
const ALL_FRAMES = { maxFrames: 1e9, maxBytes: 1e12, maxRecords: 1e9 };

export interface LossyRunOptions {
  readonly lines: readonly string[];
  /** The lines come evenly within so long. */
  readonly workMs: number;
  /** Ends the run there; without it the last repeat is sent, and what comes of it waited for. */
  readonly endMs?: number;
  /** Asked for each datagram, in the order in which they leave. */
  readonly isLost: (nowMs: number) => boolean;
  /** Each datagram with what became of it; `completed`: it completed its frame. */
  readonly onDatagram?: (event: LinkEvent) => void;
}

export interface LinkEvent {
  readonly nowMs: number;
  readonly kind: DatagramKind;
  readonly datagram: Buffer;
  readonly isLost: boolean;
}

export interface Release {
  readonly atMs: number;
  /** Since the frame was made. */
  readonly ageMs: number;
  readonly isHealed: boolean;
}

export interface LossyRun {
  readonly sent: readonly JournaledFrame[];
  /** In the order in which they were released. */
  readonly spooled: readonly SpooledFrame[];
  readonly releases: readonly Release[];
  /** First and last frame of each gap that was ever recorded. */
  readonly gaps: readonly (readonly [from: number, to: number])[];
  readonly datagrams: Readonly<Record<DatagramKind, number>>;
  /** With `BELOW_BYTES` each. */
  readonly wireBytes: Readonly<Record<DatagramKind, number>>;
  /** For want of capacity. */
  readonly skippedRepeats: number;
  readonly freshShare: number;
}

export async function runLossy(options: LossyRunOptions): Promise<LossyRun> {
  const { lines, workMs, isLost, onDatagram } = options;
  const { boundary, stream, link, packer } = DEFAULTS;
  const codec = new BlockCodec(loadKernelModule());
  const signing = signingKeyPair(Buffer.alloc(32, 1));
  const senderAgreement = agreementKeyPair(Buffer.alloc(32, 2));
  const receiverAgreement = agreementKeyPair(Buffer.alloc(32, 3));
  const audit = { append: () => undefined, sync: () => undefined, close: () => undefined };
  const wallMs = (nowMs: number) => START_MS + Math.floor(nowMs);

  const senderStore = openSenderStore(':memory:');
  const repeatCount = link.repeatAfterMs.length;
  const journal = new Journal(senderStore, START_MS, Buffer.alloc(16, 4), { path: '', maxBytes: 1e12, repeatCount });
  const core = new SenderCore(0, START_MS, {
    boundary,
    stream,
    sourceName: 'lines',
    link,
    overheadBytes: BELOW_BYTES,
    packer,
    signing,
    rules: compileIdentityRules(DEFAULTS.identity),
    store: senderStore,
    journal,
    session: await openSession({
      boundary,
      stream,
      number: journal.nextSessionNumber(),
      id: Buffer.alloc(16, 5),
      secret: Buffer.alloc(32, 6),
      agreement: senderAgreement,
      receivers: [{ agreementKey: receiverAgreement.publicKey }],
    }),
    encoder: codec,
    audit,
    rejects: {
      append: (refused) => {
        if (refused.length > 0) throw new Error(`lines were refused: ${JSON.stringify(refused[0])}`);
      },
    },
  });

  const receiverStore = openStore(':memory:', RECEIVER_MIGRATIONS);
  const spool = new Spool(receiverStore, { maxBytes: 1e12 });
  const releases: Release[] = [];
  const gaps: (readonly [number, number])[] = [];
  let nowMs = 0;
  const intake = new Intake({
    boundary,
    stream,
    receiverKeys: receiverAgreement,
    senderAgreementKey: senderAgreement.publicKey,
    senderKeys: { find: () => signing.publicKey },
    decoder: codec,
    store: new SqliteIntakeStore({ store: receiverStore, spool, path: '', freeDiskBytes: () => 1e15 }),
    audit,
    observer: {
      blockCompleted: () => undefined,
      framesSpooled: () => undefined,
      frameReleased: ({ ageMs, isHealed }) => releases.push({ atMs: nowMs, ageMs, isHealed }),
      clockChanged: () => undefined,
      event: (event) => {
        if (event.event === 'gap-opened') gaps.push([Number(event.from), Number(event.to)]);
      },
    },
    holdMs: RECEIVER_LIMITS.holdMs,
    maxSkewMs: RECEIVER_LIMITS.maxClockSkewMs,
  });

  const travelling: { readonly atMs: number; readonly datagram: Buffer }[] = [];
  let arrived = 0;
  let read = 0;
  let senderMs = 0;
  let receiverMs = 0;
  let counts = { ...core.outlet.datagrams };

  const kindOf = (): DatagramKind => {
    const now = core.outlet.datagrams;
    const kind = (Object.keys(now) as DatagramKind[]).find((each) => now[each] !== counts[each]);
    counts = { ...now };
    return kind as DatagramKind;
  };
  const lineMs = (index: number) => (index * workMs) / lines.length;
  const pollSender = () => {
    const from = read;
    while (read < lines.length && lineMs(read) <= nowMs && !core.pauseReason) read++;
    if (read > from) {
      const entries = lines.slice(from, read).map((text, index) => {
        const lineNumber = from + index + 1;
        return { kind: 'line', lineNumber, text, positionAfter: { line: lineNumber } } as const;
      });
      core.handleEntries(nowMs, entries);
    }
    for (let datagram = core.poll(nowMs, wallMs(nowMs)); datagram; datagram = core.poll(nowMs, wallMs(nowMs))) {
      const event = { nowMs, kind: kindOf(), datagram, isLost: isLost(nowMs) };
      onDatagram?.(event);
      if (!event.isLost) travelling.push({ atMs: nowMs + TRAVEL_MS, datagram });
    }
    const nextLineMs = read < lines.length ? lineMs(read) : Number.POSITIVE_INFINITY;
    senderMs = Math.max(Math.min(core.nextDeadlineMs(nowMs), nextLineMs), nowMs + TIMER_MS);
  };
  const openSecrets = async () => {
    for (let sealed = intake.sealedSecret; sealed !== undefined; sealed = intake.sealedSecret) {
      const { sealed: secrets, body } = sealed.hello;
      const secret = await openSecret(receiverAgreement, secrets, sessionAssociatedData(body));
      intake.handleSecret(nowMs, wallMs(nowMs), sealed, secret);
    }
  };
  const pollReceiver = () => {
    intake.poll(nowMs, wallMs(nowMs));
    const dueMs = intake.nextDeadlineMs() ?? Number.POSITIVE_INFINITY;
    receiverMs = Math.min(Math.max(dueMs, nowMs + TIMER_MS), nowMs + MAX_SLEEP_MS);
  };

  const lastRepeatMs = link.repeatAfterMs.at(-1) ?? 0;
  let freshEndMs = 0;
  let endMs = options.endMs ?? Number.POSITIVE_INFINITY;
  while (nowMs < endMs) {
    nowMs = Math.min(senderMs, receiverMs, travelling[arrived]?.atMs ?? Number.POSITIVE_INFINITY, endMs);
    if (senderMs <= nowMs) pollSender();
    while (arrived < travelling.length && (travelling[arrived]?.atMs as number) <= nowMs) {
      intake.handleDatagram(nowMs, wallMs(nowMs), (travelling[arrived++] as { datagram: Buffer }).datagram);
    }
    if (arrived > 4_096) arrived -= travelling.splice(0, arrived).length;
    if (intake.sealedSecret !== undefined) await openSecrets();
    if (receiverMs <= nowMs || intake.hasReleased) pollReceiver();
    const isFreshSent = read === lines.length && core.queue.lineCount === 0 && core.isDrained;
    if (freshEndMs === 0 && isFreshSent) freshEndMs = nowMs;
    const isDone = isFreshSent && core.transmitter.waitingRepeatCount === 0;
    if (endMs === Number.POSITIVE_INFINITY && isDone && nowMs > lastRepeatMs) endMs = nowMs + CALM_MS;
  }

  const sent = journal.framesAfter(0, { frames: 1e9, bytes: 1e12 });
  const { datagrams, wireBytes } = core.outlet;
  const capacityBytes = (link.rateBitsPerSecond / 8 / 1_000) * freshEndMs;
  const run: LossyRun = {
    sent,
    spooled: spool.next(0, ALL_FRAMES),
    releases,
    gaps,
    datagrams: { ...datagrams },
    wireBytes: { ...wireBytes },
    skippedRepeats: core.transmitter.skippedRepeatCount,
    freshShare: (wireBytes.source + wireBytes.repair) / capacityBytes,
  };
  senderStore.close();
  receiverStore.close();
  return run;
}
