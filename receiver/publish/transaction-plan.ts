/**
 * spool ─► group reader ─► admission ─► **transaction plan** ─► publisher
 *
 * What the next Kafka transaction holds: revocations out of frames whose turn has not come; else tombstones of tokens that
 * hold no more; else tokens that waited, once the clock is trusted; else the next group of frames; else, when nothing was told for a while, progress alone.
 */
import type { KafkaRecord } from '../../src/kafka/kafka-record.ts';
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import { compareBundles, type TrustBundle } from '../../src/trust/trust-bundle.ts';
import { guardAfter, guardTimeOf } from '../guard/guard-progress.ts';
import { admitDecisions, decidedBatch } from '../guard/hold-decision.ts';
import type { ReceiverStore } from '../receiver-store.ts';
import { sweepAfter, sweepTokens } from '../tokens/token-sweep.ts';
import type { EndedToken } from '../tokens/token-table.ts';
import type { KeyWithdrawal } from '../trust/key-withdrawal.ts';
import { type AdmissionInput, type AdmissionRules, admitGroup } from './admission.ts';
import type { GroupFrame } from './group-frame.ts';
import type { Admission } from './group-ledger.ts';
import { type Group, type GroupBounds, readGroup, readNamedFrames } from './group-reader.ts';
import { positionContext, progressRecord, trustBundleRecord } from './kafka-records.ts';
import { addCounts, emptyProgress, frameName, type Progress, type StreamPosition, stillEarly } from './progress.ts';
import type { SnapshotProgress } from './snapshot-progress.ts';
import { countByTopic } from './topics.ts';
import { Wholeness } from './wholeness.ts';

/** What is asked of the clock; `TrustedTime` fits. */
export interface JudgementTime {
  readonly isTrusted: boolean;
  judgeMs(wallMs: number): number;
  readonly lastSignedMs: number | undefined;
}

export interface PlanContext {
  readonly boundary: string;
  readonly stream: string;
  readonly store: ReceiverStore;
  readonly rules: AdmissionRules;
  /** Verdicts on all tokens of the frames, as of `nowMs`. */
  readonly judgeTokens: (frames: readonly GroupFrame[], nowMs: number) => Promise<AdmissionInput['verdicts']>;
  readonly time: JudgementTime;
  readonly wholeness: Pick<Wholeness, 'look'>;
  /** Sequence that the sender announced last, of this epoch; undefined before the first hello. */
  readonly headSequence: (epoch: number) => number | undefined;
  /** How long beyond its expiry a token may still be taken: the largest skew that any issuer is allowed. */
  readonly expirySlackMs: () => number;
  /** What is trusted now; without it, or undefined, there is none to publish. */
  readonly trustBundle?: () => TrustBundle | undefined;
  /** What keys signed that the bundle revokes. */
  readonly keyWithdrawal: Pick<KeyWithdrawal, 'takeBack'>;
}

export interface TransactionPlan {
  readonly frames: readonly GroupFrame[];
  /** Undefined: progress alone. */
  readonly admission: Admission | undefined;
  /** Published with it, for the first time. */
  readonly trustBundle?: TrustBundle;
  /** With the progress record, which is the last. */
  readonly records: readonly KafkaRecord[];
  readonly progress: Progress;
  /** In the spool, once this is committed. */
  readonly appliedPosition: number;
  /** Tokens that the sweep takes back with it. */
  readonly swept: number;
}

/**
 * `blocked`: frames with tokens wait for a trusted clock, as many as may. `unwhole`: what makes the receiver whole has not
 * come; `looking`: whether it has is not known yet, ask again soon.
 */
export type Planned = TransactionPlan | 'nothing' | 'blocked' | 'unwhole' | 'looking';

export interface PlanTime {
  readonly wallMs: number;
  readonly isProgressDue: boolean;
  /** Whether tokens that expired are to be looked for. */
  readonly isSweepDue?: boolean;
}

export async function planTransaction(
  context: PlanContext,
  { wallMs, isProgressDue, isSweepDue = false }: PlanTime,
): Promise<Planned> {
  const { store, time, boundary, stream } = context;
  const last = { ...(store.progress ?? emptyProgress(boundary, stream)), isWhole: store.whole.current === undefined };
  const { isTrusted } = time;
  const nowMs = time.judgeMs(wallMs);
  const readiness = context.wholeness.look();
  if (readiness !== 'ready') {
    // Consumers must see that it is not whole, and that it lives.
    if (isProgressDue && last.epoch > 0) return plan(context, last, { frames: [], nowMs });
    return readiness === 'looking' ? 'looking' : 'unwhole';
  }
  const { pendingEarlyFrames } = store;
  if (pendingEarlyFrames.length > 0) return planEarlyRevocations(context, last, { names: pendingEarlyFrames, nowMs });
  if (store.held.hasDecided) return planDecisions(context, last, nowMs);
  context.keyWithdrawal.takeBack(nowMs);
  // What was revoked needs no clock, and no group may come before it.
  const expiredBeforeMs = isTrusted && isSweepDue ? nowMs - context.expirySlackMs() : 0;
  const ended =
    isSweepDue || store.tokens.endedCount > 0
      ? store.tokens.findEnded(expiredBeforeMs, RECEIVER_LIMITS.maxSweptTokens)
      : [];
  if (ended.length > 0) return planSweep(context, last, { ended, nowMs });
  if (isTrusted && last.waitingFrames.length > 0) return planWaitingTokens(context, last, nowMs);
  const maxTokenFrames = isTrusted
    ? Number.POSITIVE_INFINITY
    : RECEIVER_LIMITS.maxWaitingFrames - last.waitingFrames.length;
  const group = unpublishedGroup(store, last, { maxTokenFrames });
  if (group === undefined) {
    if ((isProgressDue || newBundle(context, last) !== undefined) && last.epoch > 0)
      return plan(context, last, { frames: [], nowMs });
    return store.spool.lastPosition > store.appliedPosition ? 'blocked' : 'nothing';
  }
  const { frames, lastPosition, after } = group;
  const verdicts = isTrusted ? await context.judgeTokens(frames, nowMs) : new Map();
  const { earlyFrames } = last;
  const published = { publishedAtMs: nowMs, signedAtMs: signedAt(context, last, { frames, nowMs }) };
  const guardTime = guardTimeOf(published, last, context.rules);
  const input = { frames, verdicts, scope: 'all', earlyFrames, guardTime } as const;
  const admission = store.read((memory) => admitGroup(input, memory, context.rules));
  return plan(context, last, { frames, admission, nowMs, after, appliedPosition: lastPosition });
}

/** Behind what was published before, by what Kafka says: that is applied. Ends with the spool. */
function unpublishedGroup(store: ReceiverStore, last: Progress, bounds: GroupBounds): Group | undefined {
  for (;;) {
    const from = { appliedPosition: store.appliedPosition, position: last };
    const group = readGroup(store.spool, from, bounds);
    if (group === undefined || group.frames.length > 0) return group;
    store.apply(last, group.lastPosition);
  }
}

function planSweep(
  context: PlanContext,
  last: Progress,
  { ended, nowMs }: { readonly ended: readonly EndedToken[]; readonly nowMs: number },
): TransactionPlan {
  const { store, rules } = context;
  const admission = store.read((memory) => sweepTokens(ended, positionContext(last, nowMs), memory, rules.topics));
  return plan(context, last, { frames: [], admission, nowMs, ended });
}

/** What approvers let go or refused. Needs no trusted clock: they looked at it. */
function planDecisions(context: PlanContext, last: Progress, nowMs: number): TransactionPlan {
  const { store, rules } = context;
  const decided = decidedBatch(store.held.decided(RECEIVER_LIMITS.maxDecidedRecords));
  const published = { publishedAtMs: nowMs, signedAtMs: signedAt(context, last, { frames: [], nowMs }) };
  const guardTime = guardTimeOf(published, last, rules);
  const admission = store.read((memory) => admitDecisions(decided, memory, rules, guardTime));
  return plan(context, last, { frames: [], admission, nowMs, decided: decided.length });
}

/** Needs no trusted clock: a revocation holds whatever time it is. */
function planEarlyRevocations(
  context: PlanContext,
  last: Progress,
  { names, nowMs }: { readonly names: readonly string[]; readonly nowMs: number },
): TransactionPlan {
  const { store, rules } = context;
  const { frames } = readNamedFrames(store.earlyFrames, names);
  const input = { frames, verdicts: new Map(), scope: 'revocations-only' } as const;
  const admission = store.read((memory) => admitGroup(input, memory, rules));
  const earlyFrames = frames.map(({ header }) => frameName(header));
  // The frames' turn is still to come, and only then do they count as frames.
  return plan(context, last, { frames: [], admission, nowMs, earlyFrames });
}

async function planWaitingTokens(context: PlanContext, last: Progress, nowMs: number): Promise<TransactionPlan> {
  const { store, rules } = context;
  const { frames, missing } = readNamedFrames(store.spool, last.waitingFrames);
  // Recovery reopened the places of those that went with a disk; none can go missing while this runs.
  if (missing.length > 0) throw new Error(`frames that wait are not in the spool: ${missing.join(', ')}`);
  const verdicts = await context.judgeTokens(frames, nowMs);
  const input = { frames, verdicts, scope: 'tokens-only' } as const;
  const admission = store.read((memory) => admitGroup(input, memory, rules));
  return plan(context, last, { frames, admission, nowMs });
}

function plan(
  context: PlanContext,
  last: Progress,
  step: {
    readonly frames: readonly GroupFrame[];
    readonly admission?: Admission;
    readonly nowMs: number;
    readonly after?: StreamPosition;
    readonly appliedPosition?: number;
    /** Whose revocations take effect with this transaction, before their turn. */
    readonly earlyFrames?: readonly string[];
    /** Held records that approvers decided. */
    readonly decided?: number;
    /** What the sweep takes back. */
    readonly ended?: readonly EndedToken[];
  },
): TransactionPlan {
  const { frames, admission, nowMs } = step;
  const { topics } = context.rules;
  const position: StreamPosition = step.after ?? last;
  const decided = new Set(frames.map(({ header }) => frameName(header)));
  const kept = last.waitingFrames.filter((name) => !decided.has(name));
  const bundle = newBundle(context, last);
  const records = admission?.records ?? [];
  const trusted = bundle === undefined ? 0 : 1;
  const unwhole = context.store.whole.current;
  const guard = guardAfter(last.guard, admission?.window, step.decided ?? 0);
  const progress: Progress = {
    ...last,
    ...(step.after ?? {}),
    snapshot: withLeft(position.snapshot, admission?.snapshot.left ?? 0),
    isWhole: unwhole === undefined || Wholeness.isReached(unwhole, position),
    // The intake may be in the next epoch already, or have heard nothing yet.
    headSequence: Math.max(position.sequence, position.headSequence, context.headSequence(position.epoch) ?? 0),
    waitingFrames: [...kept, ...(admission?.waitingFrames ?? [])],
    earlyFrames: stillEarly([...last.earlyFrames, ...(step.earlyFrames ?? [])], position),
    totals: addCounts(last.totals, admission?.outcomes ?? {}),
    topics: addCounts(addCounts(last.topics, countByTopic(records, topics)), { trust: trusted, progress: 1 }),
    ...(bundle && { trustBundle: { root: bundle.root, version: bundle.version } }),
    ...(guard && { guard }),
    ...(step.ended && { sweep: sweepAfter(last.sweep, step.ended) }),
    signedAtMs: signedAt(context, last, { frames, nowMs }),
    publishedAtMs: nowMs,
  };
  return {
    frames,
    admission,
    ...(bundle && { trustBundle: bundle }),
    records: [
      ...records,
      ...(bundle ? [trustBundleRecord(topics.trust, bundle, progress)] : []),
      progressRecord(topics.progress, progress),
    ],
    progress,
    appliedPosition: step.appliedPosition ?? context.store.appliedPosition,
    swept: step.ended?.length ?? 0,
  };
}

/** Newer than what Kafka has: consumers that read along see it with the first transaction after its adoption. */
function newBundle({ trustBundle }: PlanContext, { trustBundle: published }: Progress): TrustBundle | undefined {
  const bundle = trustBundle?.();
  if (bundle === undefined || published === undefined) return bundle;
  return compareBundles(bundle, published) > 0 ? bundle : undefined;
}

/** One wrong signed time from the future would hide for good that the sender fell silent. */
function signedAt(
  { time }: PlanContext,
  last: Progress,
  { frames, nowMs }: { readonly frames: readonly GroupFrame[]; readonly nowMs: number },
): number {
  const signedMs = [time.lastSignedMs ?? 0, ...frames.map(({ header }) => header.createdAtMs)];
  return Math.max(last.signedAtMs, ...signedMs.filter((atMs) => atMs <= nowMs));
}

/** What a part left to the next cycle is shown until that comes. */
function withLeft(snapshot: SnapshotProgress | undefined, left: number): SnapshotProgress | undefined {
  return snapshot === undefined || left === 0 ? snapshot : { ...snapshot, left: (snapshot.left ?? 0) + left };
}
