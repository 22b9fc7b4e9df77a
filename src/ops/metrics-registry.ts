/** Prometheus metrics as both programs use them: the one file that imports prom-client. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** A value for each label value, or one without a label; undefined: no sample now. */
export type Reading = number | undefined | Readonly<Record<string, number>>;

export interface MetricText {
  /** Without the program's prefix; units last, counters end in _total. */
  readonly name: string;
  readonly help: string;
  /** The name of the one label; its values come from a fixed set, and never from a subject. */
  readonly label?: string;
}

export class MetricsRegistry {
  readonly #registry = new Registry();
  readonly #prefix: string;
  #scrape = 0;

  /** `prefix` such as `diode_sender_`; with the process's own metrics (memory, CPU, event loop) under their usual names. */
  constructor(prefix: string) {
    this.#prefix = prefix;
    collectDefaultMetrics({ register: this.#registry });
  }

  /** `read` once a scrape, however many metrics it has a part in: what it costs is paid once, and they fit each other. */
  perScrape<T>(read: () => T): () => T {
    let last: { readonly scrape: number; readonly value: T } | undefined;
    return () => {
      if (last?.scrape !== this.#scrape) last = { scrape: this.#scrape, value: read() };
      return last.value;
    };
  }

  /** A total that the program keeps itself; `read` is called at each scrape and its values only rise. */
  readCounter(text: MetricText, read: () => Reading): void {
    const counter: Counter = new Counter({
      ...this.#options(text),
      collect() {
        counter.reset();
        eachSample(text, read(), (labels, value) => counter.inc(labels, value));
      },
    });
  }

  /** A value as of the scrape. */
  readGauge(text: MetricText, read: () => Reading): void {
    const gauge: Gauge = new Gauge({
      ...this.#options(text),
      collect() {
        gauge.reset();
        // An unlabelled gauge starts at 0, which would be said where nothing is known.
        if (text.label === undefined) gauge.remove();
        eachSample(text, read(), (labels, value) => gauge.set(labels, value));
      },
    });
  }

  /** A total that is told as it happens; `labels` may be none, or two. */
  counter(text: { readonly name: string; readonly help: string; readonly labels?: readonly string[] }) {
    const { name, help, labels = [] } = text;
    const counter = new Counter({
      name: this.#prefix + name,
      help,
      labelNames: [...labels],
      registers: [this.#registry],
    });
    return (values: Readonly<Record<string, string>>, count: number) => counter.inc(values, count);
  }

  /** No sample before the first value. */
  gauge(text: MetricText): (value: number) => void {
    let last: number | undefined;
    this.readGauge(text, () => last);
    return (value) => {
      last = value;
    };
  }

  histogram(
    text: MetricText & { readonly buckets: readonly number[] },
  ): (value: number, labels?: Readonly<Record<string, string>>) => void {
    const histogram = new Histogram({ ...this.#options(text), buckets: [...text.buckets] });
    return (value, labels) => (labels === undefined ? histogram.observe(value) : histogram.observe(labels, value));
  }

  /** Prometheus' text format. */
  async expose(): Promise<{ readonly contentType: string; readonly text: string }> {
    this.#scrape++;
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() };
  }

  #options({ name, help, label }: MetricText) {
    return {
      name: this.#prefix + name,
      help,
      labelNames: label === undefined ? [] : [label],
      registers: [this.#registry],
    };
  }
}

function eachSample(
  { label }: MetricText,
  reading: Reading,
  put: (labels: Record<string, string>, value: number) => void,
): void {
  if (typeof reading === 'number') put({}, reading);
  else for (const [value, count] of Object.entries(reading ?? {})) put({ [label ?? 'kind']: value }, count);
}
