/** What a person reads of a sender's status, and what is wrong with it. */

import { dropsText, unansweredText } from '../../src/cli/drops-view.ts';
import { lineAlarm, lineText } from '../../src/cli/line-view.ts';
import {
  alarmSection,
  breakdown,
  count,
  duration,
  offlineAlarm,
  pauseAlarm,
  rate,
  runState,
  type StatusSection,
  size,
  statusTable,
  sum,
  time,
} from '../../src/cli/status-table.ts';
import { batchingText } from '../../src/link/udp-batching.ts';
import type { OfflineSenderStatus } from '../commands/offline-status.ts';
import { foreignAlarms, foreignSection } from '../issuer/foreign-view.ts';
import { issuerAlarms, issuerSection } from '../issuer/issuer-view.ts';
import type { RevertProgress } from '../revert/revert-table.ts';
import type { SigningStatus } from '../trust/signing-keys.ts';
import type { PauseReason, SenderStatus } from './sender-observer.ts';

/** A hello is overdue after three of its intervals, of 10 s at least. */
const OVERDUE_INTERVALS = 3;
const LEAST_INTERVAL_MS = 10_000;

const PAUSES: Readonly<Partial<Record<PauseReason, string>>> = {
  'journal-full':
    'The journal is full of unsent frames, so the source is not read: raise link.rateBitsPerSecond or journal.maxBytes.',
  'disk-full': 'The disk is full, so the source is not read: free space on it.',
  stopping: 'The sender is stopping.',
};

/** A journal without a link forgets nothing that no bundle has. */
const UNEXPORTED =
  'The journal is full of frames that were not exported, so the source is not read: diode-sender export DIR MEDIUM, or raise journal.maxBytes.';

const SOURCE_UNREAD =
  'A snapshot waits until the source was read to its end: see whether the source is paused or missing, or say that all is read with `diode-sender snapshot DIR --source-is-read`.';

/** What was lost longer ago stays in the table and the metrics. */
const RECENT_DROP_MS = 600_000;

/** Why the sender does not do its work, one sentence each. */
export function senderAlarms(status: SenderStatus): readonly string[] {
  const { failure, paused, source, hello, snapshot, link, isMediaOnly } = status;
  const alarms: string[] = [];
  if (failure !== undefined) alarms.push(`${failure.seen} ${failure.cure}`);
  if (paused !== undefined) alarms.push(pauseAlarm('sender', paused));
  const isUnexported = isMediaOnly && source.pausedBy === 'journal-full';
  const pause = source.pausedBy === undefined ? undefined : isUnexported ? UNEXPORTED : PAUSES[source.pausedBy];
  if (pause !== undefined) alarms.push(pause);
  alarms.push(...signingAlarms(status.signing));
  if (status.issuer !== undefined) alarms.push(...issuerAlarms(status.issuer));
  if (status.foreign !== undefined) alarms.push(...foreignAlarms(status.foreign));
  if (isMediaOnly) return snapshot.waitsForSource ? [...alarms, SOURCE_UNREAD] : alarms;
  if (hello.lastAgeMs === undefined) alarms.push('No hello has been sent yet.');
  else if (hello.lastAgeMs > OVERDUE_INTERVALS * Math.max(hello.intervalMs, LEAST_INTERVAL_MS)) {
    alarms.push(`No hello has been sent for ${duration(hello.lastAgeMs)}: the link does not take datagrams.`);
  }
  if (link.line?.down !== undefined) alarms.push(lineAlarm(link.line));
  alarms.push(...dropAlarms(status));
  if (snapshot.waitsForSource) alarms.push(SOURCE_UNREAD);
  return alarms;
}

export function senderStatusText(status: SenderStatus, nowMs: number): string {
  const { source, journal, frames, repeats, resends, hello, link, head, epoch, session, snapshot } = status;
  const sections: StatusSection[] = [
    {
      title: `Stream ${status.stream} of boundary ${status.boundary}, running`,
      rows: [
        ['epoch', `${epoch.number} (${epoch.id})`],
        ['head', `frame ${count(head.sequence)}`],
        ['signing key', signingText(status.signing)],
        ['session', `${session.number}, since ${time(session.startedAtMs)}`],
        [
          'last hello',
          hello.lastAgeMs === undefined
            ? status.isMediaOnly
              ? 'none: there is no link, frames leave on media'
              : 'none yet'
            : `${duration(hello.lastAgeMs)} ago (${count(hello.counter)} sent)`,
        ],
      ],
    },
    {
      title: 'Source',
      rows: [
        [source.name, source.isPaused ? `paused: ${source.pausedBy ?? 'unknown'}` : (source.state ?? 'not opened yet')],
        ['lines delivered', count(source.lines.delivered)],
        [
          'lines refused',
          `${count(source.lines.refused)}${source.lines.refused > 0 ? `: ${breakdown(source.refusedByCode)}` : ''}`,
        ],
        ['lines waiting', `${count(source.queuedLines)} (${size(source.queuedBytes)})`],
        ['revert', revertText(status.revert)],
        ['position', source.isResumable ? undefined : 'none: a restart may lose or repeat lines'],
      ],
    },
    {
      title: 'Journal',
      rows: [
        [
          'kept',
          `${count(journal.frames)} frames, ${count(journal.records)} records, ${size(journal.bytes)} of ${size(journal.maxBytes)}`,
        ],
        [
          'unsent',
          `${count(journal.unsentFrames)} frames, ${count(journal.unsentRecords)} records, ${size(journal.unsentBytes)}`,
        ],
        [
          'oldest unsent',
          journal.oldestUnsentAtMs === undefined ? undefined : duration(nowMs - journal.oldestUnsentAtMs),
        ],
      ],
    },
    {
      title: 'Snapshots',
      rows: [
        ['under way', cycleText(status.snapshot)],
        [
          'last whole',
          snapshot.whole === undefined
            ? 'none yet'
            : `cycle ${count(snapshot.whole.cycle)}, ${count(snapshot.whole.parts)} parts, journaled ${time(snapshot.whole.endedAtMs)}`,
        ],
        ['carried', `tokens ${count(snapshot.tokens)}, revocations ${count(snapshot.revocations)}`],
        ['not carried', snapshot.unkept === 0 ? undefined : `${count(snapshot.unkept)}: too many are live`],
      ],
    },
    ...carriedSection(status),
    ...(status.issuer === undefined ? [] : [issuerSection(status.issuer)]),
    ...(status.foreign === undefined ? [] : [foreignSection(status.foreign)]),
    {
      title: 'Since the start',
      rows: [
        ['records', `${count(sum(status.records))}: ${breakdown(status.records)}`],
        ['frames', breakdown(frames)],
        [
          'repeats',
          `done ${count(repeats.done)}, waiting ${count(repeats.waiting)}, skipped ${count(repeats.skipped)}`,
        ],
        [
          'resends',
          resends.done + resends.missing + resends.waiting === 0
            ? undefined
            : `done ${count(resends.done)}, waiting ${count(resends.waiting)}, no longer there ${count(resends.missing)}`,
        ],
        ['datagrams', `${count(sum({ ...status.datagrams }))}: ${breakdown({ ...status.datagrams })}`],
        ['on the wire', `${size(sum({ ...status.wireBytes }))}, at most ${rate(link.rateBitsPerSecond)}`],
        ['serial line', link.line && lineText(link.line)],
        ['UDP', link.batching && batchingText(link.batching)],
        ['lost here', link.drops && dropsText(link.drops)],
        ['link errors', sum(link.sendErrors) === 0 ? undefined : breakdown(link.sendErrors)],
      ],
    },
    alarmSection(senderAlarms(status)),
  ];
  return statusTable(sections);
}

function dropAlarms({ link: { drops } }: SenderStatus): readonly string[] {
  if (drops === undefined) return [];
  const { seenAgeMs = Number.POSITIVE_INFINITY } = drops;
  const unanswered = unansweredText(drops);
  if (unanswered !== undefined) return [unanswered];
  if (seenAgeMs > RECENT_DROP_MS) return [];
  return [
    `Datagrams are lost on this machine since the start (${dropsText(drops)}; seen to rise ${duration(seenAgeMs)} ago): compare link.rateBitsPerSecond with what the interface takes (diode-sender check DIR).`,
  ];
}

function signingAlarms({ keyId, state, next }: SigningStatus): readonly string[] {
  const alarms: string[] = [];
  if (state !== undefined && state !== 'active') {
    alarms.push(
      `The trust bundle that is carried has the key that signs (${keyId}) as ${state}, so receivers with a root refuse its frames: have the root holders name it, or a next one (diode-sender rotate-key DIR).`,
    );
  }
  if (next?.isLate) {
    alarms.push(
      `The next signing key (${next.keyId}) waits since ${time(next.madeAtMs)}: have the root holders sign a bundle that names it, then diode-sender trust DIR bundle.json.`,
    );
  }
  return alarms;
}

function signingText({ keyId, state, next }: SigningStatus): string {
  const now = state === undefined ? keyId : `${keyId} ${state.toUpperCase()}`;
  return next === undefined ? now : `${now}; next ${next.keyId} ${next.state.toUpperCase()}`;
}

/** Nothing where nothing of root holders is carried. */
function carriedSection({ trust, isMediaOnly }: SenderStatus): readonly StatusSection[] {
  if (trust === undefined) return [];
  const { bundle, roots, passes, lastAgeMs } = trust;
  const sent = lastAgeMs === undefined ? 'not sent yet' : `sent ${count(passes)} times, ${duration(lastAgeMs)} ago`;
  return [
    {
      title: 'Trust for receivers',
      rows: [
        ['bundle', `version ${bundle.version} under root ${bundle.root}, expires ${time(bundle.expiresAtMs)}`],
        ['with roots', roots.length === 0 ? undefined : roots.join(', ')],
        ['in this session', isMediaOnly ? 'not sent: there is no link, give it to the receiver by hand' : sent],
      ],
    },
  ];
}

function cycleText({ cycle, isUnderWay, parts, waitsForSource }: SenderStatus['snapshot']): string {
  if (waitsForSource) return 'waits until the source was read to its end';
  return isUnderWay ? `cycle ${count(cycle)}, ${count(parts)} parts so far` : 'none';
}

export function offlineSenderStatusText(status: OfflineSenderStatus & { readonly running: boolean }): string {
  const { journal, epoch, head } = status;
  return statusTable([
    {
      title: `Stream ${status.stream} of boundary ${status.boundary}, ${runState(status.running)}`,
      rows: [
        ['epoch', epoch === undefined ? 'none yet: it never ran' : `${epoch.number} (${epoch.id})`],
        ['head', head === undefined ? undefined : `frame ${count(head.sequence)}`],
        ['kept', `${count(journal.frames)} frames, ${count(journal.records)} records, ${size(journal.bytes)}`],
        ['unsent', `${count(journal.unsentFrames)} frames`],
        ['revert', revertText(status.revert)],
      ],
    },
    alarmSection(offlineSenderAlarms(status)),
  ]);
}

export function offlineSenderAlarms({
  running,
  paused,
}: OfflineSenderStatus & { readonly running: boolean }): readonly string[] {
  return [offlineAlarm('diode-sender', running), ...(paused ? [pauseAlarm('sender', paused)] : [])];
}

function revertText(revert: RevertProgress | undefined): string | undefined {
  if (revert === undefined) return undefined;
  const { toMs, lines, sent, changed, refused, isEnded } = revert;
  const counts = breakdown({ sent, 'changed meanwhile': changed, refused });
  return `to ${time(toMs)}, ${isEnded ? 'done' : 'under way'}: of ${count(lines)} lines ${counts}`;
}
