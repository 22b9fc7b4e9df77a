/** What is wrong with a receiver, one sentence each: what it sees, and what a person does. The headings of docs/operations.md begin so. */

import { lineAlarm } from '../../src/cli/line-view.ts';
import { count, duration, offlineAlarm, pauseAlarm, time } from '../../src/cli/status-table.ts';
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import type { ReceivingLineStatus } from '../../src/link/link.ts';
import { countFrames } from '../../src/wire/frame-runs.ts';
import type { OfflineReceiverStatus } from '../commands/offline-status.ts';
import type { LostFrames } from '../gate/lost-frames.ts';
import type { LineWatchStatus } from '../intake/line-watch.ts';
import { trustAlarms, trustExpiredAlarm } from '../trust/trust-status-view.ts';
import { rewrittenAlarm } from '../witness/witness-view.ts';
import { type GuardStatus, lostFrames, type ReceiverStatus } from './receiver-status.ts';

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
  const frames = countFrames(gaps);
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

/** Only while the sender contradicts: a word that nothing contradicts is a row of the table. */
function vouchedAlarm({ vouched, reason, offsetMs = 0 }: ReceiverStatus['intake']['clock']): readonly string[] {
  if (vouched === undefined || reason === undefined) return [];
  const { by, sinceMs } = vouched;
  return [
    `The clock is vouched for by ${by} since ${time(sinceMs)}, and is ${reason} of what the sender signs (${duration(Math.abs(offsetMs))} at the last hello): tokens are decided by it. Set the wrong one of both clocks.`,
  ];
}

export function lostAlarm({ through, frames }: LostFrames): string {
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

function unwholeAlarm({ reason, sinceMs }: NonNullable<ReceiverStatus['unwhole']>): string {
  const [why, until] =
    reason === 'rebuilt'
      ? ['its tables were lost and read back from Kafka, which forgets deletes', '']
      : [
          'it met the link when frames had been sent already',
          'all of those have come, as repeats bring them for a minute, or ',
        ];
  return `This receiver is not whole since ${time(sinceMs)}: ${why}. Nothing is published until ${until}a whole snapshot has come: have \`diode-sender snapshot DIR\` typed at the sender.`;
}

function garbledAlarm({ device, baud }: ReceivingLineStatus, { bytes, foreign }: LineWatchStatus): string {
  if (foreign > 0) {
    return `Datagrams arrive on ${device} and none is authentic (${count(foreign)} so far): it is another sender's line, or a card was changed; compare the cards of both sides.`;
  }
  return `Bytes arrive on ${device} and no datagram is among them (${count(bytes)} so far): link.baud is ${baud} here, compare it with the sender's; if they agree, the line is noise: look at ground and optocoupler.`;
}

function silenceOf(
  { link, hellos }: ReceiverStatus['intake'],
  line: ReceivingLineStatus | undefined,
): string | undefined {
  const { isSilent, sinceMs, ageMs, intervalMs } = link;
  const foreign = foreignHellos(hellos);
  // Counts are since the start: once a good hello has come in this run, they need not be what is wrong now.
  const lookAt = (where: string) => {
    if (foreign === undefined) return `look at ${where}`;
    return ageMs === undefined ? `what came is ${foreign}` : `look at ${where}; some that came are ${foreign}`;
  };
  if (isSilent) {
    const since = sinceMs === undefined ? 'the start' : time(sinceMs);
    return `No hello has arrived since ${since}, although one is due every ${duration(intervalMs)}: ${lookAt(whereToLook(line))}.`;
  }
  if (ageMs === undefined)
    return `No hello has arrived since the start: ${lookAt(line === undefined ? 'the sender, the link and the port' : whereToLook(line))}.`;
  return undefined;
}

/** Hellos of another pair, for another card, or damaged. */
const FOREIGN_HELLOS = ['hello-receiver', 'hello-mac', 'hello-boundary', 'hello-stream', 'hello-key'] as const;

function foreignHellos(hellos: ReceiverStatus['intake']['hellos']): string | undefined {
  const seen = FOREIGN_HELLOS.filter((outcome) => hellos[outcome] > 0);
  if (seen.length === 0) return undefined;
  const counts = seen.map((outcome) => `${outcome} ${count(hellos[outcome])}`).join(', ');
  return `for another card, of another sender or damaged (${counts} since the start): compare the cards of both sides, and the cable`;
}

/** Over a serial line, whether bytes come parts a cable that is pulled or crossed wrongly from all else. */
function whereToLook(line: ReceivingLineStatus | undefined): string {
  if (line === undefined) return 'sender and link';
  if (line.bytes > 0) return `sender and line (${count(line.bytes)} bytes came on ${line.device} since the start)`;
  return `the cable, since not a byte came on ${line.device}: the sender's TX belongs on RX here, and ground on ground`;
}

/** The first few: a person needs the extent, `--json` has all. */
export function gapList(gaps: readonly { readonly from: number; readonly to: number }[]): string {
  const shown = gaps.slice(0, 5).map(({ from, to }) => span(from, to));
  return gaps.length > shown.length ? `${shown.join(', ')} and ${gaps.length - shown.length} more` : shown.join(', ');
}

export function span(from: number, to: number): string {
  return from === to ? `${from}` : `${from}–${to}`;
}
