/** The sender's /metrics: totals and gauges read from its status at each scrape, histograms from its observer. */
import type { SendDrops } from '../../src/link/link.ts';
import { AGE_SECONDS, LATENCY_SECONDS } from '../../src/ops/metric-buckets.ts';
import { MetricsRegistry, type MetricText, type Reading } from '../../src/ops/metrics-registry.ts';
import { FETCH_OUTCOMES, type ForeignStatus } from '../issuer/foreign-issuers.ts';
import { RESEND_PASS } from '../journal/journal.ts';
import { waitingLines } from '../revert/revert-table.ts';
import type { SenderObserver, SenderStatus } from './sender-observer.ts';

export interface SenderMetrics {
  readonly registry: MetricsRegistry;
  readonly observer: SenderObserver;
}

/** `status` answers undefined until the sender has started. */
export function senderMetrics(status: () => SenderStatus | undefined, wallMs: () => number = Date.now): SenderMetrics {
  const registry = new MetricsRegistry('diode_sender_');
  const scraped = registry.perScrape(status);
  const of = (read: (status: SenderStatus) => Reading) => () => {
    const now = scraped();
    return now === undefined ? undefined : read(now);
  };
  for (const [text, read] of COUNTERS) registry.readCounter(text, of(read));
  for (const [text, read] of GAUGES) registry.readGauge(text, of(read));
  registry.readGauge(
    { name: 'journal_oldest_unsent_age_seconds', help: 'Age of the oldest frame that waits for its first pass.' },
    of(({ journal }) =>
      journal.oldestUnsentAtMs === undefined ? 0 : Math.max(0, (wallMs() - journal.oldestUnsentAtMs) / 1_000),
    ),
  );
  registry.readGauge(
    { name: 'snapshot_age_seconds', help: 'Time since the last snapshot cycle was journaled whole.' },
    of(({ snapshot: { whole } }) =>
      whole === undefined ? undefined : Math.max(0, (wallMs() - whole.endedAtMs) / 1_000),
    ),
  );
  registry.readGauge(
    {
      name: 'rotation_age_seconds',
      help: 'Time since the next signing key was made, while it does not sign; 0: none waits.',
    },
    of(({ signing: { next } }) => (next === undefined ? 0 : Math.max(0, (wallMs() - next.madeAtMs) / 1_000))),
  );
  registry.readGauge(
    { name: 'signing_key_active', help: '0: the bundle that is carried does not have the key that signs as active.' },
    of(({ signing: { state } }) => state && Number(state === 'active')),
  );
  return { registry, observer: sampleObserver(registry) };
}

function sampleObserver(registry: MetricsRegistry): SenderObserver {
  const commit = registry.histogram({
    name: 'journal_commit_seconds',
    help: 'Time to sign and journal one flush durably.',
    buckets: LATENCY_SECONDS,
  });
  const waited = registry.histogram({
    name: 'line_wait_seconds',
    help: 'Time that the oldest line of a flush had waited for it.',
    buckets: LATENCY_SECONDS,
  });
  const passAge = registry.histogram({
    name: 'frame_pass_age_seconds',
    help: 'Age of a frame when a pass over it was sent.',
    label: 'pass',
    buckets: AGE_SECONDS,
  });
  return {
    framesJournaled({ waitedMs, tookMs }) {
      commit(tookMs / 1_000);
      waited(waitedMs / 1_000);
    },
    framePassed: ({ pass, ageMs }) => passAge(ageMs / 1_000, { pass: passName(pass) }),
  };
}

function passName(pass: number): 'first' | 'repeat' | 'resend' {
  if (pass === RESEND_PASS) return 'resend';
  return pass === 1 ? 'first' : 'repeat';
}

function fetches(foreign: readonly ForeignStatus[]): Readonly<Record<string, number>> {
  const total = (outcome: (typeof FETCH_OUTCOMES)[number]) =>
    foreign.reduce((sum, issuer) => sum + (issuer.fetches[outcome] ?? 0), 0);
  return Object.fromEntries(FETCH_OUTCOMES.map((outcome) => [outcome, total(outcome)]));
}

/** Those that have a value. */
function byIssuer(
  foreign: readonly ForeignStatus[],
  read: (status: ForeignStatus) => number | undefined,
): Readonly<Record<string, number>> {
  return Object.fromEntries(
    foreign.flatMap((status) => {
      const value = read(status);
      return value === undefined ? [] : [[status.issuer, value]];
    }),
  );
}

function droppedBy(drops: SendDrops): Readonly<Record<string, number>> {
  return {
    ...(drops.queue !== undefined && { queue: drops.queue }),
    ...(drops.interface !== undefined && { interface: drops.interface }),
  };
}

type Read = (status: SenderStatus) => Reading;

const COUNTERS: readonly (readonly [MetricText, Read])[] = [
  [{ name: 'records_total', help: 'Records journaled.', label: 'kind' }, ({ records }) => records],
  [{ name: 'record_bytes_total', help: 'Bytes of journaled records before compression.' }, (s) => s.recordBytes],
  [{ name: 'frames_total', help: 'Frames journaled, sent first, and sent again.', label: 'outcome' }, (s) => s.frames],
  [{ name: 'frame_bytes_total', help: 'Bytes of journaled frames.' }, (s) => s.frameBytes],
  [{ name: 'datagrams_total', help: 'Datagrams sent.', label: 'kind' }, (s) => ({ ...s.datagrams })],
  [
    { name: 'wire_bytes_total', help: 'Bytes on the wire, link headers included.', label: 'kind' },
    (s) => ({ ...s.wireBytes }),
  ],
  [
    { name: 'repeats_total', help: 'Repeats of frames: done, or skipped for want of capacity.', label: 'outcome' },
    ({ repeats: { done, skipped } }) => ({ done, skipped }),
  ],
  [
    { name: 'resends_total', help: 'Frames that operators wanted again: sent, or no longer there.', label: 'outcome' },
    ({ resends: { done, missing } }) => ({ done, missing }),
  ],
  [
    { name: 'lines_total', help: 'Source lines delivered and refused.', label: 'outcome' },
    ({ source }) => source.lines,
  ],
  [
    { name: 'lines_refused_total', help: 'Source lines refused, by reason.', label: 'code' },
    (s) => s.source.refusedByCode,
  ],
  [
    { name: 'revert_lines_total', help: "Lines of operators' reverts, by what became of them.", label: 'outcome' },
    (s) => ({ ...s.reverted }),
  ],
  [{ name: 'hellos_total', help: 'Hellos of this session.' }, ({ hello }) => hello.counter],
  [
    { name: 'link_errors_total', help: 'Datagrams that the link refused, by errno.', label: 'code' },
    (s) => s.link.sendErrors,
  ],
  [
    { name: 'link_drops_total', help: 'Packets that this machine lost behind the socket, by place.', label: 'place' },
    ({ link: { drops } }) => drops && droppedBy(drops),
  ],
  [{ name: 'line_reopened_total', help: 'Times that the serial port was opened again.' }, (s) => s.link.line?.reopened],
  [
    { name: 'issuer_tokens_total', help: 'Tokens that the issuer made, by what became of them.', label: 'outcome' },
    ({ issuer }) => issuer && { issued: issuer.issued, dropped: issuer.dropped, unsigned: issuer.unsigned },
  ],
  [
    { name: 'issuer_revoked_subjects_total', help: 'Subjects that ended, whose tokens were taken back.' },
    ({ issuer }) => issuer?.revoked,
  ],
  [
    { name: 'issuer_lapsed_total', help: 'Tokens issued after the one before had expired.' },
    ({ issuer }) => issuer?.lapsed,
  ],
  [
    { name: 'foreign_fetches_total', help: 'Questions to foreign issuers for their keys.', label: 'outcome' },
    ({ foreign }) => foreign && fetches(foreign),
  ],
  [
    { name: 'journal_pruned_frames_total', help: 'Frames dropped from the journal to stay in its bound.' },
    (s) => s.journal.prunedFrames,
  ],
];

const GAUGES: readonly (readonly [MetricText, Read])[] = [
  [{ name: 'journal_frames', help: 'Frames in the journal.' }, ({ journal }) => journal.frames],
  [{ name: 'journal_records', help: 'Records in the journal.' }, ({ journal }) => journal.records],
  [{ name: 'journal_bytes', help: 'Bytes in the journal.' }, ({ journal }) => journal.bytes],
  [{ name: 'journal_max_bytes', help: 'Bound of the journal.' }, ({ journal }) => journal.maxBytes],
  [
    { name: 'journal_unsent_frames', help: 'Frames that wait for their first pass.' },
    ({ journal }) => journal.unsentFrames,
  ],
  [
    { name: 'journal_unsent_records', help: 'Records that wait for their first pass.' },
    ({ journal }) => journal.unsentRecords,
  ],
  [
    { name: 'journal_unsent_bytes', help: 'Bytes that wait for their first pass.' },
    ({ journal }) => journal.unsentBytes,
  ],
  [
    { name: 'journal_full', help: '1 while the journal is full and the source is not read.' },
    ({ journal }) => Number(journal.isFull),
  ],
  [{ name: 'snapshot_cycle', help: 'Number of the last snapshot cycle that began.' }, ({ snapshot }) => snapshot.cycle],
  [
    { name: 'snapshot_parts', help: 'Parts journaled of the cycle under way; 0: none is.' },
    ({ snapshot }) => snapshot.parts,
  ],
  [
    { name: 'snapshot_rows', help: 'What snapshots carry beside subjects.', label: 'table' },
    ({ snapshot: { tokens, revocations } }) => ({ tokens, revocations }),
  ],
  [
    { name: 'snapshot_unkept', help: 'Tokens and revocations of this run that snapshots cannot carry: too many.' },
    ({ snapshot }) => snapshot.unkept,
  ],
  [
    { name: 'resends_waiting', help: 'Frames that operators wanted again and that wait for capacity.' },
    ({ resends }) => resends.waiting,
  ],
  [{ name: 'repeats_waiting', help: 'Repeats that are due later.' }, ({ repeats }) => repeats.waiting],
  [{ name: 'paused', help: '1 while an operator has it paused.' }, ({ paused }) => Number(paused !== undefined)],
  [{ name: 'source_paused', help: '1 while the source is not read.' }, ({ source }) => Number(source.isPaused)],
  [{ name: 'source_queued_lines', help: 'Lines read and not yet journaled.' }, ({ source }) => source.queuedLines],
  [{ name: 'source_queued_bytes', help: 'Bytes read and not yet journaled.' }, ({ source }) => source.queuedBytes],
  [
    { name: 'source_oldest_queued_age_seconds', help: 'Age of the oldest line not yet journaled.' },
    ({ source }) => (source.oldestQueuedAgeMs ?? 0) / 1_000,
  ],
  [
    { name: 'revert_waiting_lines', help: "Lines of an operator's revert that are not journaled yet." },
    ({ revert }) => (revert === undefined || revert.isEnded ? 0 : waitingLines(revert)),
  ],
  [
    { name: 'trust_bundle_version', help: 'Of the trust bundle that is carried to the receivers.' },
    ({ trust }) => trust?.bundle.version,
  ],
  [
    { name: 'trust_expires_timestamp_seconds', help: 'When that bundle expires, in seconds since 1970.' },
    ({ trust }) => trust && trust.bundle.expiresAtMs / 1_000,
  ],
  [{ name: 'issuer_live_tokens', help: 'Issued tokens that are good now.' }, ({ issuer }) => issuer?.live],
  [{ name: 'issuer_due_tokens', help: 'Tokens that wait to be issued.' }, ({ issuer }) => issuer?.due],
  [
    { name: 'issuer_problem_subjects', help: 'Subjects of which no token can be made.', label: 'problem' },
    ({ issuer }) => issuer && { subject: 0, 'holder-key': 0, 'too-large': 0, ...issuer.problems },
  ],
  [
    { name: 'issuer_shortest_lifetime_seconds', help: "Shortest lifetime for the link's delay as it was lately." },
    ({ issuer }) => issuer && issuer.shortestLifetimeMs / 1_000,
  ],
  [
    { name: 'issuer_lifetime_seconds', help: 'Configured lifetime of issued tokens.' },
    ({ issuer }) => issuer && issuer.lifetimeMs / 1_000,
  ],
  [
    { name: 'issuer_signing', help: "0 while the issuer's key does not sign." },
    ({ issuer }) => issuer && Number(issuer.failure === undefined),
  ],
  [
    { name: 'foreign_answer_age_seconds', help: "Time since a foreign issuer's last good answer.", label: 'issuer' },
    ({ foreign }) => foreign && byIssuer(foreign, ({ answerAgeMs }) => answerAgeMs && answerAgeMs / 1_000),
  ],
  [
    { name: 'foreign_failing', help: "1 while a foreign issuer's keys cannot be read.", label: 'issuer' },
    ({ foreign }) => foreign && byIssuer(foreign, ({ failure }) => Number(failure !== undefined)),
  ],
  [
    { name: 'foreign_waiting', help: '1 while a key set waits for approval.', label: 'issuer' },
    ({ foreign }) => foreign && byIssuer(foreign, ({ decision }) => Number(decision === 'waiting')),
  ],
  [{ name: 'epoch', help: "Number of the journal's epoch." }, ({ epoch }) => epoch.number],
  [{ name: 'head_sequence', help: 'Sequence of the last journaled frame.' }, ({ head }) => head.sequence],
  [{ name: 'session', help: 'Number of this session.' }, ({ session }) => session.number],
  [
    { name: 'hello_age_seconds', help: 'Time since the last hello was sent.' },
    ({ hello }) => (hello.lastAgeMs === undefined ? undefined : hello.lastAgeMs / 1_000),
  ],
  [
    { name: 'link_batching', help: '1 for the way in which UDP datagrams pass the kernel.', label: 'kind' },
    ({ link: { batching } }) => batching && { [batching.kind]: 1 },
  ],
  [
    { name: 'line_up', help: '0 while the serial port is away.' },
    ({ link: { line } }) => line && Number(line.down === undefined),
  ],
  [{ name: 'rate_bits_per_second', help: 'Configured rate.' }, ({ link }) => link.rateBitsPerSecond],
  [
    { name: 'failed', help: '1 after a failure that only a restart heals.' },
    ({ failure }) => Number(failure !== undefined),
  ],
];
