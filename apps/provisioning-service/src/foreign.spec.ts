import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { everyRoute, roles } from '@tallystick/platform-http';
import { foreignWalkFaults, registeredTable } from '@tallystick/platform-testing';
import { provisioningHttp, userOf } from './passes/test-support/provisioning-http.ts';

let http: Awaited<ReturnType<typeof provisioningHttp>>;
beforeAll(async () => {
  http = await provisioningHttp();
});
afterAll(() => http.app.close());

const connections = '/v1/environments/:environment/connections/:connection';

describe('what another environment has', () => {
  it('is answered as what nobody has, by every route, however it is written', async () => {
    const made = await http.call('POST', '/v1/environments/acme/connections/workforce/passes', {
      body: { mode: 'full' },
      headers: { 'idempotency-key': 'used-there' },
    });
    const pass = (made.body as { readonly pass?: string }).pass ?? 'p1';
    const { asked, faults } = await foreignWalkFaults({
      table: registeredTable(await everyRoute(http.app)).join('\n'),
      authorization: `Bearer walker:${roles.join()}@globex`,
      own: 'globex',
      other: 'acme',
      ids: {
        connection: { foreign: 'workforce', unknown: 'nobodysone' },
        pass: { foreign: pass, unknown: `${pass}0` },
        user: { foreign: userOf(1), unknown: userOf(2) },
        hold: { foreign: '1-1', unknown: '2-2' },
        id: { foreign: '0-0', unknown: '9-9' },
        kind: { foreign: 'pass', unknown: 'pass' },
      },
      usedKey: 'used-there',
      bodies: {
        [`POST ${connections}/passes`]: { mode: 'full', reason: 'a walk' },
        [`POST ${connections}/source/epoch`]: { epoch: 1, reason: 'a walk' },
        [`POST ${connections}/users/lookup`]: { sourceKey: 'a' },
      },
      making: [`PUT ${connections}`],
      ask: async (method, url, headers, payload) => {
        const {
          statusCode,
          headers: answered,
          payload: text,
        } = await http.app
          .getHttpAdapter()
          .getInstance()
          .inject({ method: method as 'GET', url, headers, ...(payload && { payload }) });
        return { status: statusCode, headers: answered, text };
      },
    });
    expect(faults).toEqual([]);
    expect(asked).toBeGreaterThan(400);
  }, 120_000);
});
