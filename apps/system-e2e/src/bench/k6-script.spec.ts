import { describe, expect, it } from '@jest/globals';
import { benchToken, k6Script, type Questions, readK6Summary } from './k6-script.ts';
import { requestsOf } from './wire-requests.ts';

const questions: Questions = {
  url: 'http://127.0.0.1:1/v1/environments/{environment}/verdicts',
  body: '{"presentedToken":"{token}","device":{"id":"{device}"}}',
  headers: { Authorization: 'Bearer caller' },
  ...{ environments: 3, tokens: 2, newDeviceEvery: 10 },
};

describe('the load', () => {
  it('is an open model that fails when anything was dropped', () => {
    const script = k6Script(questions, { perSecond: 2_000, seconds: 4, atOnce: 300 }, 'abcd');
    for (const said of [
      "'constant-arrival-rate'",
      'rate: 2000',
      "duration: '4s'",
      'preAllocatedVUs: 300',
      "dropped_iterations: ['count==0']",
    ])
      expect(script).toContain(said);
  });

  it('asks with k6 what it asks over the wire', () => {
    const asked: { url: string; body: string }[] = [];
    const exec = { scenario: { iterationInTest: 0 } };
    const script = k6Script(questions, { perSecond: 1, seconds: 1, atOnce: 1 }, 'abcd')
      .replace(/^import .*$/gm, '')
      .replace('export const options', 'const options')
      .replace('export default function ()', 'return function ask()')
      .replace(/export function handleSummary[\s\S]*$/, '');
    const http = { post: (url: string, body: string) => void asked.push({ url, body }) };
    // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- our own script
    const ask = new Function('http', 'exec', script)(http, exec) as () => void;
    const wire = requestsOf(questions);
    for (let number = 0; number < 30; number += 1) {
      exec.scenario.iterationInTest = number;
      ask();
      const [head = '', body = ''] = wire(number).split('\r\n\r\n');
      const { url, body: asksFor } = asked[number]!;
      expect(head).toContain(`POST ${new URL(url).pathname} HTTP/1.1`);
      expect(head).toContain(`Content-Length: ${body.length}`);
      expect(body.replace(/"id":"....-/, '"id":"abcd-')).toBe(asksFor);
      expect(asksFor).toContain(benchToken(number % 3, number % 2));
    }
  });
});

describe('the summary of k6', () => {
  const took = { 'med': 0.2, 'p(90)': 0.5, 'p(99)': 1.5, 'max': 9 }; // prettier-ignore
  const metrics = {
    http_reqs: { values: { count: 8_000, rate: 2_000 } },
    http_req_failed: { values: { rate: 0, passes: 0, fails: 8_000 } },
    http_req_duration: { values: took },
  };

  it('is read; what was never counted is 0', () => {
    expect(readK6Summary(JSON.stringify({ metrics }))).toEqual({
      ...{ answered: 8_000, dropped: 0, failed: 0, medianMs: 0.2, p90Ms: 0.5, p99Ms: 1.5, mostMs: 9 },
    });
  });

  it('tells what was dropped and what failed', () => {
    const worse = {
      ...metrics,
      dropped_iterations: { values: { count: 12 } },
      http_req_failed: { values: { rate: 0.1, passes: 3, fails: 7 } },
    };
    expect(readK6Summary(JSON.stringify({ metrics: worse }))).toMatchObject({ dropped: 12, failed: 3 });
  });

  it('is refused when nothing was asked', () => {
    expect(() => readK6Summary('{"metrics":{}}')).toThrow('has no http_reqs count');
  });
});
