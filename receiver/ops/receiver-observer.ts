/** What the back half tells metrics and logs. Called on the main thread; must not throw; nothing here names a subject. */
import type { KafkaState } from '../../src/kafka/kafka-connection.ts';
import type { TopicProblem } from '../../src/kafka/topic-spec.ts';
import type { DiodeError } from '../../src/ops/diode-error.ts';
import type { IntakeObserver } from '../intake/intake-observer.ts';
import type { Tally } from '../publish/decision-tally.ts';
import type { SnapshotCounts } from '../publish/group-ledger.ts';
import type { Recovery } from '../publish/recovery.ts';

/** Both halves'. */
export interface ReceiverObserver {
  readonly intake: Partial<IntakeObserver>;
  readonly publisher: PublisherObserver;
}

export interface PublisherObserver {
  /** Of a committed transaction: records by kind, outcome and reason. */
  records?(tallies: readonly Tally[]): void;
  /** Committed. From the group's reading to Kafka's answer; records are Kafka records. */
  transaction?(sample: { records: number; bytes: number; frames: number; durationMs: number }): void;
  /** The transaction's outcome is not known; progress decides. */
  unclean?(failure: { code: DiodeError['code']; isFatal: boolean; isFenced: boolean }): void;
  /** For each committed frame: age of its newest record at its source, and of the frame; both by the receiver's clock. */
  freshness?(sample: { sinceCreationMs: number; sinceFrameMs: number }): void;
  /** Of a committed transaction: for each token that was taken back, how long after its source said so. */
  revocations?(delaysMs: readonly number[]): void;
  /** Of a committed transaction: what its snapshot part came to. */
  snapshot?(counts: SnapshotCounts): void;
  kafkaState?(state: KafkaState): void;
  event?(event: PublisherEvent): void;
}

/** For logs. */
export type PublisherEvent =
  /** Publishing began, or began again after `outageMs`. */
  | { readonly event: 'publishing'; readonly recovery: Recovery; readonly outageMs?: number }
  /** Said once, then every minute; receiving and spooling go on. */
  | {
      readonly event: 'not-publishing';
      readonly code: DiodeError['code'];
      readonly text: string;
      readonly sinceMs: number;
    }
  /** By an operator; the producer is closed. */
  | { readonly event: 'paused' }
  | { readonly event: 'topic-problem'; readonly problem: TopicProblem }
  /** Frames in a trusted-clock wait reached their bound. */
  | { readonly event: 'tokens-wait'; readonly waitingFrames: number }
  /** Every part of a cycle is published; `closedFrames` were missing, and what they said is said. */
  | {
      readonly event: 'snapshot-whole';
      readonly cycle: number;
      readonly through: number;
      readonly closedFrames: number;
    }
  /** Deletes of one part over its bound. */
  | { readonly event: 'tombstones-left'; readonly cycle: number; readonly left: number }
  /** The tables were lost: gaps of that time are closed unhealed, and nothing is published until a whole cycle has come. */
  | { readonly event: 'not-whole'; readonly through: string; readonly lostFrames: number }
  /** Behind the limits of the guard, or an admin grant; `holds`: some names. */
  | { readonly event: 'records-held'; readonly records: number; readonly holds: string }
  /** The sender's audit log does not go on from what was witnessed of it: an alarm. */
  | { readonly event: 'sender-log-rewritten'; readonly text: string }
  /** The same in a higher epoch: restored from a backup, or begun anew. */
  | { readonly event: 'sender-log-restarted'; readonly entries: number }
  /** As approvers decided. */
  | { readonly event: 'holds-decided'; readonly records: number }
  | { readonly event: 'frame-refused'; readonly frame: string; readonly reason: string };
