import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EnvironmentId } from '@tallystick/kernel-core';
import { everyRoute } from '@tallystick/platform-http';
import type { RingChange } from '@tallystick/tokens-domain';
import { memoryHttp } from '../test-support/memory-http.ts';

const acme = 'acme' as EnvironmentId;
const tokens = '/v1/environments/acme/tokens';
let http: Awaited<ReturnType<typeof memoryHttp>>;
let refused: (change: RingChange) => boolean;
let [first, second] = ['', ''];
const add = async (label: string) => (await http.call('POST', tokens, { body: { label } })).body.token.id;
const audit = () => http.memory.outbox(http.memory.shardOf(acme)).map((entry) => JSON.parse(entry) as Record<string, unknown>);

beforeEach(async () => {
  refused = () => false;
  http = await memoryHttp((store) => ({
    change: (change) => (refused(change) ? Promise.resolve({ kind: 'outbox-full' }) : store.change(change)),
  }));
  [first, second] = [await add('first'), await add('second')];
});
afterEach(() => http.app.close());

const holder = 'break-glass:token-admin@acme';
const outdated = 'stale:token-admin,approver@acme';

describe('while the issuer is away', () => {
  it('two routes are open, which revoke by id and do nothing else', async () => {
    const open = (await everyRoute(http.app)).filter(
      ({ access }) => access !== 'closed' && access.kind === 'roles' && access.revokes,
    );
    expect(open.map(({ method, pattern }) => `${method} ${pattern}`).sort()).toEqual([
      'POST /v1/environments/:environment/tokens/:token/revoke',
      'POST /v1/environments/:environment/tokens/revoke',
    ]);
  });

  it('the audit has a note that the credential is used before the change that it makes, and says how each caller is known', async () => {
    expect((await http.call('POST', `${tokens}/${first}/revoke`, { as: holder })).status).toBe(200);
    const third = await add('third');
    expect((await http.call('POST', `${tokens}/revoke`, { as: outdated, body: { tokens: [third] } })).status).toBe(200);
    expect(audit().slice(2)).toMatchObject([
      { action: 'use-break-glass', actor: 'break-glass', via: 'break-glass', tokens: [first], reason: 'a test', result: 'noted' },
      { action: 'revoke-tokens', actor: 'break-glass', via: 'break-glass', revoked: [first] },
      { action: 'add-token', actor: 'admin' },
      { action: 'revoke-tokens', actor: 'stale', keys: 'stale', revoked: [third] },
    ]);
    expect(audit().filter(({ via, keys }) => via ?? keys)).toHaveLength(3);
  });

  it('a use that changes nothing, or is refused, is noted as well', async () => {
    await http.call('POST', `${tokens}/${first}/revoke`);
    expect((await http.call('POST', `${tokens}/${first}/revoke`, { as: holder })).status).toBe(200);
    expect((await http.call('POST', `${tokens}/${second}/revoke`, { as: holder })).status).toBe(200);
    expect((await http.call('POST', `${tokens}/tok_none/revoke`, { as: holder })).status).toBe(404);
    expect(audit().filter(({ action }) => action === 'use-break-glass')).toMatchObject([
      { tokens: [first] },
      { tokens: [second] },
      { tokens: ['tok_none'] },
    ]);
  });

  it('nothing is revoked that could not be noted before', async () => {
    refused = ({ audit }) => audit.includes('use-break-glass');
    const { status } = await http.call('POST', `${tokens}/${first}/revoke`, { as: holder });
    expect(status).toBeGreaterThanOrEqual(500);
    expect((await http.store.read(acme))!.tokens.map(({ state }) => state.kind)).toEqual(['active', 'active']);
  });

  it('nothing is forced and no value is made', async () => {
    await http.call('PUT', '/v1/environments/acme/requirement', { body: { mode: 'observe' } });
    for (const as of [holder, outdated]) {
      const force = { force: { reason: 'now' } };
      expect((await http.call('POST', `${tokens}/${first}/revoke`, { as, body: force })).status).toBe(403);
      expect((await http.call('POST', `${tokens}/revoke`, { as, body: { tokens: [first], ...force } })).status).toBe(403);
    }
    const answers = [
      await http.call('POST', `${tokens}/revoke`, { as: holder, body: { tokens: [first, second] } }),
      await http.call('POST', `${tokens}/revoke`, { as: outdated, body: { tokens: [first, second] } }),
    ];
    expect(answers.map(({ text }) => /"value":"/.test(text))).toEqual([false, false]);
  });
});
