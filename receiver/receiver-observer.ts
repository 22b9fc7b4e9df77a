/** What the back half tells metrics and logs. Called on the main thread; must not throw; nothing here names a subject. */
import type { KafkaState } from '../src/kafka/kafka-connection.ts';
import type { TopicProblem } from '../src/kafka/topic-spec.ts';
import type { DiodeError } from '../src/ops/diode-error.ts';
import type { Tally } from './decision-tally.ts';
import type { IntakeObserver } from './intake-observer.ts';
import type { Recovery } from './recovery.ts';

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
  | { readonly event: 'frame-refused'; readonly frame: string; readonly reason: string };
