/**
 * Kafka's progress ─► **recovery** ─► tables
 *
 * After each opening of the producer: what did Kafka commit, and are the tables as far? Kafka's word rules. Frames that
 * it has and the tables have not are decided again, over the same tables and at the time in the progress record, and
 * not published again. Where the spool does not hold them, the tables are read back from the compacted topics.
 */
import type { AuditLog } from '../../src/audit/audit-log.ts';
import { sha256Hex } from '../../src/crypto/digest.ts';
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import { formatRevision } from '../../src/wire/revision.ts';
import type { StreamHalt } from '../gate/stream-halt.ts';
import { guardAfter, guardTimeOf } from '../guard/guard-progress.ts';
import { admitDecisions } from '../guard/hold-decision.ts';
import type { PublisherObserver } from '../ops/receiver-observer.ts';
import type { ReceiverStore } from '../receiver-store.ts';
import { sweepAfter, sweepTokens } from '../tokens/token-sweep.ts';
import { type AdmissionInput, type AdmissionRules, admitGroup } from './admission.ts';
import type { GroupFrame } from './group-frame.ts';
import type { Admission } from './group-ledger.ts';
import { leadsTo, readGroup, readNamedFrames } from './group-reader.ts';
import type { KafkaAccess } from './kafka-access.ts';
import { positionContext } from './kafka-records.ts';
import { contradictionIn, discardHistory, type FrontHistory } from './other-history.ts';
import {
  addCounts,
  countMissing,
  emptyProgress,
  encodeProgress,
  frameName,
  framePlace,
  type Progress,
  reopen,
  type StreamPosition,
  samePosition,
  stillEarly,
} from './progress.ts';
import { decidedIn, differingTopics } from './recovery-check.ts';
import { rebuildTables, TABLE_TOPICS } from './table-rebuild.ts';
import { countByTopic } from './topics.ts';
import { Wholeness } from './wholeness.ts';

export interface RecoveryContext {
  readonly boundary: string;
  readonly stream: string;
  readonly store: ReceiverStore;
  readonly kafka: KafkaAccess;
  readonly rules: AdmissionRules;
  /** Verdicts on all tokens of the frames, as of `nowMs`. */
  readonly judgeTokens: (frames: readonly GroupFrame[], nowMs: number) => Promise<AdmissionInput['verdicts']>;
  /** The mock cluster forgets everything with its process. */
  readonly isEmbedded: boolean;
  readonly audit: AuditLog;
  readonly wallMs: () => number;
  /** Where frames come in at all. */
  readonly front?: FrontHistory | undefined;
  /** How long beyond its expiry a token may still be taken. */
  readonly expirySlackMs: () => number;
  readonly observer: Pick<PublisherObserver, 'event'>;
}

export type Recovery = 'fresh' | 'same' | 'replayed' | 'rebuilt' | 'forgotten';

/**
 * Brings the tables to where Kafka is. Rejects with DiodeError: `state-lost` where Kafka has less than this receiver
 * published, or something else; `kafka-*` where it cannot be read.
 */
export async function recover(context: RecoveryContext): Promise<Recovery> {
  const { store, kafka, boundary, stream } = context;
  const committed = await kafka.readProgress();
  const applied = store.progress;
  if (committed === undefined) {
    if (applied === undefined) return 'fresh';
    if (context.isEmbedded) return 'forgotten';
    throw lostByKafka(stream, 'no progress', applied);
  }
  const unwhole = store.whole.current;
  if (unwhole?.reason === 'rebuilt') discardOtherHistory(committed, context);
  // Nothing was published since the rebuild: what it closed as lost stays so.
  const isCutShort = store.unfinished.current?.isRebuild === true;
  if (unwhole?.progressDigest === digestOf(committed) && !isCutShort) return 'same';
  let recovery: 'same' | 'replayed' = 'same';
  const from = { appliedPosition: store.appliedPosition, position: applied ?? emptyProgress(boundary, stream) };
  const isSame = samePosition(committed, from.position);
  if (!isSame || isCutShort) {
    // Frames that healed since may lead there, but not from tables that are half cleared.
    if (!isCutShort && leadsTo(store.spool, from, committed)) {
      await replay(committed, context);
      recovery = 'replayed';
    } else {
      if (
        applied !== undefined &&
        !isSame &&
        isBehind(committed, applied, { isRebuilt: unwhole?.reason === 'rebuilt' })
      ) {
        throw lostByKafka(stream, `progress up to ${frameName(committed)}`, applied);
      }
      await rebuild(committed, context);
      return 'rebuilt';
    }
  }
  await replayWaitingTokens(committed, context);
  replayEarlyRevocations(committed, context);
  replayDecisions(committed, context);
  replaySweep(committed, context);
  await readAgainWhatDiffers(committed, context);
  const known = withoutLostFrames(committed, store);
  store.store.transaction(() => {
    endReading(store);
    store.apply(withOwnSnapshot(known, store.progress?.snapshot, store), store.appliedPosition);
  })();
  return recovery;
}

/**
 * What compaction dropped is not in the tables: deletes, above all. So no frame up to Kafka's position may come in any more,
 * and nothing is published until a whole snapshot cycle says what is.
 */
async function rebuild(committed: Progress, context: RecoveryContext): Promise<void> {
  const { store, audit, wallMs, observer, stream } = context;
  const { records, unreadable } = await rebuildTables(context, stream, { topics: TABLE_TOPICS, isRebuild: true });
  const through = frameName(committed);
  // Of a frame that waited for a trusted clock its tokens are missing: like a gap, a snapshot says them again.
  const closed = countMissing(committed.gaps) + committed.waitingFrames.length;
  const other = otherHistory(committed, context);
  const discardedFrames = other === undefined ? 0 : store.spool.countOf(committed.epoch);
  const lostFrames = closed + discardedFrames;
  audit.append(wallMs(), { event: 'tables-rebuilt', through, records, unreadable, lostFrames, discardedFrames });
  auditDropped(context);
  audit.sync();
  store.store.transaction(() => {
    if (other !== undefined) discardHistory(store, committed.epoch, other, wallMs());
    store.whole.handleRebuilt(committed, digestOf(committed), wallMs());
    const lost = { gaps: [], waitingFrames: [], snapshot: undefined, isWhole: false };
    const closedFrames = committed.closedFrames + closed;
    endReading(store);
    store.apply({ ...committed, ...lost, closedFrames }, store.appliedPosition);
  })();
  if (other !== undefined) context.front?.handleOtherHistory(committed, other);
  observer.event?.({ event: 'not-whole', through, lostFrames });
}

/** Why what came to the empty disk is of another sender than what was published: then none of it may be. */
function otherHistory(committed: Progress, { store, front }: RecoveryContext): StreamHalt | undefined {
  return contradictionIn(store.spool, committed) ?? front?.contradictionOf(committed);
}

/** What came of another sender between a rebuild and now. */
function discardOtherHistory(committed: Progress, context: RecoveryContext): void {
  const { store, audit, wallMs, observer, front } = context;
  const other = otherHistory(committed, context);
  if (other === undefined) return;
  const through = frameName(committed);
  const discardedFrames = store.spool.countOf(committed.epoch);
  if (discardedFrames > 0) audit.append(wallMs(), { event: 'frames-discarded', through, discardedFrames });
  audit.sync();
  store.store.transaction(() => discardHistory(store, committed.epoch, other, wallMs()))();
  front?.handleOtherHistory(committed, other);
  if (discardedFrames > 0) observer.event?.({ event: 'not-whole', through, lostFrames: discardedFrames });
}

/** The spooled frames up to Kafka's position, into the tables alone. */
async function replay(committed: Progress, context: RecoveryContext): Promise<void> {
  const { store } = context;
  for (;;) {
    const local = localProgress(context);
    if (samePosition(local, committed)) return;
    const from = { appliedPosition: store.appliedPosition, position: local };
    const group = readGroup(store.spool, from, { maxTokenFrames: Number.POSITIVE_INFINITY, until: committed });
    if (group === undefined) return;
    const waited = new Set(committed.waitingFrames);
    const decided = group.frames.filter(({ header }) => !waited.has(frameName(header)));
    const verdicts = await context.judgeTokens(decided, committed.publishedAtMs);
    const { earlyFrames } = local;
    const guardTime = guardTimeOf(committed, local, context.rules);
    const input = { frames: group.frames, verdicts, scope: 'all', earlyFrames, guardTime } as const;
    const admission = admitGroup(input, store.memory, context.rules);
    const waitingFrames = [...local.waitingFrames, ...admission.waitingFrames];
    const counted = withDecided(local, admission, context.rules);
    const ahead = { waitingFrames, earlyFrames: stillEarly(earlyFrames, group.after) };
    const progress = { ...committed, ...group.after, ...ahead, ...counted };
    store.apply(withOwnSnapshot(progress, group.after.snapshot, store), group.lastPosition, admission.changes);
    if (admission.olderState !== undefined) context.front?.handleOlderState(admission.olderState);
  }
}

/**
 * While the tables are rebuilt ones: a cycle that came here since makes them whole, and not one before, nor that the receiver
 * was whole that published meanwhile. `own`: as the tables here have it.
 */
function withOwnSnapshot(progress: Progress, own: Progress['snapshot'], { whole }: ReceiverStore): Progress {
  const unwhole = whole.current;
  if (unwhole?.reason !== 'rebuilt') return progress;
  const known = { ...progress, snapshot: own };
  return { ...known, isWhole: Wholeness.isReached(unwhole, known) };
}

/** Frames that wait here and no longer there: their tokens were decided in the committed transaction. */
async function replayWaitingTokens(committed: Progress, context: RecoveryContext): Promise<void> {
  const { store } = context;
  const waiting = new Set(committed.waitingFrames);
  for (;;) {
    const local = store.progress;
    const decided = (local?.waitingFrames ?? []).filter((name) => !waiting.has(name));
    if (local === undefined || decided.length === 0) return;
    const { frames, missing } = readNamedFrames(store.spool, decided);
    const done = new Set([...missing, ...frames.map(({ header }) => frameName(header))]);
    const verdicts = await context.judgeTokens(frames, committed.publishedAtMs);
    const admission = admitGroup({ frames, verdicts, scope: 'tokens-only' }, store.memory, context.rules);
    const waitingFrames = local.waitingFrames.filter((name) => !done.has(name));
    const counted = withDecided(local, admission, context.rules);
    store.apply({ ...local, ...counted, waitingFrames }, store.appliedPosition, admission.changes);
  }
}

/**
 * Revocations that the committed transaction let take effect before their turn. A frame that went with the disk has its
 * name in progress alone; its revocations are remembered again in its turn.
 */
function replayEarlyRevocations(committed: Progress, context: RecoveryContext): void {
  const { store, rules } = context;
  for (;;) {
    const local = localProgress(context);
    const names = committed.earlyFrames.filter((name) => !local.earlyFrames.includes(name));
    if (names.length === 0) return;
    const { frames, missing } = readNamedFrames(store.earlyFrames, names);
    const done = [...missing, ...frames.map(({ header }) => frameName(header))];
    const admission = admitGroup({ frames, verdicts: new Map(), scope: 'revocations-only' }, store.memory, rules);
    const earlyFrames = [...local.earlyFrames, ...done];
    const counted = withDecided(local, admission, rules);
    store.apply({ ...local, ...counted, earlyFrames }, store.appliedPosition, admission.changes);
  }
}

/** What approvers decided in the committed transaction: the first of all that they decided here. */
function replayDecisions(committed: Progress, { store, rules }: RecoveryContext): void {
  const local = store.progress;
  const count = decidedIn(committed) - decidedIn(local);
  if (local === undefined || count <= 0) return;
  const decided = store.held.decided(count);
  // Another receiver's approvers decided them: see below.
  if (decided.length < count) return;
  const admission = admitDecisions(decided, store.memory, rules, guardTimeOf(committed, local, rules));
  store.apply({ ...local, ...withDecided(local, admission, rules, count) }, store.appliedPosition, admission.changes);
}

/**
 * What the committed transaction swept, where the tables would sweep the same next. Where they would not, as those of a standby,
 * the topic is read: the counts differ.
 */
function replaySweep(committed: Progress, { store, rules, expirySlackMs }: RecoveryContext): void {
  const local = store.progress;
  const count = (committed.sweep?.swept ?? 0) - (local?.sweep?.swept ?? 0);
  if (local === undefined || committed.sweep === undefined || count <= 0) return;
  if (count > RECEIVER_LIMITS.maxSweptTokens) return;
  const ended = store.tokens.findEnded(committed.publishedAtMs - expirySlackMs(), count);
  const sweep = sweepAfter(local.sweep, ended);
  if (sweep.swept !== committed.sweep.swept || sweep.last !== committed.sweep.last) return;
  const context = positionContext(committed, committed.publishedAtMs);
  const admission = sweepTokens(ended, context, store.memory, rules.topics);
  store.apply({ ...local, ...withDecided(local, admission, rules), sweep }, store.appliedPosition, admission.changes);
}

/** What the tables did not come to by deciding again is read from the topics, which say. Wholeness stays as it is. */
async function readAgainWhatDiffers(committed: Progress, context: RecoveryContext): Promise<void> {
  const { store, audit, wallMs, stream } = context;
  const differing: readonly string[] = differingTopics(committed, localProgress(context));
  const unfinished = store.unfinished.current?.topics ?? [];
  const topics = TABLE_TOPICS.filter((topic) => differing.includes(topic) || unfinished.includes(topic));
  if (topics.length === 0) return;
  const { records, unreadable } = await rebuildTables(context, stream, { topics, isRebuild: false });
  const through = frameName(committed);
  audit.append(wallMs(), { event: 'tables-read-again', through, topics: topics.join(' '), records, unreadable });
  auditDropped(context);
  audit.sync();
}

/** Decisions that can be carried out no more, or were by what Kafka committed: what approvers said is not lost without a word. */
function auditDropped({ store, audit, wallMs }: RecoveryContext): void {
  for (const { revision, ...place } of store.held.droppedDecisions) {
    audit.append(wallMs(), { event: 'decision-dropped', ...place, revision: formatRevision(revision) });
  }
}

/** Inside the caller's transaction. */
function endReading({ unfinished, held }: ReceiverStore): void {
  unfinished.end();
  held.forgetKeptDecisions();
}

function localProgress({ store, boundary, stream }: RecoveryContext): Progress {
  return store.progress ?? emptyProgress(boundary, stream);
}

/** Totals, records by topic and the guard's hour with one more transaction, as they were counted here. */
function withDecided(
  local: Progress,
  admission: Admission,
  { topics: names }: Pick<AdmissionRules, 'topics'>,
  decided = 0,
): Pick<Progress, 'totals' | 'topics' | 'guard'> {
  const guard = guardAfter(local.guard, admission.window, decided);
  const totals = addCounts(local.totals, admission.outcomes);
  const topics = addCounts(local.topics, countByTopic(admission.records, names));
  return { totals, topics, ...(guard && { guard }) };
}

/** A frame that waits for a trusted clock but went with the disk is missing again, so that it can be sent again. */
function withoutLostFrames(committed: Progress, { spool }: ReceiverStore): Progress {
  const places = committed.waitingFrames.map(framePlace);
  const lost = places.filter(({ epoch, sequence }) => spool.frame(epoch, sequence) === undefined);
  if (lost.length === 0) return committed;
  const names = new Set(lost.map(frameName));
  const missing = lost.filter(({ epoch }) => epoch === committed.epoch).map(({ sequence }) => sequence);
  const waitingFrames = committed.waitingFrames.filter((name) => !names.has(name));
  return { ...committed, ...reopen(committed, missing), waitingFrames };
}

/**
 * Whether Kafka lacks what was committed once, or tells another history. Rebuilt tables closed their gaps as lost by themselves:
 * that Kafka still has these, as another receiver told them since, is no loss.
 */
function isBehind(
  committed: StreamPosition,
  applied: StreamPosition,
  { isRebuilt }: { readonly isRebuilt: boolean },
): boolean {
  if (committed.epoch !== applied.epoch) return committed.epoch < applied.epoch;
  if (committed.epochId !== applied.epochId || committed.sequence < applied.sequence) return true;
  if (committed.sequence > applied.sequence) return false;
  if (committed.digest !== applied.digest) return true;
  return !isRebuilt && countMissing(committed.gaps) >= countMissing(applied.gaps);
}

/** Of a progress record, to know it again. */
function digestOf(progress: Progress): string {
  return sha256Hex(encodeProgress(progress));
}

function lostByKafka(stream: string, seen: string, applied: StreamPosition): DiodeError {
  return new DiodeError(
    'state-lost',
    `Kafka has ${seen} of stream ${stream}, but this receiver published up to ${frameName(applied)} in epoch ${applied.epochId}.`,
    'Restore the topics, or connect the right cluster. Receiving and spooling go on, publishing waits.',
  );
}
