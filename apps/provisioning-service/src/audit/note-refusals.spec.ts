import { beforeEach, describe, expect, it } from '@jest/globals';
import { InMemoryAuditTrail } from '@tallystick/devices-testing';
import { RefusedAttempts } from '@tallystick/platform-audit';
import { provisioningHttp, userOf } from '../passes/test-support/provisioning-http.ts';
import { noteRefusals } from './note-refusals.ts';

let trail: InMemoryAuditTrail;
let now: number;
let http: Awaited<ReturnType<typeof provisioningHttp>>;
beforeEach(async () => {
  [trail, now] = [new InMemoryAuditTrail(), 0];
  const attempts = new RefusedAttempts({ nowMs: () => now });
  const isThere = (environment: string) => environment === 'acme';
  http = await provisioningHttp({
    addRoutes: (app) => noteRefusals(app.getHttpAdapter().getInstance(), { trail, attempts, isThere }),
  });
});
const call = async (...asked: Parameters<typeof http.call>) => {
  const { status } = await http.call(...asked);
  await new Promise(setImmediate); // what comes after the answer
  return status;
};
const explain = `/users/${userOf(1)}/explain`;

describe('a refused attempt', () => {
  it('to change something is in the audit, with who, what, where and under which request', async () => {
    expect(await call('POST', '/passes', { body: { kind: 'pass' }, as: 'eve:viewer' })).toBe(403);
    expect(trail.notes).toEqual([
      {
        ...{ class: 'reading', environment: 'acme', connection: 'workforce', actor: 'eve', action: 'try-what-is-refused' },
        ...{ reason: 'the roles of the caller do not allow it', requestId: expect.any(String), result: 'refused' },
        facts: { method: 'POST', route: '/v1/environments/:environment/connections/:connection/passes', unnoted: 0 },
      },
    ]);
  });

  it('to see people is, and one to see something else is not', async () => {
    await call('GET', '/parked-records/0-0-1/content', { as: 'eve:viewer' });
    await call('GET', explain, { as: 'mallory:validator-caller' });
    await call('GET', '/passes', { as: 'trudy:validator-caller' });
    expect(trail.notes.map(({ actor }) => actor)).toEqual(['eve', 'mallory']);
  });

  it('is noted once a minute of a caller, however often they come, and then with how often that was', async () => {
    const tries = () => call('POST', '/passes', { body: { kind: 'pass' }, as: 'eve:viewer' });
    for (let n = 0; n < 5; n += 1) await tries();
    expect(trail.notes).toHaveLength(1);
    now = 60_000;
    await tries();
    expect(trail.notes[1]).toMatchObject({ facts: { unnoted: 4 } });
  });

  it('in an environment that is not there makes no outbox for it', async () => {
    const url = '/v1/environments/made-up/connections/people/passes';
    const fastify = http.app.getHttpAdapter().getInstance();
    await fastify.inject({ method: 'POST', url, headers: { authorization: 'Bearer eve:viewer' } });
    await new Promise(setImmediate);
    expect(trail.notes).toMatchObject([{ environment: ':system', facts: { environment: 'made-up' } }]);
    expect(trail.notes[0]).not.toHaveProperty('connection');
  });

  it('is answered as ever when it can not be noted; what is let through, and who is not known, is not noted here', async () => {
    trail.full = ['reading'];
    expect(await call('POST', '/passes', { body: { kind: 'pass' }, as: 'eve:viewer' })).toBe(403);
    trail.full = [];
    expect(await call('POST', '/passes', { body: { kind: 'pass' } })).toBe(201);
    expect(await call('POST', '/passes', { as: 'eve:viewer@other' })).toBe(404);
    expect(trail.notes).toEqual([]);
  });
});
