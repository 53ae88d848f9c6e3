/** One question, with `{environment}`, `{token}` and `{device}` where they stand. */
export interface Questions {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** `{environment}` is one of `bench-0` … and each has so many tokens, numbered from 0. */
  readonly environments: number;
  readonly tokens: number;
  /** Every so many requests come from a device that was not seen before. */
  readonly newDeviceEvery: number;
}

export interface OpenRound {
  readonly perSecond: number;
  readonly seconds: number;
  /** Requests that can be under way; one that would be more is dropped, and counted. */
  readonly atOnce: number;
}

/** The token with this number; the same that `startBenchValidator` writes into the rings. */
export const benchToken = (environment: number, token: number): string =>
  `tsk_${'0'.repeat(41)}${String(environment * 1_000 + token).padStart(8, '0')}`;

/**
 * The script for k6: requests begin when they are due, whether or not answers come (an open model), with all virtual users there from the
 * start, since k6 drops what is due while it makes new ones. Bodies are not kept: what is answered is checked before the load.
 */
export const k6Script = (questions: Questions, { perSecond, seconds, atOnce }: OpenRound, run: string): string => `
import http from 'k6/http';
import exec from 'k6/execution';

const asked = ${JSON.stringify(questions)};
const run = ${JSON.stringify(run)};
const token = ${benchToken.toString()};
const url = asked.url.split('{environment}');
const parts = asked.body.split(/({environment}|{token}|{device})/);
const params = { headers: asked.headers, tags: { name: 'verdict' } };

export const options = {
  discardResponseBodies: true,
  systemTags: ['status'],
  summaryTrendStats: ['med', 'p(90)', 'p(99)', 'max'],
  scenarios: {
    open: {
      executor: 'constant-arrival-rate',
      rate: ${perSecond},
      timeUnit: '1s',
      duration: '${seconds}s',
      preAllocatedVUs: ${atOnce},
      maxVUs: ${atOnce},
      gracefulStop: '5s',
    },
  },
  thresholds: { dropped_iterations: ['count==0'], http_req_failed: ['rate==0'] },
};

export default function () {
  const number = exec.scenario.iterationInTest;
  const environment = number % asked.environments;
  const device = number % asked.newDeviceEvery === 0 ? 1000 + number : number % 1000;
  const values = {
    '{environment}': 'bench-' + environment,
    '{token}': token(environment, number % asked.tokens),
    '{device}': run + '-' + String(device).padStart(12, '0'),
  };
  let body = '';
  for (const part of parts) body += values[part] || part;
  http.post(url.join(values['{environment}']), body, params);
}

export function handleSummary(data) {
  return { [__ENV.SUMMARY]: JSON.stringify(data) };
}
`;

export interface K6Summary {
  readonly answered: number;
  readonly dropped: number;
  /** Requests without an answer, or with one that is no success. */
  readonly failed: number;
  /** Milliseconds. */
  readonly medianMs: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly mostMs: number;
}

/** Reads what `handleSummary` has written. @throws Error when it is no summary of a run that asked anything */
export function readK6Summary(text: string): K6Summary {
  const { metrics = {} } = JSON.parse(text) as {
    readonly metrics?: Readonly<Record<string, { readonly values: Readonly<Record<string, number>> } | undefined>>;
  };
  const value = (metric: string, name: string, otherwise?: number): number => {
    const found = metrics[metric]?.values[name] ?? otherwise;
    if (found === undefined) throw new Error(`the summary of k6 has no ${metric} ${name}`);
    return found;
  };
  const took = (name: string): number => value('http_req_duration', name);
  return {
    answered: value('http_reqs', 'count'),
    dropped: value('dropped_iterations', 'count', 0), // k6 leaves out what was never counted
    failed: value('http_req_failed', 'passes', 0), // of a rate, what "passes" is what was true: failed
    ...{ medianMs: took('med'), p90Ms: took('p(90)'), p99Ms: took('p(99)'), mostMs: took('max') },
  };
}
