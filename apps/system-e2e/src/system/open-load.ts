import { Agent, request } from 'node:http';
import type { Asked } from './ask-validators.ts';

/** What was asked, with the value that was presented. */
export interface AskedOpenly extends Asked {
  readonly presentedToken: string;
  /** Of a 429 or 503: when to come again. */
  readonly retryAfter?: string;
}

export interface OpenLoad {
  /** Everything that was asked and answered since the last call, in order of its start. */
  readonly taken: () => readonly AskedOpenly[];
  /** Stops asking, waits for what is under way, and gives what {@link taken} has not given yet. */
  readonly stop: () => Promise<readonly AskedOpenly[]>;
}

const tickMs = 5;
/** Counted from its start, whether or not a connection was free: a validator that is stopped would be waited for in one batch after the other. */
const givenUpAfterMs = 15_000;

/**
 * Asks validators at a fixed rate, whether or not they keep up (an open load): each request starts when it is due, in turn to each validator.
 * Times are by this process's monotonic clock, in milliseconds; a request has not begun before `startedAt`.
 */
export function startOpenLoad(options: {
  readonly validators: readonly string[];
  readonly environment: string;
  readonly caller: string;
  /** Requests a second, over all validators. */
  readonly rate: number;
  readonly presentedToken: () => string;
}): OpenLoad {
  const { validators, environment, caller, rate, presentedToken } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const targets = validators.map((url) => ({ url, at: new URL(`/v1/environments/${environment}/verdicts`, url) }));
  let asked: AskedOpenly[] = [];
  let started = 0;
  const underWay = new Set<Promise<void>>();
  const begunAt = performance.now();

  const ask = ({ url, at }: (typeof targets)[number]): Promise<void> =>
    new Promise((done) => {
      const presented = presentedToken();
      const body = JSON.stringify({ kind: 'authentication', presentedToken: presented });
      const headers = {
        authorization: `Bearer ${caller}`,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      };
      const startedAt = performance.now();
      const end = (status: number, allowed: boolean, retryAfter?: string): void => {
        clearTimeout(deadline);
        const times = { startedAt, endedAt: performance.now() };
        asked.push({
          validator: url,
          presentedToken: presented,
          ...times,
          allowed,
          status,
          ...(retryAfter !== undefined && { retryAfter }),
        });
        done();
      };
      const sent = request(at, { method: 'POST', agent, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () =>
          end(response.statusCode ?? 0, response.statusCode === 200 && text.includes('"allow"'), response.headers['retry-after']),
        );
        response.on('error', () => end(0, false));
      });
      const deadline = setTimeout(() => sent.destroy(), givenUpAfterMs);
      sent.on('error', () => end(0, false));
      sent.end(body);
    });

  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - begunAt) / 1_000) * rate);
    while (started < due) {
      const call = ask(targets[started % targets.length]!);
      started += 1;
      underWay.add(call);
      void call.then(() => underWay.delete(call));
    }
  }, tickMs);
  const taken = (): readonly AskedOpenly[] => {
    const all = asked.sort((a, b) => a.startedAt - b.startedAt);
    asked = [];
    return all;
  };
  return {
    taken,
    stop: async () => {
      clearInterval(timer);
      await Promise.all(underWay);
      agent.destroy();
      return taken();
    },
  };
}
