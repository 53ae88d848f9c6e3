import { describe, expect, it } from '@jest/globals';
import { instant } from '@tallystick/kernel-core';
import type { Verdict } from '@tallystick/pairing-domain';
import { createLogger } from '@tallystick/platform-observability';
import { generateKeyRing, parseKeyRing } from '@tallystick/platform-secrets';
import { fastify } from 'fastify';
import { createRefusalLimit } from './limits/refusal-limit.ts';
import { present } from './present.ts';
import type { Judged } from './ring-follower.ts';
import { verdictPath } from './verdict.controller.ts';
import { installVerdictRoute, type VerdictRouteNeeds } from './verdict.route.ts';

const peppers = parseKeyRing(generateKeyRing());
const logger = createLogger({ service: 'test', level: 'silent' });
const plain = { observed: [], presented: 'nothing', siblings: undefined, enrolmentLink: undefined } as const;
const allow: Verdict = { verdict: 'allow', reason: 'requirement-off', causes: [], ...plain };
const deny: Verdict = { verdict: 'deny', reason: 'token-empty', causes: ['managed-device-token'], ...plain };
const judged = (verdict: Judged['verdict']): Judged => ({ verdict, at: instant(0) });

function serve(follower: VerdictRouteNeeds['follower'], perMinute = 1_000) {
  const [counted, recorded]: [string[], string[]] = [[], []];
  const server = fastify();
  installVerdictRoute(server, {
    follower,
    present: (body) => present(body, peppers),
    isUnmarkedToken: () => false,
    limit: createRefusalLimit(perMinute),
    record: ({ environment, verdict }) => void recorded.push(`${environment} ${verdict.verdict}`),
    metrics: {
      count: (kind, reason) => void counted.push(`${kind} ${reason}`),
      countLimited: () => void counted.push('limited'),
    },
    logger,
  });
  server.post(verdictPath, () => 'not replaced');
  const ask = async (environment = 'acme') => {
    const url = `/v1/environments/${environment}/verdicts`;
    const { statusCode, body, headers } = await server.inject({ method: 'POST', url, payload: { kind: 'pairing' } });
    return { statusCode, body, retryAfter: headers['retry-after'] };
  };
  return { ask, counted, recorded };
}

describe('the lease', () => {
  it('is asked after the judgement, and one that ended meanwhile gives no verdict', async () => {
    const asked: string[] = [];
    const judge = () => (asked.push('judge'), judged(allow));
    const { ask, counted, recorded } = serve({ judge, mayAnswer: () => (asked.push('lease'), false) });
    const refused = await ask();
    expect(asked).toEqual(['judge', 'lease']);
    expect([refused.statusCode, counted, recorded]).toEqual([503, ['pairing no-lease'], []]);
    expect(refused.body).not.toContain('allow');
  });

  it('that holds lets the verdict out in the same turn of the event loop', async () => {
    let turns = 0;
    const judge = () => {
      queueMicrotask(() => turns++);
      return judged(allow);
    };
    const count = { atLease: -1 };
    const allowed = await serve({ judge, mayAnswer: () => ((count.atLease = turns), true) }).ask();
    expect([allowed.statusCode, allowed.body, count.atLease]).toEqual([200, '{"verdict":"allow"}', 0]);
  });

  it('is not enough without a table', async () => {
    expect((await serve({ judge: () => undefined, mayAnswer: () => true }).ask()).statusCode).toBe(503);
  });
});

describe('no verdict', () => {
  it.each(['ring-unreadable', 'pepper-missing'] as const)('is a problem that says so (%s)', async (reason) => {
    const { ask, counted, recorded } = serve({ judge: () => judged({ verdict: 'none', reason }), mayAnswer: () => true });
    const { statusCode, body } = await ask();
    expect([statusCode, body]).toEqual([503, expect.stringContaining(`urn:tallystick:problem:${reason}`)]);
    expect([counted, recorded]).toEqual([[`pairing ${reason}`], []]);
  });
});

describe('refusals', () => {
  it('are limited for each environment by themselves, and beyond the limit say nothing and record nothing', async () => {
    const { ask, counted, recorded } = serve({ judge: () => judged(deny), mayAnswer: () => true }, 2);
    const answers = [await ask(), await ask(), await ask(), await ask('globex')];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 429, 200]);
    expect(answers[2]?.body).not.toContain('managed-device-token');
    expect(Number(answers[2]?.retryAfter)).toBeGreaterThan(0);
    expect(counted.filter((reason) => reason === 'limited')).toHaveLength(1);
    expect(recorded).toEqual(['acme deny', 'acme deny', 'globex deny']);
  });

  it('never limit what passes', async () => {
    let verdict = deny;
    const { ask } = serve({ judge: () => judged(verdict), mayAnswer: () => true }, 1);
    expect([(await ask()).statusCode, (await ask()).statusCode]).toEqual([200, 429]);
    verdict = allow;
    expect((await ask()).body).toBe('{"verdict":"allow"}');
  });

  it('for environments that do not exist share one limit, so that names cost no memory', async () => {
    const unknown: Verdict = { verdict: 'deny', reason: 'unknown-environment', causes: ['unknown-environment'], ...plain };
    const { ask } = serve({ judge: () => judged(unknown), mayAnswer: () => true }, 2);
    const statuses = [await ask('a'), await ask('b'), await ask('c')].map(({ statusCode }) => statusCode);
    expect(statuses).toEqual([404, 404, 429]);
  });
});
