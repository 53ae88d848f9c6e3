import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EnvironmentId } from '@tallystick/kernel-core';
import { everyRoute } from '@tallystick/platform-http';
import { auditDigest } from '@tallystick/platform-audit';
import { generateKeyRing, parseKeyRing } from '@tallystick/platform-secrets';
import type { RingChange, TokenRingStore } from '@tallystick/tokens-domain';
import { createBreakGlassLimit } from '../audit/break-glass-limit.ts';
import { memoryHttp } from '../test-support/memory-http.ts';

const acme = 'acme' as EnvironmentId;
const tokens = '/v1/environments/acme/tokens';
let http: Awaited<ReturnType<typeof memoryHttp>>;
let refused: (change: RingChange) => boolean;
let elapsed: number;
const digest = auditDigest(parseKeyRing(generateKeyRing()));
let [first, second] = ['', ''];
const add = async (label: string) => (await http.call('POST', tokens, { body: { label } })).body.token.id;
const audit = () => http.memory.outbox(http.memory.shardOf(acme)).map((entry) => JSON.parse(entry) as Record<string, unknown>);

beforeEach(async () => {
  [refused, elapsed] = [() => false, 0];
  const refusing = (store: Pick<TokenRingStore, 'change'>) => ({
    change: (change: RingChange): ReturnType<TokenRingStore['change']> =>
      refused(change) ? Promise.resolve({ kind: 'outbox-full' }) : store.change(change),
  });
  http = await memoryHttp(refusing, undefined, undefined, undefined, {
    breakGlassLimit: createBreakGlassLimit(10, () => elapsed),
    digest,
  });
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

  it('the note says from where the credential came, as nobody can read it who has not the key; the same request from elsewhere is the same', async () => {
    const headers = { 'idempotency-key': 'leak-17' };
    const send = async (remoteAddress: string) => {
      const payload = { reason: 'a test' };
      const authorization = `Bearer ${holder}`;
      const url = `${tokens}/${first}/revoke`;
      const asked = { method: 'POST', url, payload, remoteAddress, headers: { ...headers, authorization } } as const;
      return (await http.app.getHttpAdapter().getInstance().inject(asked)).statusCode;
    };
    expect([await send('203.0.113.7'), await send('203.0.113.8')]).toEqual([200, 200]);
    const notes = audit().filter(({ action }) => action === 'use-break-glass');
    expect(notes).toMatchObject([{ from: digest('203.0.113.7', 'address'), tokens: [first] }]);
    expect(JSON.stringify(audit())).not.toContain('203.0.113');
  });

  it('the credential revokes so many tokens a minute and no more, in all environments together; what is refused is not even noted', async () => {
    const ids = (count: number) => Array.from({ length: count }, (_, at) => `tok_${at}`);
    const several = (count: number, environment = 'acme', as = 'break-glass:token-admin') =>
      http.call('POST', `/v1/environments/${environment}/tokens/revoke`, { as, body: { tokens: ids(count) } });
    expect((await several(9)).status).toBe(404);
    const noted = audit().length;
    for (const environment of ['acme', 'globex']) {
      const { status, headers, text } = await several(2, environment);
      expect([status, headers['retry-after']]).toEqual([429, '6']);
      expect(text).toMatch(/too-many-revocations.*10 tokens a minute/);
    }
    expect((await several(11)).headers['retry-after']).toBe('54');
    expect(audit()).toHaveLength(noted);
    for (const as of [outdated, 'admin:token-admin']) expect((await several(20, 'acme', as)).status).toBe(404);
    expect((await http.call('POST', `${tokens}/${first}/revoke`, { as: holder })).status).toBe(200);
    expect((await http.call('POST', `${tokens}/${second}/revoke`, { as: holder })).status).toBe(429);
    elapsed += 6_000;
    expect((await http.call('POST', `${tokens}/${second}/revoke`, { as: holder })).status).toBe(200);
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
