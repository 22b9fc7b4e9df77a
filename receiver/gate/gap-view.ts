/** Gaps and their tickets for a person: everything that a ticket says stands beside it, since an officer has to approve it. */

import { qrText } from '../../src/cli/qr.ts';
import { count, duration, time } from '../../src/cli/status-table.ts';
import type { WrittenTicket } from '../../src/config/ticket-form.ts';
import { hex } from '../../src/crypto/hex.ts';
import { countFrames, describeRuns, type FrameRun } from '../../src/wire/frame-runs.ts';
import { TICKET_VERSION } from '../../src/wire/gap-ticket.ts';
import type { GapReport, OpenGap } from './gap-report.ts';
import type { LostFrames } from './lost-frames.ts';

export function gapReportText(
  names: { readonly boundary: string; readonly stream: string },
  report: GapReport,
  options: { readonly nowMs: number; readonly withQr: boolean },
): string {
  const { scope, gaps, tickets, lost } = report;
  const about = `Stream ${names.stream} of boundary ${names.boundary}`;
  if (scope === undefined) return `${about}: no hello was accepted yet, so nothing is known to be missing.`;
  if (gaps.length === 0) {
    const none = `${about}, epoch ${scope.epoch}: no gaps.`;
    return lost === undefined ? `${none} Nothing that is known of is missing.` : `${none}\n\n${lostText(lost)}`;
  }
  const parts = [
    `${about}, epoch ${scope.epoch}: ${frames(gaps)} missing in ${gaps.length === 1 ? '1 gap' : `${gaps.length} gaps`}.`,
    gapTable(gaps, options.nowMs),
    ...(report.isHalted ? ['The stream is halted: frames that are sent again are refused until that is cured.'] : []),
    ...goneText(report),
    ...(lost === undefined ? [] : [lostText(lost)]),
    ...tickets.map((ticket, index) => ticketText(ticket, { ordinal: index + 1, of: tickets.length, ...options })),
  ];
  if (tickets.length > 0) {
    parts.push(
      'On the connected side: diode-sender resend DIR TICKET…\nA gap closes by itself once its frames have come.',
    );
  }
  return parts.join('\n\n');
}

export function gapReportObject(names: { readonly boundary: string; readonly stream: string }, report: GapReport) {
  const { scope, gaps, lost, tickets, isHalted, sender } = report;
  return {
    ...names,
    ...(scope && { epoch: scope.epoch, epochId: hex(scope.epochId) }),
    halted: isHalted,
    ...(sender && { sender }),
    gaps,
    ...(lost && { lost }),
    tickets: tickets.map(({ code, ticket }) => ({
      code,
      version: TICKET_VERSION,
      streamDigest: hex(ticket.streamDigest),
      epoch: ticket.epoch,
      epochIdStart: hex(ticket.epochIdStart),
      runs: ticket.runs,
    })),
  };
}

function gapTable(gaps: readonly OpenGap[], nowMs: number): string {
  const rows = gaps.map(({ from, to, sinceMs, gone }) => [
    describeRuns([{ from, to }]),
    count(to - from + 1),
    time(sinceMs),
    duration(nowMs - sinceMs),
    gone === undefined ? '' : gone.to === to ? 'too old' : `too old up to ${gone.to}`,
  ]);
  const header = ['frames', 'how many', 'since', 'for', ''];
  const widths = header.map((name, at) => Math.max(name.length, ...rows.map((row) => (row[at] as string).length)));
  return [header, ...rows]
    .map((row) => `  ${row.map((cell, at) => cell.padEnd(widths[at] as number)).join('  ')}`.trimEnd())
    .join('\n');
}

function goneText({ gaps, sender }: GapReport): string[] {
  const gone = gaps.flatMap((gap) => gap.gone ?? []);
  if (gone.length === 0 || sender === undefined) return [];
  const { oldestSequence, heardAtMs } = sender;
  const has = oldestSequence === 0 ? 'is empty' : `began at frame ${oldestSequence}`;
  return [
    `${frames(gone)} too old: at ${time(heardAtMs)} the sender's journal ${has}.\nOnly a snapshot brings what they held. On the connected side: diode-sender snapshot DIR`,
  ];
}

function lostText({ through, frames: total }: LostFrames): string {
  const upTo = through === 0 ? 'of an epoch that ended' : `up to frame ${count(through)}`;
  const why = through === 0 ? '' : ', since more gaps were open than can be kept';
  return `${total === 1 ? '1 frame is' : `${count(total)} frames are`} lost, ${upTo}: closed${why}, and no ticket asks for them.\nOnly a snapshot brings what they held. On the connected side: diode-sender snapshot DIR`;
}

function ticketText(
  { code, ticket }: WrittenTicket,
  { ordinal, of, withQr }: { readonly ordinal: number; readonly of: number; readonly withQr: boolean },
): string {
  const covers = of === 1 ? '' : `, ${ticket.runs.length === 1 ? '1 gap' : `${ticket.runs.length} gaps`}`;
  const rows: readonly (readonly [string, string])[] = [
    ['kind', `gap ticket, version ${TICKET_VERSION}`],
    ['stream', `${hex(ticket.streamDigest)} (the first 4 bytes of SHA-256 of boundary and stream)`],
    ['epoch', `${ticket.epoch}`],
    ['epoch id', `${hex(ticket.epochIdStart)} (its first 2 bytes)`],
    ...lines(ticket.runs).map((line, index) => [index === 0 ? 'frames' : '', line] as const),
  ];
  return [
    `Ticket ${ordinal} of ${of}${covers}. Any case, spaces and hyphens as you like, O for 0, I and L for 1:`,
    ...inLines(code),
    ...(withQr ? [qrText(code)] : []),
    'It says this, and nothing else:',
    ...rows.map(([name, value]) => `  ${name.padEnd(10)}${value}`),
  ].join('\n');
}

/** Of ten groups each, for reading aloud line by line. */
function inLines(code: string): string[] {
  const groups = code.split('-');
  const starts = Array.from({ length: Math.ceil(groups.length / GROUPS_A_LINE) }, (_, index) => index * GROUPS_A_LINE);
  return starts.map((at) => `  ${groups.slice(at, at + GROUPS_A_LINE).join('-')}`);
}

function lines(runs: readonly FrameRun[]): string[] {
  const starts = Array.from({ length: Math.ceil(runs.length / RUNS_A_LINE) }, (_, index) => index * RUNS_A_LINE);
  return starts.map((at) => describeRuns(runs.slice(at, at + RUNS_A_LINE)));
}

const GROUPS_A_LINE = 10;
const RUNS_A_LINE = 6;

function frames(runs: readonly FrameRun[]): string {
  const total = countFrames(runs);
  return total === 1 ? '1 frame is' : `${count(total)} frames are`;
}
