/** The receiver's /metrics: totals and gauges read from its status at each scrape, samples from its observers. */

import { AGE_SECONDS, LATENCY_SECONDS, REPAIR_SHARE } from '../../src/ops/metric-buckets.ts';
import { MetricsRegistry, type MetricText, type Reading } from '../../src/ops/metrics-registry.ts';
import { countFrames } from '../../src/wire/frame-runs.ts';
import type { IntakeObserver } from '../intake/intake-observer.ts';
import { isWholeCycle } from '../publish/snapshot-progress.ts';
import { unwitnessedEntries } from '../witness/witness-view.ts';
import type { PublisherObserver, ReceiverObserver } from './receiver-observer.ts';
import { lostFrames, type ReceiverStatus } from './receiver-status.ts';

export interface ReceiverMetrics {
  readonly registry: MetricsRegistry;
  readonly observer: ReceiverObserver;
}

/** `status` answers undefined until the receiver has started. */
export function receiverMetrics(status: () => ReceiverStatus | undefined): ReceiverMetrics {
  const registry = new MetricsRegistry('diode_receiver_');
  const scraped = registry.perScrape(status);
  const of = (read: (status: ReceiverStatus) => Reading) => () => {
    const now = scraped();
    return now === undefined ? undefined : read(now);
  };
  for (const [text, read] of COUNTERS) registry.readCounter(text, of(read));
  for (const [text, read] of GAUGES) registry.readGauge(text, of(read));
  return { registry, observer: { intake: intakeObserver(registry), publisher: publisherObserver(registry) } };
}

function intakeObserver(registry: MetricsRegistry): Partial<IntakeObserver> {
  const repairShare = registry.histogram({
    name: 'block_repair_share',
    help: 'Source symbols missing of a finished block, as a share of its first repair symbols: the headroom of the FEC.',
    label: 'outcome',
    buckets: REPAIR_SHARE,
  });
  const releaseAge = registry.histogram({
    name: 'frame_release_age_seconds',
    help: "Age of a frame when it was released in order; the two clocks' offset is part of it.",
    label: 'kind',
    buckets: AGE_SECONDS,
  });
  const spooledFrames = registry.counter({ name: 'spooled_frames_total', help: 'Frames spooled.' });
  const spooledRecords = registry.counter({ name: 'spooled_records_total', help: 'Records in them.' });
  const spooledBytes = registry.counter({ name: 'spooled_bytes_total', help: 'Their bytes.' });
  return {
    blockCompleted: ({ missingSymbols, repairBudgetSymbols, outcome }) =>
      repairShare(missingSymbols / Math.max(1, repairBudgetSymbols), { outcome }),
    frameReleased: ({ ageMs, isHealed }) => releaseAge(ageMs / 1_000, { kind: isHealed ? 'healed' : 'in-order' }),
    framesSpooled({ frames, records, bytes }) {
      spooledFrames({}, frames);
      spooledRecords({}, records);
      spooledBytes({}, bytes);
    },
  };
}

function publisherObserver(registry: MetricsRegistry): PublisherObserver {
  const records = registry.counter({
    name: 'records_total',
    help: 'Records by kind and what became of them.',
    labels: ['kind', 'outcome'],
  });
  const reasons = registry.counter({
    name: 'records_refused_total',
    help: 'Quarantined and expired records by reason.',
    labels: ['outcome', 'reason'],
  });
  const publishedRecords = registry.counter({
    name: 'kafka_records_total',
    help: 'Kafka records of committed transactions.',
  });
  const publishedBytes = registry.counter({ name: 'kafka_bytes_total', help: 'Their bytes.' });
  const latency = registry.histogram({
    name: 'publish_seconds',
    help: "From reading a group of frames in the spool to Kafka's commit.",
    buckets: LATENCY_SECONDS,
  });
  const freshness = registry.histogram({
    name: 'freshness_seconds',
    help: "At the commit: now less the newest record's time at its source, or less the frame's creation.",
    label: 'since',
    buckets: AGE_SECONDS,
  });
  const lastFreshness = registry.gauge({
    name: 'last_freshness_seconds',
    help: 'Freshness of the last committed frame.',
  });
  const revocation = registry.histogram({
    name: 'revocation_seconds',
    help: 'From what a source says (that a token, key or issuer is revoked, or a subject gone) to the tombstone of each token.',
    buckets: AGE_SECONDS,
  });
  const entries = registry.counter({
    name: 'snapshot_entries_total',
    help: 'What the parts of snapshots came to: entries by what became of them, and deletes.',
    labels: ['outcome'],
  });
  const unclean = registry.counter({
    name: 'kafka_unclean_total',
    help: 'Transactions whose outcome had to be asked for, by error code.',
    labels: ['code'],
  });
  return {
    records(tallies) {
      for (const { kind, outcome, reason, count } of tallies) {
        records({ kind, outcome }, count);
        if (reason !== undefined) reasons({ outcome, reason }, count);
      }
    },
    transaction({ records: count, bytes, durationMs }) {
      publishedRecords({}, count);
      publishedBytes({}, bytes);
      latency(durationMs / 1_000);
    },
    freshness({ sinceCreationMs, sinceFrameMs }) {
      freshness(sinceCreationMs / 1_000, { since: 'record' });
      freshness(sinceFrameMs / 1_000, { since: 'frame' });
      lastFreshness(sinceCreationMs / 1_000);
    },
    revocations(delaysMs) {
      for (const delayMs of delaysMs) revocation(delayMs / 1_000);
    },
    snapshot(counts) {
      for (const [outcome, count] of Object.entries(counts)) if (count > 0) entries({ outcome }, count);
    },
    unclean: ({ code }) => unclean({ code }, 1),
  };
}

type Read = (status: ReceiverStatus) => Reading;

const COUNTERS: readonly (readonly [MetricText, Read])[] = [
  [
    { name: 'datagrams_total', help: 'Datagrams by what became of them.', label: 'outcome' },
    ({ intake }) => intake.datagrams,
  ],
  [{ name: 'datagram_bytes_total', help: 'Bytes of datagrams received.' }, ({ intake }) => intake.datagramBytes],
  [
    { name: 'datagrams_recalled_total', help: 'Datagrams that came before their hello and were looked at again.' },
    ({ intake }) => intake.recalledDatagrams,
  ],
  [
    { name: 'control_objects_total', help: 'Control objects by what became of them.', label: 'outcome' },
    ({ intake }) => intake.controls,
  ],
  [
    { name: 'trust_carried_total', help: 'Trust bundles that came through the link.', label: 'outcome' },
    ({ trust, unpinned }) =>
      trust ? { adopted: 0, known: 0, ...trust.carried.outcomes } : unpinned && { 'no-root': unpinned.bundles },
  ],
  [{ name: 'hellos_total', help: 'Hellos by what became of them.', label: 'outcome' }, ({ intake }) => intake.hellos],
  [
    { name: 'frames_total', help: 'Frames by what became of them.', label: 'outcome' },
    ({ intake }) => intake.frames as Readonly<Record<string, number>>,
  ],
  [
    { name: 'blocks_total', help: 'Blocks: whole, recovered, failed, evicted.', label: 'outcome' },
    ({ intake }) => intake.blocks,
  ],
  [
    { name: 'spills_total', help: 'Incomplete frames that memory had no room for.', label: 'outcome' },
    ({ intake }) => ({ ...intake.spills }),
  ],
  [
    { name: 'symbols_recovered_total', help: 'Lost source symbols that FEC gave back.' },
    ({ intake }) => intake.recoveredSymbols,
  ],
  [{ name: 'line_bytes_total', help: 'Bytes read from the serial line.' }, ({ line }) => line?.bytes],
  [
    { name: 'line_discarded_total', help: 'Runs on the serial line that are no datagrams.', label: 'reason' },
    ({ line }) => line?.discarded,
  ],
  [{ name: 'line_reopened_total', help: 'Times that the serial port was opened again.' }, ({ line }) => line?.reopened],
  [
    {
      name: 'verification_requests_total',
      help: 'Requests for keys and metadata of issuers, by what became of them.',
      label: 'outcome',
    },
    ({ verification }) => verification?.requests,
  ],
  [
    {
      name: 'link_thread_pauses_total',
      help: 'Times that so much waited for the other thread that the one of the link stopped reading, or refused.',
    },
    ({ linkThread }) => linkThread?.pauses,
  ],
  [
    { name: 'token_thread_failures_total', help: 'Token threads that ended; what they had was checked without them.' },
    ({ tokenChecks }) => tokenChecks.failures,
  ],
  [
    {
      name: 'tokens_checked_total',
      help: 'Checks of the form, policy and signature of a token; refused ahead of its turn, it is checked again in it.',
    },
    ({ tokenChecks }) => tokenChecks.checked,
  ],
  [
    { name: 'token_thread_busy_seconds_total', help: 'Time that all token threads together were at it.' },
    ({ tokenChecks }) => tokenChecks.busyMs / 1_000,
  ],
  [{ name: 'transactions_total', help: 'Kafka transactions committed.' }, ({ kafka }) => kafka.transactions],
  [
    { name: 'link_drops_total', help: 'Datagrams lost below this program, as the kernel counts them.', label: 'place' },
    ({ drops }) => ({
      ...(drops.socket !== undefined && { socket: drops.socket }),
      ...(drops.interface !== undefined && { interface: drops.interface }),
    }),
  ],
];

const GAUGES: readonly (readonly [MetricText, Read])[] = [
  [{ name: 'epoch', help: "Number of the stream's epoch." }, ({ intake }) => intake.gate.epoch],
  [{ name: 'sequence', help: 'Highest frame released in order.' }, ({ intake }) => intake.gate.sequence],
  [
    { name: 'head_sequence', help: "Head of the sender's journal as the last hello told it." },
    ({ intake }) => intake.gate.headSequence,
  ],
  [{ name: 'published_sequence', help: 'Highest frame published.' }, ({ progress }) => progress?.sequence],
  [{ name: 'gaps', help: 'Open gaps.' }, ({ intake }) => intake.gate.gaps.length],
  [{ name: 'gap_frames', help: 'Frames missing in open gaps.' }, ({ intake }) => countFrames(intake.gate.gaps)],
  [
    { name: 'lost_frames', help: 'Frames whose gap was closed unhealed, and that no snapshot has made good since.' },
    (status) => lostFrames(status)?.frames ?? 0,
  ],
  [
    { name: 'whole', help: '0: nothing is published until a whole snapshot has come.' },
    ({ unwhole }) => Number(unwhole === undefined),
  ],
  [
    { name: 'sender_log_entries', help: "Entries of the sender's audit log, as witnessed last." },
    ({ senderLog }) => senderLog?.entries,
  ],
  [
    { name: 'sender_log_unwitnessed_entries', help: 'Of them, those whose proof was lost on the way.' },
    ({ senderLog }) => senderLog && unwitnessedEntries(senderLog),
  ],
  [
    { name: 'sender_log_rewritten', help: "1: the sender's audit log was written anew; nothing more is witnessed." },
    ({ senderLog }) => Number(senderLog?.rewritten !== undefined),
  ],
  [
    { name: 'snapshot_cycle', help: 'Number of the newest snapshot cycle of which a part was published.' },
    ({ progress }) => progress?.snapshot?.cycle,
  ],
  [
    { name: 'snapshot_whole_cycle', help: '1: every part of that cycle was published.' },
    ({ progress }) => (progress?.snapshot === undefined ? undefined : Number(isWholeCycle(progress.snapshot))),
  ],
  [
    { name: 'snapshot_closed_frames', help: 'Missing frames that snapshots made good, since the stream began.' },
    ({ progress }) => progress?.closedFrames,
  ],
  [
    { name: 'snapshot_left_tombstones', help: 'Deletes of that cycle that are left to the next.' },
    ({ progress }) => progress?.snapshot?.left ?? 0,
  ],
  [{ name: 'halted', help: '1 while the stream is halted.' }, ({ intake }) => Number(intake.gate.halted !== undefined)],
  [
    { name: 'accepting', help: '0 while frames are refused for want of space.' },
    ({ intake }) => Number(intake.accepting.isAccepting),
  ],
  [{ name: 'paused', help: '1 while an operator has it paused.' }, ({ paused }) => Number(paused !== undefined)],
  [{ name: 'guard_held_records', help: 'Records that wait for approvers.' }, ({ guard }) => guard.held],
  [{ name: 'guard_holds', help: 'Holds that they are in.' }, ({ guard }) => guard.holds],
  [{ name: 'guard_held_bytes', help: 'Bytes of their values and headers.' }, ({ guard }) => guard.heldBytes],
  [{ name: 'guard_pins', help: 'Keys that approvers pinned by a rejection.' }, ({ guard }) => guard.pins],
  [
    { name: 'guard_oldest_timestamp_seconds', help: 'Unix time of the oldest hold; absent: none.' },
    ({ guard }) => (guard.oldestAtMs === undefined ? undefined : guard.oldestAtMs / 1_000),
  ],
  [
    { name: 'guard_lost', help: 'Deleted or deactivated in the sliding hour, approved ones apart.', label: 'kind' },
    ({ guard: { losses } }) => ({ subjects: losses.subjects.lost, memberships: losses.memberships.lost }),
  ],
  [
    { name: 'guard_lived', help: 'Lived when that hour began.', label: 'kind' },
    ({ guard: { losses } }) => ({ subjects: losses.subjects.lived, memberships: losses.memberships.lived }),
  ],
  [
    {
      name: 'guard_exceeded',
      help: '1: more were lost than may be; what takes access away is not held.',
      label: 'kind',
    },
    ({ guard: { losses } }) => ({ subjects: exceeded(losses.subjects), memberships: exceeded(losses.memberships) }),
  ],
  [{ name: 'held_frames', help: 'Frames that wait for a missing one.' }, ({ intake }) => intake.gate.heldFrames],
  [{ name: 'held_bytes', help: 'Bytes that wait for a missing frame.' }, ({ intake }) => intake.gate.heldBytes],
  [{ name: 'unknown_key_frames', help: 'Frames whose key nobody named yet.' }, ({ intake }) => intake.unknownKeyFrames],
  [
    { name: 'waiting_datagrams', help: 'Datagrams that wait for the first hello.' },
    ({ intake }) => intake.waitingDatagrams,
  ],
  [{ name: 'open_blocks', help: 'Incomplete blocks in memory.' }, ({ intake }) => intake.openBlocks],
  [{ name: 'open_block_bytes', help: 'Their bytes.' }, ({ intake }) => intake.openBlockBytes],
  [{ name: 'disk_blocks', help: 'Incomplete blocks on disk.' }, ({ intake }) => intake.diskBlocks],
  [{ name: 'disk_block_bytes', help: 'Their bytes.' }, ({ intake }) => intake.diskBlockBytes],
  [{ name: 'spool_frames', help: 'Frames in the spool.' }, ({ spool }) => spool.frames],
  [{ name: 'spool_records', help: 'Records in the spool.' }, ({ spool }) => spool.records],
  [{ name: 'spool_bytes', help: 'Bytes in the spool.' }, ({ spool }) => spool.bytes],
  [{ name: 'spool_max_bytes', help: 'Bound of the spool.' }, ({ spool }) => spool.maxBytes],
  [
    { name: 'spool_oldest_age_seconds', help: 'Age of the oldest spooled frame; 0: none.' },
    ({ spool }) => (spool.oldestAgeMs ?? 0) / 1_000,
  ],
  [
    { name: 'token_waiting_frames', help: 'Frames whose tokens wait for a trusted clock.' },
    (status) => status.waitingFrames,
  ],
  [
    { name: 'link_thread', help: '1: a thread of its own reads the link.' },
    ({ linkThread }) => Number(linkThread !== undefined),
  ],
  [
    { name: 'link_thread_busy_share', help: 'Share of its time that the thread of the link was at it lately.' },
    ({ linkThread }) => linkThread?.busyShare,
  ],
  [
    { name: 'token_threads', help: 'Threads of their own that check tokens and run now.' },
    ({ tokenChecks }) => tokenChecks.running,
  ],
  [
    { name: 'token_thread_busy_share', help: 'Share of their time that running token threads were at it lately.' },
    ({ tokenChecks }) => tokenChecks.busyShare,
  ],
  [
    { name: 'token_checks_waiting', help: 'Tokens that wait for their verdict.' },
    ({ tokenChecks }) => tokenChecks.waiting,
  ],
  [{ name: 'early_frames', help: 'Frames that wait, whose revocations took effect.' }, (status) => status.earlyFrames],
  [{ name: 'table_rows', help: 'Rows of the tables.', label: 'table' }, ({ tables }) => ({ ...tables })],
  [
    {
      name: 'issuer_status_overdue',
      help: '1: the issuer should have said that its revocations are complete.',
      label: 'issuer',
    },
    ({ issuers }) => byIssuer(issuers, ({ isOverdue }) => Number(isOverdue)),
  ],
  [
    {
      name: 'issuer_status_timestamp_seconds',
      help: 'Up to when the revocations of an issuer are complete, in seconds since 1970.',
      label: 'issuer',
    },
    ({ issuers }) => byIssuer(issuers, ({ asOfMs }) => asOfMs / 1_000),
  ],
  [
    { name: 'stream_records', help: 'Records by outcome since the stream began.', label: 'outcome' },
    ({ totals }) => totals,
  ],
  [
    { name: 'hello_age_seconds', help: 'Time since the last hello, by the local monotonic clock.' },
    ({ intake }) => (intake.lastHelloAgeMs === undefined ? undefined : intake.lastHelloAgeMs / 1_000),
  ],
  [
    { name: 'hello_interval_seconds', help: 'Interval that the sender announced.' },
    ({ intake }) => (intake.session === undefined ? undefined : intake.session.link.helloIntervalMs / 1_000),
  ],
  [
    { name: 'link_silent', help: '1 while three hellos are missing, by the interval that the sender announced.' },
    ({ intake }) => Number(intake.link.isSilent),
  ],
  [
    { name: 'link_batching', help: '1 for the way in which UDP datagrams pass the kernel.', label: 'kind' },
    ({ batching }) => batching && { [batching.kind]: 1 },
  ],
  [
    { name: 'line_up', help: '0 while the serial port is away.' },
    ({ line }) => line && Number(line.down === undefined),
  ],
  [
    { name: 'line_garbled', help: '1 while bytes come over the serial line and nothing among them is authentic.' },
    ({ intake, line }) => line && Number(intake.line.isGarbled),
  ],
  [
    { name: 'clock_offset_seconds', help: "The sender's clock less ours, transport included, as of the last hello." },
    ({ intake }) => (intake.clock.offsetMs === undefined ? undefined : intake.clock.offsetMs / 1_000),
  ],
  [
    { name: 'clock_trusted', help: '0 while tokens wait for the clock.' },
    ({ intake }) => Number(intake.clock.isTrusted),
  ],
  [
    { name: 'clock_vouched', help: "1 while tokens are decided by this clock on an operator's word." },
    ({ intake }) => Number(intake.clock.vouched !== undefined),
  ],
  [
    { name: 'bundles_imported', help: 'Bundles from media that were taken in, as far as they are remembered.' },
    ({ imports }) => imports?.imported,
  ],
  [
    { name: 'bundles_waiting', help: 'Bundles that were handed over and are not taken in yet.' },
    ({ imports }) => imports?.waiting,
  ],
  [
    { name: 'bundle_number', help: 'Number of the bundle that was taken in last.' },
    ({ imports }) => imports?.last?.number,
  ],
  [
    { name: 'bundle_made_timestamp_seconds', help: 'When the sender made it, in seconds since 1970.' },
    ({ imports }) => (imports?.last === undefined ? undefined : imports.last.madeAtMs / 1_000),
  ],
  [{ name: 'trust_root_version', help: 'Of the root that is trusted.' }, ({ trust }) => trust?.root.version],
  [{ name: 'trust_bundle_version', help: 'Of the trust bundle.' }, ({ trust }) => trust?.bundle.version],
  [
    { name: 'trust_expires_timestamp_seconds', help: 'When trust expires, in seconds since 1970.' },
    ({ trust }) => trust && trust.expiresAtMs / 1_000,
  ],
  [
    { name: 'trust_expired', help: '1: root or bundle has expired, and nothing new is trusted.' },
    ({ trust }) => trust && Number(trust.isExpired),
  ],
  [
    { name: 'trust_keys', help: "The sender's signing keys by state.", label: 'state' },
    ({ trust }) => trust && keysByState(trust.keys),
  ],
  [{ name: 'kafka_up', help: '1 while a broker is connected.' }, ({ kafka }) => Number(kafka.state === 'up')],
  [{ name: 'publishing', help: '1 while a producer is open and recovered.' }, ({ kafka }) => Number(kafka.publishing)],
];

type Issuers = ReceiverStatus['issuers'];

function byIssuer(issuers: Issuers, read: (status: Issuers[number]) => number): Readonly<Record<string, number>> {
  return Object.fromEntries(issuers.map((status) => [status.issuer, read(status)]));
}

function keysByState(keys: NonNullable<ReceiverStatus['trust']>['keys']): Readonly<Record<string, number>> {
  const count = (state: string) => keys.filter((key) => key.state === state).length;
  return Object.fromEntries(['pending', 'active', 'passive', 'revoked'].map((state) => [state, count(state)]));
}

function exceeded({ lost, allowed = lost }: ReceiverStatus['guard']['losses']['subjects']): number {
  return Number(lost > allowed);
}
