/** What `/status`, `readyz` and metrics read of a running receiver. JSON; nothing in it names a subject. */

import type { GuardConfig } from '../../src/config/receiver-config.ts';
import type { KafkaState } from '../../src/kafka/kafka-connection.ts';
import type { BatchingStatus, LinkDrops, ReceivingLineStatus } from '../../src/link/link.ts';
import type { Pause } from '../../src/store/operator-pause.ts';
import { joinLost, type LostFrames } from '../gate/lost-frames.ts';
import { allowedOf } from '../guard/guard.ts';
import { type CountedKind, EMPTY_WINDOW, lossesIn, windowAt } from '../guard/guard-window.ts';
import type { IntakeStatus } from '../intake/intake-observer.ts';
import type { LinkThreadStatus } from '../link-thread/link-thread.ts';
import type { ImportStatus } from '../media/import-desk.ts';
import { OUTCOMES, type Outcome, type Progress, zeros } from '../publish/progress.ts';
import type { Publisher } from '../publish/publisher.ts';
import type { TopicNames } from '../publish/topics.ts';
import type { Unwhole } from '../publish/whole-state.ts';
import type { ReceiverStore } from '../receiver-store.ts';
import type { IssuerStatus } from '../tokens/issuer-statuses.ts';
import type { TokenThreadsStatus } from '../tokens/token-threads.ts';
import type { VerificationOutcome } from '../tokens/verification-service.ts';
import type { TrustStatus } from '../trust/trust-desk.ts';
import type { UnpinnedStatus } from '../trust/unpinned-trust.ts';
import { type WitnessStatus, witnessStatus } from '../witness/witness-view.ts';

export interface ReceiverStatus {
  readonly boundary: string;
  readonly stream: string;
  /** By an operator: nothing is published. */
  readonly paused?: Pause;
  readonly kafka: {
    readonly state: KafkaState;
    /** A producer is open and recovered. */
    readonly publishing: boolean;
    /** Why not, and what to do. */
    readonly waitingFor?: { readonly code: string; readonly text: string };
    /** Since the start of the program. */
    readonly transactions: number;
    readonly unclean: number;
    readonly topics: TopicNames;
  };
  /** As of the last applied commit; absent before the first. */
  readonly progress?: Progress;
  readonly spool: {
    /** Not published yet, and frames whose tokens wait for the clock. */
    readonly frames: number;
    readonly records: number;
    readonly bytes: number;
    readonly maxBytes: number;
    readonly oldestAgeMs?: number;
  };
  readonly tables: {
    readonly subjects: number;
    readonly tokens: number;
    readonly revocations: number;
    readonly revokedKeys: number;
  };
  readonly tokenChecks: TokenThreadsStatus;
  readonly waitingFrames: number;
  /** Whose revocations took effect before their turn, which is still to come. */
  readonly earlyFrames: number;
  /** Absent: it is whole. Until it is, nothing is published. */
  readonly unwhole?: Pick<Unwhole, 'reason' | 'sinceMs'>;
  readonly guard: GuardStatus;
  /** How fresh the revocations of each issuer are whose tokens are taken, and that ever said so. */
  readonly issuers: readonly (IssuerStatus & { readonly isOverdue: boolean })[];
  /** To be sealed, and listed by no issuer: whatever name tokens have for them, nothing is sealed. Absent: none. */
  readonly unlistedAudiences?: readonly string[];
  /** Absent before the first checkpoint of the sender's audit log. */
  readonly senderLog?: WitnessStatus;
  /** The revocation that took longest from its source to its tombstone, of the last ten minutes. */
  readonly slowestRevocationMs?: number;
  /** Since the stream began. */
  readonly totals: Readonly<Record<Outcome, number>>;
  readonly drops: LinkDrops;
  /** Of a serial line. */
  readonly line?: ReceivingLineStatus;
  /** Of UDP. */
  readonly batching?: BatchingStatus;
  /** Absent: the thread that decides reads the link. */
  readonly linkThread?: LinkThreadStatus;
  readonly intake: IntakeStatus;
  /** Bundles from media; absent where there is no folder for them. */
  readonly imports?: ImportStatus;
  /** Where a root is pinned. */
  readonly trust?: TrustStatus;
  /** Where none is. */
  readonly unpinned?: UnpinnedStatus;
  /** Absent: keys are not served. */
  readonly verification?: VerificationStatus;
}

/** Of the local verification service. */
export interface VerificationStatus {
  readonly address: string;
  readonly port: number;
  readonly requests: Readonly<Record<VerificationOutcome, number>>;
}

/** What waits for approvers, and how much of the hour's allowance is used. */
export interface GuardStatus {
  readonly held: number;
  readonly holds: number;
  readonly heldBytes: number;
  /** Of the oldest hold; absent where nothing is held. */
  readonly oldestAtMs?: number;
  readonly pins: number;
  /** `allowed` absent: any number. */
  readonly losses: Readonly<
    Record<CountedKind, { readonly lived: number; readonly lost: number; readonly allowed?: number }>
  >;
}

/** Closed unhealed and not made good since, as either half knows it: what is received is ahead of what is published. */
export function lostFrames({ intake, progress }: Pick<ReceiverStatus, 'intake' | 'progress'>): LostFrames | undefined {
  return joinLost(intake.gate.lost, progress?.lost);
}

export function receiverStatus(parts: {
  readonly boundary: string;
  readonly stream: string;
  readonly topics: TopicNames;
  readonly kafkaState: KafkaState;
  readonly publisher: Publisher;
  readonly store: ReceiverStore;
  readonly intake: IntakeStatus;
  readonly drops: LinkDrops;
  readonly line: ReceivingLineStatus | undefined;
  readonly batching: BatchingStatus | undefined;
  readonly linkThread: LinkThreadStatus | undefined;
  readonly limits: GuardConfig;
  /** See TokenLimits: an issuer that was retired owes nobody a word. */
  readonly isKnown: (issuer: string) => boolean;
  readonly unlistedAudiences: readonly string[];
  readonly tokenChecks: TokenThreadsStatus;
  readonly wallMs: number;
  readonly imports?: ImportStatus;
  readonly trust?: TrustStatus;
  readonly unpinned?: UnpinnedStatus;
  readonly verification?: VerificationStatus;
}): ReceiverStatus {
  const { boundary, stream, topics, kafkaState, publisher, store, intake, drops, line, limits, isKnown, wallMs } =
    parts;
  const { unlistedAudiences, tokenChecks, batching, linkThread, imports, trust, unpinned, verification } = parts;
  const { waitingFor, slowestRevocation } = publisher;
  const { progress, spool, subjects, tokens } = store;
  const unwhole = store.whole.current;
  const witness = store.witness.current;
  const { frames, records, bytes, oldestReceivedAtMs } = spool.depth;
  return {
    boundary,
    stream,
    ...(store.pause.current && { paused: store.pause.current }),
    kafka: {
      state: kafkaState,
      publishing: publisher.isPublishing,
      ...(waitingFor && { waitingFor: { code: waitingFor.code, text: waitingFor.message } }),
      ...publisher.counts,
      topics,
    },
    ...(progress && { progress }),
    spool: {
      frames,
      records,
      bytes,
      maxBytes: spool.maxBytes,
      ...(oldestReceivedAtMs !== undefined && { oldestAgeMs: Math.max(0, wallMs - oldestReceivedAtMs) }),
    },
    tables: {
      subjects: subjects.count,
      tokens: tokens.tokenCount,
      revocations: tokens.revocationCount,
      revokedKeys: tokens.revokedKeyCount,
    },
    tokenChecks,
    waitingFrames: progress?.waitingFrames.length ?? 0,
    earlyFrames: progress?.earlyFrames.length ?? 0,
    ...(unwhole && { unwhole: { reason: unwhole.reason, sinceMs: unwhole.sinceMs } }),
    guard: guardStatus(store, limits, wallMs),
    issuers: store.statuses.all
      .filter(({ issuer }) => isKnown(issuer))
      .map((status) => ({ ...status, isOverdue: status.nextByMs < wallMs })),
    ...(unlistedAudiences.length > 0 && { unlistedAudiences }),
    ...(witness && { senderLog: witnessStatus(witness) }),
    ...(slowestRevocation && { slowestRevocationMs: slowestRevocation.delayMs }),
    totals: progress?.totals ?? zeros(OUTCOMES),
    drops,
    ...(line && { line }),
    ...(batching && { batching }),
    ...(linkThread && { linkThread }),
    intake,
    ...(imports && { imports }),
    ...(trust && { trust }),
    ...(unpinned && { unpinned }),
    ...(verification && { verification }),
  };
}

function guardStatus({ held, subjects, progress }: ReceiverStore, limits: GuardConfig, wallMs: number): GuardStatus {
  const window = windowAt(progress?.guard ?? EMPTY_WINDOW, wallMs);
  const lossesOf = (kind: CountedKind) => {
    const losses = lossesIn(window, kind, subjects.liveCount(kind));
    const allowed = allowedOf(kind, losses.lived, limits);
    return { ...losses, ...(Number.isFinite(allowed) && { allowed }) };
  };
  const { oldestAtMs } = held;
  return {
    held: held.count,
    holds: held.holdCount,
    heldBytes: held.bytes,
    ...(oldestAtMs !== undefined && { oldestAtMs }),
    pins: held.pinCount,
    losses: { subjects: lossesOf('subjects'), memberships: lossesOf('memberships') },
  };
}
