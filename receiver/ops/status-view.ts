/** What a person reads of a receiver's status. */

import { lineText } from '../../src/cli/line-view.ts';
import {
  alarmSection,
  breakdown,
  count,
  duration,
  runState,
  type StatusSection,
  size,
  statusTable,
  sum,
  time,
} from '../../src/cli/status-table.ts';
import { batchingText } from '../../src/link/udp-batching.ts';
import { countPlaces } from '../../src/wire/frame-runs.ts';
import type { OfflineReceiverStatus } from '../commands/offline-status.ts';
import type { LinkThreadStatus } from '../link-thread/link-thread.ts';
import { isWholeCycle } from '../publish/snapshot-progress.ts';
import { trustSection } from '../trust/trust-status-view.ts';
import { witnessText } from '../witness/witness-view.ts';
import { gapList, lostAlarm, offlineReceiverAlarms, receiverAlarms, span } from './receiver-alarms.ts';
import type { ReceiverStatus } from './receiver-status.ts';

function vouchedText({ vouched }: ReceiverStatus['intake']['clock']): string | undefined {
  return vouched && `vouched for by ${vouched.by} since ${time(vouched.sinceMs)}, until it jumps`;
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
        ['token threads', threadsText(status.tokenChecks)],
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
        ['link thread', status.linkThread && linkThreadText(status.linkThread)],
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

function linkThreadText({ busyShare, pauses }: LinkThreadStatus): string {
  const paused = pauses > 0 ? `, ${count(pauses)} times full of what waits for the other one` : '';
  return `${Math.round(100 * busyShare)}% busy${paused}`;
}

/** Nothing where this thread checks all tokens. */
function threadsText({ threads, running, busyShare, waiting, failures }: ReceiverStatus['tokenChecks']) {
  if (threads === 1) return undefined;
  const work = `${Math.round(100 * busyShare)}% busy, ${count(waiting)} tokens waiting`;
  return `${running} of ${threads}${running > 0 ? `, ${work}` : ''}${failures > 0 ? `, ${count(failures)} ended` : ''}`;
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
  const title = `Stream ${stream ?? '(no sender is trusted yet)'} of boundary ${boundary}, ${runState(running)}`;
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

/** A hello that is overdue may be a lost one. */
function lastHello({ link }: ReceiverStatus['intake']): string {
  const { ageMs, intervalMs, sinceMs } = link;
  if (ageMs === undefined)
    return sinceMs === undefined ? 'none in this run' : `none in this run, none since ${time(sinceMs)}`;
  return `${duration(ageMs)} ago${ageMs > intervalMs ? `, overdue: one is due every ${duration(intervalMs)}` : ''}`;
}

function snapshotText({ snapshot, closedFrames }: NonNullable<ReceiverStatus['progress']>): string {
  if (snapshot === undefined) return 'none yet';
  const parts = countPlaces(snapshot.parts);
  const extent = isWholeCycle(snapshot) ? `whole, ${count(parts)} parts` : `${count(parts)} parts so far`;
  return `cycle ${count(snapshot.cycle)}: ${extent}; missing frames made good by snapshots: ${count(closedFrames)}`;
}
