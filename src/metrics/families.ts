import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { METRICS, type MetricName, type MetricSpec } from './names.ts';

export type Labels = Readonly<Record<string, string | number>>;

/** Every metric of the table, by name. The only file that knows prom-client. */
export class Families {
  readonly #registry = new Registry();
  readonly #counters = new Map<MetricName, Counter>();
  readonly #gauges = new Map<MetricName, Gauge>();
  readonly #histograms = new Map<MetricName, Histogram>();

  constructor() {
    for (const [name, spec] of Object.entries(METRICS) as [MetricName, MetricSpec][]) {
      const { kind, help, labels = [], buckets = [] } = spec;
      const options = { name, help, labelNames: [...labels], registers: [this.#registry] };
      if (kind === 'counter') this.#counters.set(name, new Counter(options));
      else if (kind === 'gauge') this.#gauges.set(name, new Gauge(options));
      else this.#histograms.set(name, new Histogram({ ...options, buckets: [...buckets] }));
    }
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** The exposition of everything. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  set(name: MetricName, value: number, labels: Labels = {}): void {
    ofKind(this.#gauges, name).set(labels, value);
  }

  /** Replaces a gauge, all its labels. */
  setAll(name: MetricName, values: readonly (readonly [number, Labels])[]): void {
    ofKind(this.#gauges, name).reset();
    for (const [value, labels] of values) this.set(name, value, labels);
  }

  add(name: MetricName, value: number, labels: Labels = {}): void {
    ofKind(this.#counters, name).inc(labels, value);
  }

  /** Replaces a counter by a running total that is kept elsewhere. */
  total(name: MetricName, value: number): void {
    this.totals(name, [[value, {}]]);
  }

  /** The same, with labels. */
  totals(name: MetricName, values: readonly (readonly [number, Labels])[]): void {
    ofKind(this.#counters, name).reset();
    for (const [value, labels] of values) this.add(name, value, labels);
  }

  observe(name: MetricName, value: number, labels: Labels = {}): void {
    ofKind(this.#histograms, name).observe(labels, value);
  }
}

function ofKind<T>(metrics: ReadonlyMap<MetricName, T>, name: MetricName): T {
  const found = metrics.get(name);
  if (found === undefined) throw new Error(`${name} is of another kind`);
  return found;
}
