import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { everyRoute, roles } from '@tallystick/platform-http';
import { foreignWalkFaults, registeredTable } from '@tallystick/platform-testing';
import { memoryHttp } from './test-support/memory-http.ts';

const other = '/v1/environments/globex';
let http: Awaited<ReturnType<typeof memoryHttp>>;
let [token, proposal] = ['', ''];

beforeAll(async () => {
  http = await memoryHttp();
  for (const environment of ['acme', 'globex'])
    await http.call('POST', `/v1/environments/${environment}/tokens`, { body: { label: 'a' } });
  token = (await http.call('POST', `${other}/tokens`, { body: { label: 'b' }, headers: { 'idempotency-key': 'used-there' } }))
    .body.token.id;
  const { body } = await http.call('GET', `${other}/settings`);
  const { version, ...settings } = body as unknown as Record<string, unknown>;
  const put = (twoPeople: boolean, version: unknown) =>
    http.call('PUT', `${other}/settings`, {
      body: { ...settings, twoPeople },
      as: 'boss:approver',
      headers: { 'if-match': `"${String(version)}"` },
    });
  await put(true, version);
  const loosened = await http.call('PUT', `${other}/settings`, {
    body: { ...settings, twoPeople: false, force: { reason: 'alone again' } },
    as: 'boss:approver',
    headers: { 'if-match': `"${Number(version) + 1}"` },
  });
  proposal = (loosened.body as unknown as { readonly proposal: { readonly id: string } }).proposal.id;
});
afterAll(() => http.app.close());

describe('what another environment has', () => {
  it('is answered as what nobody has, by every route, however it is written', async () => {
    const inOrder = (id: string) => (id.startsWith('tok_') ? `${id.slice(0, -4)}zzzz` : `${id}z`);
    const { asked, faults, before } = await foreignWalkFaults({
      table: registeredTable(await everyRoute(http.app)).join('\n'),
      authorization: `Bearer walker:${roles.join()}@acme`,
      own: 'acme',
      other: 'globex',
      ids: { token: { foreign: token, unknown: inOrder(token) }, proposal: { foreign: proposal, unknown: inOrder(proposal) } },
      usedKey: 'used-there',
      bodies: {
        'PATCH /v1/environments/:environment/tokens/:token': { reason: 'a walk', label: 'c' },
        'POST /v1/environments/:environment/tokens/:token/export': { format: 'json' },
        'POST /v1/environments/:environment/tokens': { reason: 'a walk', label: 'c' },
      },
      ask: async (method, url, headers, payload) => {
        const {
          statusCode,
          headers: answered,
          payload: text,
        } = await http.app
          .getHttpAdapter()
          .getInstance()
          .inject({ method: method as 'GET', url, headers, ...(payload && { payload }) });
        return { status: statusCode, headers: answered, text: text.replaceAll(/[a-z]+_[A-Za-z0-9]{8,}/g, 'id') };
      },
    });
    expect(faults).toEqual([]);
    expect(before).toEqual([]);
    expect(asked).toBeGreaterThan(400);
  }, 120_000);
});
