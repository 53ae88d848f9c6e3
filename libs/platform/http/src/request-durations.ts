import type { Metrics } from '@tallystick/platform-observability';

/** The durations of one combination of labels. */
export type DurationSeries = { readonly observe: (seconds: number) => void };

type Labels = { readonly method: string; readonly route: string; readonly status: string };
type Value = { readonly metricName: string; readonly labels: Readonly<Record<string, string | number>>; readonly value: number };

const name = 'http_request_duration_seconds';
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] as const;

/**
 * The histogram of request durations, counted in plain numbers and put into form when somebody asks: the histogram of the client library
 * looks every observation up by its labels, which costs as much as a small answer.
 */
export class RequestDurations {
  readonly name = name;
  readonly help = 'Time from request to answer, by route pattern';
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  readonly #series = new Map<string, Series>();

  /** Adds the histogram to the registry. */
  constructor({ registry }: Pick<Metrics, 'registry'>) {
    // The registry asks a metric for no more than this class has; its type names four classes only.
    registry.registerMetric(this as unknown as Parameters<typeof registry.registerMetric>[0]);
  }

  /** Keep what it gives: finding it is the dear part. */
  series({ method, route, status }: Labels): DurationSeries {
    const key = `${method} ${status} ${route}`;
    let series = this.#series.get(key);
    if (!series) this.#series.set(key, (series = new Series({ method, route, status })));
    return series;
  }

  get() {
    const values = [...this.#series.values()].flatMap((series) => series.values());
    return Promise.resolve({ name, help: this.help, type: this.type, aggregator: this.aggregator, values });
  }

  reset(): void {
    this.#series.clear();
  }
}

class Series {
  readonly #labels: Labels;
  /** By the first bucket that has room for it; the last place is for what is longer than all of them. */
  readonly #counts = new Float64Array(buckets.length + 1);
  #sum = 0;

  constructor(labels: Labels) {
    this.#labels = labels;
  }

  readonly observe = (seconds: number): void => {
    let at = 0;
    while (at < buckets.length && seconds > buckets[at]!) at++;
    this.#counts[at]!++;
    this.#sum += seconds;
  };

  values(): Value[] {
    const labels = { ...this.#labels };
    let total = 0;
    const upTo = [...this.#counts].map((count, at): Value => {
      total += count;
      return { metricName: `${name}_bucket`, labels: { le: buckets[at] ?? '+Inf', ...labels }, value: total };
    });
    return [
      ...upTo,
      { metricName: `${name}_sum`, labels, value: this.#sum },
      { metricName: `${name}_count`, labels, value: total },
    ];
  }
}
