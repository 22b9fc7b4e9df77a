/**
 * The life of a native Kafka client: connecting, events, calls with an end, closing.
 *
 * A native call cannot be taken back, and disconnecting under one frees the memory that it works on. So every call
 * carries a time-out into librdkafka, and `close` waits for calls that are still out before it disconnects.
 */
import type { KafkaConnection, KafkaState } from './kafka-connection.ts';
import type { KafkaFailure } from './kafka-failure.ts';
import { KAFKA_LIMITS } from './kafka-limits.ts';

export interface NativeError {
  readonly message: string;
  /** -1 where node-rdkafka knows the text alone. */
  readonly code?: number;
  readonly isFatal?: boolean;
}

/** What a native call failed with. */
export class RdkafkaFailure extends Error implements KafkaFailure {
  readonly code: number | undefined;
  /** The client can do nothing more. */
  readonly isFatal: boolean;
  readonly log: readonly string[];

  constructor(error: NativeError, log: readonly string[]) {
    super(error.message);
    this.name = 'RdkafkaFailure';
    this.code = error.code === -1 ? undefined : error.code;
    this.isFatal = error.isFatal === true;
    this.log = log;
  }
}

export interface TopicLayout {
  readonly name: string;
  readonly partitionIds: readonly number[];
}

export interface ClusterLayout {
  readonly brokers: readonly string[];
  readonly topics: readonly TopicLayout[];
}

export type NativeCallback<T> = (error: NativeError | null | undefined, answer: T) => void;

export interface NativeMetadata {
  readonly brokers: readonly { readonly host: string; readonly port: number }[];
  readonly topics: readonly { readonly name: string; readonly partitions: readonly { readonly id: number }[] }[];
}

/** What the producer and the consumer of node-rdkafka have in common. */
interface NativeClient {
  isConnected(): boolean;
  connect(options: { timeout: number }, done: NativeCallback<NativeMetadata>): unknown;
  getMetadata(options: { timeout: number }, done: NativeCallback<NativeMetadata>): unknown;
}

/** Its events, in a shape that both agree on. */
export interface NativeEvents {
  on(event: 'event.log', listener: (line: { severity: number; fac: string; message: string }) => void): unknown;
  on(event: 'event.error', listener: (error: NativeError) => void): unknown;
}

/** One native client. A subclass adds its calls, each through `call`. */
export abstract class RdkafkaClient<C extends NativeClient> {
  protected readonly native: C;
  readonly #connection: KafkaConnection;
  readonly #failureLog: string[] = [];
  readonly #passedOnMs = new Map<string, number>();
  #state: KafkaState = 'connecting';
  #callsOut = 0;
  #closing: Promise<boolean> | undefined;

  protected constructor(native: C, connection: KafkaConnection) {
    this.native = native;
    this.#connection = connection;
    const events = native as unknown as NativeEvents;
    events.on('event.log', (line) => this.#handleLog(line));
    events.on('event.error', (error) => this.#handleError(error.message));
  }

  /** The last reasons why a connection failed, oldest first, since the last call that succeeded. */
  get failureLog(): readonly string[] {
    return [...this.#failureLog];
  }

  /** Connects and reads the cluster's layout, or fails after the connection's time-out. */
  async connect(): Promise<ClusterLayout> {
    const timeout = this.#connection.connectTimeoutMs ?? KAFKA_LIMITS.connectTimeoutMs;
    const layout = await this.call<NativeMetadata>('connect', timeout, (done) => {
      this.native.connect({ timeout }, done);
    });
    this.answered();
    return toLayout(layout);
  }

  /** Every topic that this user may see. Not by name: node-rdkafka leaks a handle for each name asked for. */
  async layout(timeoutMs: number): Promise<ClusterLayout> {
    const metadata = await this.call<NativeMetadata>('metadata', timeoutMs, (done) => {
      this.native.getMetadata({ timeout: timeoutMs }, done);
    });
    this.answered();
    return toLayout(metadata);
  }

  /**
   * True once the client is gone, false when it hangs and was abandoned: it then keeps its sockets and a thread, and
   * only the end of the process (by SIGKILL, should exit wait for that thread) frees them. Never rejects, never hangs.
   */
  close(): Promise<boolean> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  protected abstract disconnect(done: () => void): void;

  /** Runs one native call; `timeoutMs` is what the call was told, so a call beyond it and the slack is stuck. */
  protected call<T>(name: string, timeoutMs: number, start: (done: NativeCallback<T>) => void): Promise<T> {
    if (this.#closing !== undefined) return Promise.reject(this.failure({ message: `${name} on a closed client` }));
    this.#callsOut += 1;
    return new Promise<T>((resolve, reject) => {
      const stuckAfterMs = timeoutMs + KAFKA_LIMITS.nativeSlackMs;
      const watchdog = setTimeout(() => {
        reject(this.failure({ message: `${name} is stuck: no answer in ${stuckAfterMs} ms` }));
      }, stuckAfterMs);
      start((error, answer) => {
        this.#callsOut -= 1;
        clearTimeout(watchdog);
        if (error) {
          reject(this.failure(error));
          return;
        }
        resolve(answer);
      });
    });
  }

  /** A broker has answered: what failed before is past. */
  protected answered(): void {
    this.#failureLog.length = 0;
    this.#setState('up');
  }

  protected failure(error: NativeError): RdkafkaFailure {
    return new RdkafkaFailure(error, this.failureLog);
  }

  async #close(): Promise<boolean> {
    const deadlineMs = performance.now() + KAFKA_LIMITS.destroyTimeoutMs;
    const remainingMs = () => Math.max(0, deadlineMs - performance.now());
    while (this.#callsOut > 0 && remainingMs() > 0) await pause(KAFKA_LIMITS.pollIntervalMs);
    let gone = this.#callsOut === 0;
    if (gone && this.native.isConnected()) {
      gone = await Promise.race([
        new Promise<boolean>((resolve) => this.disconnect(() => resolve(true))),
        pause(remainingMs(), { keepsProcess: false }).then(() => false),
      ]);
    }
    this.#setState('closed');
    return gone;
  }

  #handleLog({ severity, fac: facility, message: text }: { severity: number; fac: string; message: string }): void {
    if (facility === 'FAIL') {
      this.#failureLog.push(text);
      if (this.#failureLog.length > KAFKA_LIMITS.failureLines) this.#failureLog.shift();
    }
    if (severity <= 4 && this.#state !== 'closed') this.#connection.observer?.onLog?.({ severity, facility, text });
  }

  #handleError(text: string): void {
    if (this.#state === 'closed') return;
    if (text.includes('all broker connections are down')) this.#setState('down');
    const nowMs = performance.now();
    if (nowMs - (this.#passedOnMs.get(text) ?? Number.NEGATIVE_INFINITY) < KAFKA_LIMITS.repeatedErrorMs) return;
    // Texts are librdkafka's own error names, without addresses, so there are few; still, a bound.
    if (this.#passedOnMs.size >= 64) this.#passedOnMs.clear();
    this.#passedOnMs.set(text, nowMs);
    this.#connection.observer?.onBrokerError?.(text);
  }

  #setState(state: KafkaState): void {
    if (this.#state === state || this.#state === 'closed') return;
    this.#state = state;
    this.#connection.observer?.onState?.(state);
  }
}

function toLayout(metadata: NativeMetadata): ClusterLayout {
  return {
    brokers: metadata.brokers.map(({ host, port }) => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`)),
    topics: metadata.topics.map(({ name, partitions }) => ({ name, partitionIds: partitions.map(({ id }) => id) })),
  };
}

function pause(delayMs: number, options: { readonly keepsProcess: boolean } = { keepsProcess: true }): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, delayMs);
    if (!options.keepsProcess) timer.unref();
  });
}
