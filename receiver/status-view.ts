/** What a person reads of a receiver's status, and what is wrong with it. */
import { lineAlarm, lineText } from '../src/cli/line-view.ts';
import {
  alarmSection,
  breakdown,
  count,
  duration,
  offlineAlarm,
  pauseAlarm,
  type StatusSection,
  size,
  statusTable,
  sum,
  time,
} from '../src/cli/status-table.ts';
import { RECEIVER_LIMITS } from '../src/limits.ts';
import type { ReceivingLineStatus } from '../src/link/link.ts';
import { batchingText } from '../src/link/udp-batching.ts';
import type { OfflineReceiverStatus } from './commands/offline-status.ts';
import type { LineWatchStatus } from './line-watch.ts';
import type { LostFrames } from './lost-frames.ts';
import { type GuardStatus, lostFrames, type ReceiverStatus } from './receiver-status.ts';
import { isWholeCycle } from './snapshot-progress.ts';
import { trustAlarms, trustExpiredAlarm, trustSection } from './trust-status-view.ts';
import { rewrittenAlarm, witnessText } from './witness-view.ts';

/** Why the receiver does not do its work, one sentence each. */
export function receiverNotReady(status: ReceiverStatus): readonly string[] {
  const { paused, kafka, intake, unwhole, line, trust, senderLog } = status;
  const reasons: string[] = [];
  const { halted } = intake.gate;
  if (halted !== undefined)
    reasons.push(`The stream is halted since ${time(halted.sinceMs)}: ${halted.seen} ${halted.cure}`);
  if (paused !== undefined) reasons.push(pauseAlarm('receiver', paused));
  else if (!kafka.publishing)
    reasons.push(`Nothing is published: ${kafka.waitingFor?.text ?? 'Kafka is being connected to.'}`);
  if (!intake.accepting.isAccepting) {
    reasons.push(`Frames are refused (${intake.accepting.reason ?? 'unknown'}): free the disk or let the spool drain.`);
  }
  if (!intake.clock.isTrusted) {
    const reason = intake.clock.reason ?? 'unknown';
    reasons.push(`The clock is not trusted (${reason}), so tokens wait: compare it with the sender's.`);
  }
  if (unwhole !== undefined) reasons.push(unwholeAlarm(unwhole));
  if (trust?.isExpired) reasons.push(trustExpiredAlarm(trust));
  if (senderLog?.rewritten !== undefined) reasons.push(rewrittenAlarm(senderLog.rewritten));
  return [...reasons, ...lineAlarms({ intake, line })];
}

/** Of the link alone: the port is away, what comes is not understood, or no hello comes. */
export function lineAlarms({
  intake,
  line,
}: {
  readonly intake: ReceiverStatus['intake'];
  readonly line?: ReceivingLineStatus | undefined;
}): readonly string[] {
  const alarms: string[] = [];
  if (line?.down !== undefined) alarms.push(lineAlarm(line));
  else if (line !== undefined && intake.line.isGarbled) alarms.push(garbledAlarm(line, intake.line));
  const silence = silenceOf(intake, line);
  return silence === undefined ? alarms : [...alarms, silence];
}

/** The same, and what the work goes on in spite of. */
export function receiverAlarms(status: ReceiverStatus): readonly string[] {
  const { gaps } = status.intake.gate;
  const frames = gaps.reduce((total, { from, to }) => total + to - from + 1, 0);
  const missing = frames === 1 ? '1 frame is missing' : `${count(frames)} frames are missing`;
  const gapAlarm = `${missing} in ${gaps.length} ${gaps.length === 1 ? 'gap' : 'gaps'}: ${gapList(gaps)}. Repeats may still bring ${frames === 1 ? 'it' : 'them'} within a minute; then have sent again what \`diode-receiver gaps DIR\` prints.`;
  const lost = lostFrames(status);
  const left = status.progress?.snapshot?.left ?? 0;
  return [
    ...receiverNotReady(status),
    ...vouchedAlarm(status.intake.clock),
    ...spoolAge(status),
    ...(gaps.length > 0 ? [gapAlarm] : []),
    ...(lost === undefined ? [] : [lostAlarm(lost)]),
    ...(left > 0 ? [leftAlarm(left)] : []),
    ...guardAlarms(status.guard),
    ...revocationAlarms(status),
    ...fullAlarms(status.tables),
    ...sealAlarms(status),
    ...trustAlarms(status),
  ];
}

function vouchedText({ vouched }: ReceiverStatus['intake']['clock']): string | undefined {
  return vouched && `vouched for by ${vouched.by} since ${time(vouched.sinceMs)}, until it jumps`;
}

/** Only while the sender contradicts: a word that nothing contradicts is a row of the table. */
function vouchedAlarm({ vouched, reason, offsetMs = 0 }: ReceiverStatus['intake']['clock']): readonly string[] {
  if (vouched === undefined || reason === undefined) return [];
  const { by, sinceMs } = vouched;
  return [
    `The clock is vouched for by ${by} since ${time(sinceMs)}, and is ${reason} of what the sender signs (${duration(Math.abs(offsetMs))} at the last hello): tokens are decided by it. Set the wrong one of both clocks.`,
  ];
}

function lostAlarm({ through, frames }: LostFrames): string {
  const upTo = through === 0 ? 'of an epoch that ended' : `up to frame ${count(through)}`;
  return `${frames === 1 ? '1 frame is' : `${count(frames)} frames are`} lost, ${upTo}: they are in no gap, so no ticket brings them. Have \`diode-sender snapshot DIR\` typed at the sender.`;
}

function leftAlarm(left: number): string {
  const most = count(RECEIVER_LIMITS.maxPartTombstones);
  return `${count(left)} deletes of a snapshot are left to the next one, since a part makes at most ${most}: have \`diode-sender snapshot DIR\` typed at the sender.`;
}

const EXCEEDED = {
  subjects: 'Subjects ended or were deactivated',
  memberships: 'Memberships ended',
} as const;

function guardAlarms({ held, holds, oldestAtMs, losses }: GuardStatus): readonly string[] {
  const since = oldestAtMs === undefined ? '' : ` since ${time(oldestAtMs)}`;
  const heldAlarm = `Records are held: ${count(held)} in ${count(holds)} ${holds === 1 ? 'hold' : 'holds'}${since}. \`diode-receiver held DIR\` shows them; approvers release or reject them.`;
  const exceeded = (['subjects', 'memberships'] as const).flatMap((kind) => {
    const { lived, lost, allowed = lost } = losses[kind];
    if (lost <= allowed) return [];
    return [
      `${EXCEEDED[kind]}: ${count(lost)} of ${count(lived)} within an hour, and ${count(allowed)} may. Ask the source whether it is meant; further deletes are held.`,
    ];
  });
  return [...(held > 0 ? [heldAlarm] : []), ...exceeded];
}

function revocationAlarms({ issuers, slowestRevocationMs = 0 }: ReceiverStatus): readonly string[] {
  const overdue = issuers.filter(({ isOverdue }) => isOverdue);
  const late = slowestRevocationMs > RECEIVER_LIMITS.revocationObjectiveMs;
  return [
    ...overdue.map(
      ({ issuer, asOfMs, nextByMs }) =>
        `The revocations of ${issuer} are not fresh: they were complete as of ${time(asOfMs)}, and the next word was due by ${time(nextByMs)}. Look at the sender's source; consumers judge by it.`,
    ),
    ...(late
      ? [
          `A revocation took ${duration(slowestRevocationMs)} from its source to its tombstone, and ${duration(RECEIVER_LIMITS.revocationObjectiveMs)} is the objective. Look at the other alarms; if there is none, compare the clocks, and the \`at\` of the source's lines.`,
        ]
      : []),
  ];
}

/** Of what is remembered of tokens: from the bound on, records are refused that would add to it. */
function fullAlarms({ tokens, revocations, revokedKeys }: ReceiverStatus['tables']): readonly string[] {
  const { maxTokenIds, maxRevocations, maxRevokedKeys } = RECEIVER_LIMITS;
  const shorter = 'Shorter lifetimes, or several streams, need fewer.';
  const bundle = 'The root holders can still revoke a key in the trust bundle.';
  const alarm = (rows: number, max: number, what: string, code: string, cure: string) =>
    rows < max ? [] : [`What is remembered of ${what} is full (${count(rows)}): more are refused (${code}). ${cure}`];
  return [
    ...alarm(tokens, maxTokenIds, 'live tokens', 'token-ids-full', shorter),
    ...alarm(revocations, maxRevocations, 'revocations', 'revocations-full', shorter),
    ...alarm(revokedKeys, maxRevokedKeys, 'revoked keys and issuers', 'revocations-full', bundle),
  ];
}

function sealAlarms({ unlistedAudiences = [] }: ReceiverStatus): readonly string[] {
  return unlistedAudiences.map(
    (audience) =>
      `Nothing is sealed to ${audience}: no issuer lists that audience, so tokens that name it otherwise are published as they are. Write it in \`sealedAudiences\` as tokens have it in \`aud\`, to the character, and start this receiver again.`,
  );
}

function spoolAge({ spool: { oldestAgeMs = 0 } }: ReceiverStatus): readonly string[] {
  if (oldestAgeMs <= RECEIVER_LIMITS.spoolAgeAlarmMs) return [];
  return [`The oldest frame has waited in the spool for ${duration(oldestAgeMs)}; none is dropped for its age.`];
}

export function receiverStatusText(status: ReceiverStatus): string {
  const { intake, kafka, spool, tables, totals, drops, line, batching, progress } = status;
  const { gate } = intake;
  const sections: StatusSection[] = [
    {
      title: `Stream ${status.stream} of boundary ${status.boundary}, running`,
      rows: [
        ['epoch', gate.epoch === 0 ? 'none yet: no hello was accepted' : `${gate.epoch} (${gate.epochId})`],
        [
          'received to',
          // The head is as of the last hello; frames may have come since.
          `frame ${count(gate.sequence)}${gate.headSequence === undefined ? '' : ` of ${count(Math.max(gate.headSequence, gate.sequence))}`}`,
        ],
        ['published to', progress === undefined ? 'nothing yet' : `frame ${count(progress.sequence)}`],
        ['last hello', lastHello(intake)],
        ['next epoch', gate.epoch === 0 ? undefined : `${gate.epoch + 1}, for a sender that lost its disk`],
        ['whole', status.unwhole === undefined ? 'yes' : 'no: waits for a snapshot, see below'],
        ['snapshot', progress === undefined ? undefined : snapshotText(progress)],
        ['gaps', gate.gaps.length === 0 ? 'none' : gapList(gate.gaps)],
        ["sender's log", status.senderLog === undefined ? 'not witnessed yet' : witnessText(status.senderLog)],
        ['clock offset', intake.clock.offsetMs === undefined ? undefined : `${Math.round(intake.clock.offsetMs)} ms`],
        ['clock', vouchedText(intake.clock)],
      ],
    },
    {
      title: 'Records since the stream began',
      rows: [
        ...Object.entries(totals).map(([outcome, total]) => [outcome, count(total)] as const),
        ['subjects', count(tables.subjects)],
        [
          'tokens',
          `${count(tables.tokens)}, revocations ${count(tables.revocations)}, of keys and issuers ${count(tables.revokedKeys)}`,
        ],
        [
          'frames ahead',
          status.earlyFrames === 0 ? undefined : `${status.earlyFrames}, whose revocations hold already`,
        ],
        [
          'held',
          status.guard.held === 0 && status.guard.pins === 0
            ? undefined
            : `${count(status.guard.held)} in ${count(status.guard.holds)} holds, pins ${count(status.guard.pins)}`,
        ],
        ['frames that wait', status.waitingFrames === 0 ? undefined : `${status.waitingFrames}, for a trusted clock`],
      ],
    },
    {
      title: 'Spool and Kafka',
      rows: [
        [
          'spooled',
          `${count(spool.frames)} frames, ${count(spool.records)} records, ${size(spool.bytes)} of ${size(spool.maxBytes)}`,
        ],
        ['oldest', spool.oldestAgeMs === undefined ? undefined : duration(spool.oldestAgeMs)],
        ['kafka', `${kafka.state}, ${kafka.publishing ? 'publishing' : 'not publishing'}`],
        ['transactions', `${count(kafka.transactions)}, unclean ${count(kafka.unclean)}`],
        [
          'freshness',
          progress === undefined || progress.signedAtMs === 0
            ? undefined
            : `signed ${time(progress.signedAtMs)}, published ${duration(progress.publishedAtMs - progress.signedAtMs)} later`,
        ],
      ],
    },
    ...mediaSection(status),
    ...trustSection(status),
    ...verificationSection(status),
    {
      title: 'Received since the start',
      rows: [
        [
          'datagrams',
          `${count(sum(intake.datagrams))} (${size(intake.datagramBytes)}): ${breakdown(intake.datagrams)}`,
        ],
        ['hellos', breakdown(intake.hellos)],
        ['frames', breakdown(intake.frames as Readonly<Record<string, number>>)],
        ['blocks', `${breakdown(intake.blocks)}; FEC gave back ${count(intake.recoveredSymbols)} symbols`],
        [
          'incomplete blocks',
          `${count(intake.openBlocks)} (${size(intake.openBlockBytes)}) in memory, ${count(intake.diskBlocks)} (${size(intake.diskBlockBytes)}) on disk`,
        ],
        ['serial line', line && `${lineText(line)}: ${size(line.bytes)}; no datagrams: ${breakdown(line.discarded)}`],
        ['UDP', batching && batchingText(batching)],
        [
          'kernel drops',
          line === undefined
            ? `socket ${drops.socket ?? 'unknown'}, interface ${drops.interface ?? 'unknown'}`
            : undefined,
        ],
      ],
    },
    alarmSection(receiverAlarms(status)),
  ];
  return statusTable(sections);
}

function verificationSection({ verification }: ReceiverStatus): readonly StatusSection[] {
  if (verification === undefined) return [];
  const { address, port, requests } = verification;
  return [
    {
      title: 'Keys for resource servers',
      rows: [
        ['served on', `${address} port ${port}`],
        ['requests', breakdown(requests)],
      ],
    },
  ];
}

/** Nothing where no bundle ever came. */
function mediaSection({ imports }: ReceiverStatus): readonly StatusSection[] {
  if (imports === undefined || (imports.imported === 0 && imports.waiting === 0)) return [];
  const { imported, waiting, last, current } = imports;
  const made = last && `bundle ${last.number}, made ${time(last.madeAtMs)}, taken in ${time(last.importedAtMs)}`;
  const share = current && Math.floor((100 * current.doneBytes) / Math.max(1, current.bytes));
  return [
    {
      title: 'Removable media',
      rows: [
        ['taken in', `${count(imported)} bundles`],
        ['last', made],
        ['under way', current && `bundle ${current.number}, ${share}%`],
        ['waiting', waiting === 0 ? undefined : `${waiting} bundles`],
      ],
    },
  ];
}

export function offlineReceiverStatusText(status: OfflineReceiverStatus & { readonly running: boolean }): string {
  const { running, boundary, stream, spool, progress, gate, senderLog } = status;
  const rows: (readonly [string, string | undefined])[] =
    progress === undefined
      ? [['published', 'nothing yet']]
      : [
          ['epoch', `${progress.epoch} (${progress.epochId})`],
          [
            'published to',
            `frame ${count(progress.sequence)} of ${count(progress.headSequence)} at ${time(progress.publishedAtMs)}`,
          ],
          ['whole', progress.isWhole ? 'yes' : 'no: it waits for a snapshot'],
          ['gaps', progress.gaps.length === 0 ? 'none' : progress.gaps.map(([from, to]) => span(from, to)).join(', ')],
          ['lost', progress.lost && lostAlarm(progress.lost)],
          ...Object.entries(progress.totals).map(([outcome, total]) => [outcome, count(total)] as const),
        ];
  const title = `Stream ${stream ?? '(no sender is trusted yet)'} of boundary ${boundary}, ${state(running)}`;
  return statusTable([
    {
      title,
      rows: [
        ...rows,
        ['spooled', `${count(spool.frames)} frames, ${count(spool.records)} records, ${size(spool.bytes)}`],
        ['next epoch', gate && `${gate.epoch + 1}, for a sender that lost its disk`],
        ["sender's log", senderLog && witnessText(senderLog)],
      ],
    },
    alarmSection(offlineReceiverAlarms(status)),
  ]);
}

export function offlineReceiverAlarms({
  running,
  gate,
  paused,
  senderLog,
}: OfflineReceiverStatus & { readonly running: boolean }): readonly string[] {
  const { halted } = gate ?? {};
  return [
    offlineAlarm('diode-receiver', running),
    ...(halted ? [`${halted.seen} ${halted.cure}`] : []),
    ...(paused ? [pauseAlarm('receiver', paused)] : []),
    ...(senderLog?.rewritten ? [rewrittenAlarm(senderLog.rewritten)] : []),
  ];
}

function unwholeAlarm({ reason, sinceMs }: NonNullable<ReceiverStatus['unwhole']>): string {
  const why =
    reason === 'rebuilt'
      ? 'its tables were lost and read back from Kafka, which forgets deletes'
      : 'it met the link when frames had been sent already';
  return `This receiver is not whole since ${time(sinceMs)}: ${why}. Nothing is published until a whole snapshot has come: have \`diode-sender snapshot DIR\` typed at the sender.`;
}

function garbledAlarm({ device, baud }: ReceivingLineStatus, { bytes, foreign }: LineWatchStatus): string {
  if (foreign > 0) {
    return `Datagrams arrive on ${device} and none is authentic (${count(foreign)} so far): it is another sender's line, or a card was changed; compare the cards of both sides.`;
  }
  return `Bytes arrive on ${device} and no datagram is among them (${count(bytes)} so far): link.baud is ${baud} here, compare it with the sender's; if they agree, the line is noise: look at ground and optocoupler.`;
}

function silenceOf({ link }: ReceiverStatus['intake'], line: ReceivingLineStatus | undefined): string | undefined {
  const { isSilent, sinceMs, ageMs, intervalMs } = link;
  if (isSilent) {
    const since = sinceMs === undefined ? 'the start' : time(sinceMs);
    return `No hello has arrived since ${since}, although one is due every ${duration(intervalMs)}: look at ${whereToLook(line)}.`;
  }
  if (ageMs === undefined)
    return `No hello has arrived since the start: look at ${line === undefined ? 'the sender, the link and the port' : whereToLook(line)}.`;
  return undefined;
}

/** Over a serial line, whether bytes come parts a cable that is pulled or crossed wrongly from all else. */
function whereToLook(line: ReceivingLineStatus | undefined): string {
  if (line === undefined) return 'sender and link';
  if (line.bytes > 0) return `sender and line (${count(line.bytes)} bytes came on ${line.device} since the start)`;
  return `the cable, since not a byte came on ${line.device}: the sender's TX belongs on RX here, and ground on ground`;
}

/** A hello that is overdue may be a lost one. */
function lastHello({ link }: ReceiverStatus['intake']): string {
  const { ageMs, intervalMs, sinceMs } = link;
  if (ageMs === undefined)
    return sinceMs === undefined ? 'none in this run' : `none in this run, none since ${time(sinceMs)}`;
  return `${duration(ageMs)} ago${ageMs > intervalMs ? `, overdue: one is due every ${duration(intervalMs)}` : ''}`;
}

function snapshotText({ snapshot, closedFrames }: NonNullable<ReceiverStatus['progress']>): string {
  if (snapshot === undefined) return 'none yet';
  const parts = snapshot.parts.reduce((sum, [from, to]) => sum + to - from + 1, 0);
  const extent = isWholeCycle(snapshot) ? `whole, ${count(parts)} parts` : `${count(parts)} parts so far`;
  return `cycle ${count(snapshot.cycle)}: ${extent}; missing frames made good by snapshots: ${count(closedFrames)}`;
}

/** The first few: a person needs the extent, `--json` has all. */
function gapList(gaps: readonly { readonly from: number; readonly to: number }[]): string {
  const shown = gaps.slice(0, 5).map(({ from, to }) => span(from, to));
  return gaps.length > shown.length ? `${shown.join(', ')} and ${gaps.length - shown.length} more` : shown.join(', ');
}

function span(from: number, to: number): string {
  return from === to ? `${from}` : `${from}–${to}`;
}

function state(isRunning: boolean): string {
  return isRunning ? 'running but not answering: as its disk says' : 'not running: as it was left';
}
