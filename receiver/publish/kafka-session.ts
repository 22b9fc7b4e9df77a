/**
 * One producer at a time, opened and recovered before anything is published with it: destroy, initialise again, re-read
 * progress, bring the tables there. Every failure ends here as an outage, which is waited out with growing pauses.
 */
import type { TopicProblem } from '../../src/kafka/topic-spec.ts';
import { DiodeError } from '../../src/ops/diode-error.ts';
import type { PublisherObserver } from '../ops/receiver-observer.ts';
import type { Producer } from './kafka-access.ts';
import { collectNames } from './name-collection.ts';
import { Outage } from './outage.ts';
import type { Progress } from './progress.ts';
import { type RecoveryContext, recover } from './recovery.ts';

export interface KafkaSessionOptions extends RecoveryContext {
  readonly observer: PublisherObserver;
  readonly monotonicMs: () => number;
  /** What Kafka has, which the tables now have too: the gate takes it over. */
  readonly onRecovered?: (progress: Progress) => void;
}

/** Settings without which a promise is broken or nothing can be published. The others are said, and left to operators. */
const BLOCKING_SETTINGS: ReadonlySet<string> = new Set(['topic', 'partitions', 'cleanup.policy', 'max.message.bytes']);

export class KafkaSession {
  readonly #options: KafkaSessionOptions;
  readonly #outage = new Outage();
  #producer: Producer | undefined;
  #areTopicsChecked = false;
  #failure: DiodeError | undefined;
  #isFenced = false;

  constructor(options: KafkaSessionOptions) {
    this.#options = options;
  }

  /** Ready to publish with; undefined before `open` and after `fail`. */
  get producer(): Producer | undefined {
    return this.#producer;
  }

  /** Why nothing is published at the moment. */
  get failure(): DiodeError | undefined {
    return this.#failure;
  }

  /** Another receiver took this stream over. To open again would fence that one in turn, for ever. */
  get isFenced(): boolean {
    return this.#isFenced;
  }

  get retryMs(): number {
    return this.#outage.retryMs;
  }

  /** True once a producer is ready. Rejects only for failures that are not Kafka's, such as a full disk. */
  async open(): Promise<boolean> {
    const { kafka, observer, monotonicMs } = this.#options;
    let producer: Producer | undefined;
    try {
      if (!this.#areTopicsChecked) {
        this.#handleProblems(await kafka.checkTopics());
        this.#areTopicsChecked = true;
      }
      producer = await kafka.open();
      const recovery = await recover(this.#options);
      const { progress } = this.#options.store;
      // At once: until the gate knows, it takes frames of any history.
      if (progress !== undefined) this.#options.onRecovered?.(progress);
      await collectNames(this.#options);
      this.#producer = producer;
      this.#failure = undefined;
      const { sinceMs } = this.#outage;
      observer.event?.({
        event: 'publishing',
        recovery,
        ...(sinceMs !== undefined && { outageMs: monotonicMs() - sinceMs }),
      });
      return true;
    } catch (error) {
      await producer?.destroy();
      if (!(error instanceof DiodeError) || !isPassing(error)) throw error;
      if (error.code === 'kafka-topic') this.#areTopicsChecked = false;
      this.#handleFailure(error);
      return false;
    }
  }

  /** After an unclean outcome: the producer is spent. */
  async fail(error: DiodeError, { isFenced }: { readonly isFenced: boolean }): Promise<void> {
    // A topic may have been deleted, which librdkafka waits out as if it were slow, or its limits changed.
    this.#areTopicsChecked = false;
    this.#isFenced = isFenced;
    this.#handleFailure(isFenced ? takenOver(this.#options.stream) : error);
    await this.close();
  }

  /** Nothing is tried any more, and the reason is said again in its time. */
  remind(): void {
    if (this.#failure !== undefined) this.#handleFailure(this.#failure);
  }

  /** A transaction was committed: what failed before is past. */
  handleCommit(): void {
    this.#outage.handleSuccess();
  }

  async close(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    await producer?.destroy();
  }

  #handleProblems(found: readonly TopicProblem[]): void {
    // At the very first start every topic is new, and lacks nothing.
    const isFirst = this.#options.store.progress === undefined;
    const problems = isFirst ? found.filter(({ setting }) => setting !== 'content') : found;
    for (const problem of problems) this.#options.observer.event?.({ event: 'topic-problem', problem });
    const blocking = problems.filter(({ setting, seen }) => BLOCKING_SETTINGS.has(setting) && seen !== 'not shown');
    const first = blocking[0];
    if (first === undefined) return;
    const more = blocking.length > 1 ? ` (and ${blocking.length - 1} more; see diode-receiver check)` : '';
    const seen = `Topic ${first.topic} cannot be published to: ${first.setting} is ${first.seen}, wanted ${first.wanted}${more}.`;
    throw new DiodeError('kafka-topic', seen, first.cure);
  }

  #handleFailure(error: DiodeError): void {
    const { observer, monotonicMs } = this.#options;
    this.#failure = error;
    if (!this.#outage.handleFailure(monotonicMs(), error.code)) return;
    const sinceMs = this.#outage.sinceMs as number;
    observer.event?.({ event: 'not-publishing', code: error.code, text: error.message, sinceMs });
  }
}

function takenOver(stream: string): DiodeError {
  return new DiodeError(
    'kafka-fenced',
    `Another receiver of stream ${stream} took over: it opened the same transactional id.`,
    'Stop that one and start this one again to publish from here, or leave this one as its standby: whichever starts last publishes.',
  );
}

/** Kafka's own, and topics that lost what was published: both can be cured while this program runs. */
function isPassing({ code }: DiodeError): boolean {
  return code.startsWith('kafka-') || code === 'state-lost';
}
