import { describe, expect, it } from '@jest/globals';
import type { Verdict } from '@tallystick/pairing-domain';
import { createLogger } from '@tallystick/platform-observability';
import { generateKeyRing, parseKeyRing } from '@tallystick/platform-secrets';
import { fastify } from 'fastify';
import { verdictPath } from './verdict.controller.ts';
import { installVerdictRoute } from './verdict.route.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
const allow: Verdict = { verdict: 'allow', reason: 'requirement-off' };

async function ask(follower: Parameters<typeof installVerdictRoute>[1]['follower']) {
  const counted: string[] = [];
  const server = fastify();
  const metrics = { count: (kind: string, reason: string) => void counted.push(`${kind} ${reason}`) };
  installVerdictRoute(server, { follower, peppers: parseKeyRing(generateKeyRing()), metrics, logger });
  server.post(verdictPath, () => 'not replaced');
  const { statusCode, body } = await server.inject({
    method: 'POST',
    url: '/v1/environments/acme/verdicts',
    payload: { kind: 'pairing' },
  });
  return { statusCode, body, counted };
}

describe('the lease', () => {
  it('is asked after the judgement, and one that ended meanwhile gives no verdict', async () => {
    const asked: string[] = [];
    const judge = () => (asked.push('judge'), allow);
    const refused = await ask({ judge, mayAnswer: () => (asked.push('lease'), false) });
    expect(asked).toEqual(['judge', 'lease']);
    expect([refused.statusCode, refused.counted]).toEqual([503, ['pairing no-lease']]);
    expect(refused.body).not.toContain('allow');
  });

  it('that holds lets the verdict out in the same turn of the event loop', async () => {
    let turns = 0;
    const judge = () => {
      queueMicrotask(() => turns++);
      return allow;
    };
    const count = { atLease: -1 };
    const allowed = await ask({ judge, mayAnswer: () => ((count.atLease = turns), true) });
    expect([allowed.statusCode, allowed.body, count.atLease]).toEqual([200, '{"verdict":"allow"}', 0]);
  });

  it('is not enough without a table', async () => {
    expect((await ask({ judge: () => undefined, mayAnswer: () => true })).statusCode).toBe(503);
  });
});
