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

  describe('the credential revokes so many tokens a minute and no more', () => {
    let ids: string[];
    beforeEach(async () => {
      ids = [first, second];
      while (ids.length < 14) ids.push(await add(`token ${ids.length}`));
    });
    const several = (some: readonly string[], { as = 'break-glass:token-admin', key = '', environment = 'acme' } = {}) =>
      http.call('POST', `/v1/environments/${environment}/tokens/revoke`, {
        as,
        body: { tokens: some },
        ...(key !== '' && { headers: { 'idempotency-key': key } }),
      });
    const madeUp = (count: number) => Array.from({ length: count }, (_, at) => `tok_${at}`);

    it('in all environments together; what is refused is not even noted', async () => {
      const globex = await http.call('POST', '/v1/environments/globex/tokens', { body: { label: 'elsewhere' } });
      expect((await several(ids.slice(0, 9))).status).toBe(200);
      expect((await several([globex.body.token.id], { environment: 'globex' })).status).toBe(200);
      const noted = audit().length;
      const { status, headers, text } = await several(ids.slice(9, 11));
      expect([status, headers['retry-after']]).toEqual([429, '12']);
      expect(text).toMatch(/too-many-revocations.*Nothing was revoked by this request.*10 tokens a minute/);
      expect(audit()).toHaveLength(noted);
      for (const [at, as] of [outdated, 'admin:token-admin'].entries())
        expect((await several(ids.slice(12 + at, 13 + at), { as })).status).toBe(200);
      elapsed += 12_000;
      expect((await several(ids.slice(9, 11))).status).toBe(200);
    });

    it('for each credential apart: who has stolen one takes nothing from the holder of the other', async () => {
      expect((await several(ids.slice(0, 10))).status).toBe(200);
      expect((await several(ids.slice(10, 12))).status).toBe(429);
      expect((await several(ids.slice(10, 12), { as: 'break-glass-next:token-admin' })).status).toBe(200);
    });

    it('the same request once more takes nothing, whatever became of it, and is answered as it was', async () => {
      refused = ({ audit }) => audit.includes('revoke-tokens');
      for (let again = 0; again < 3; again++) expect((await several(ids.slice(0, 10), { key: 'leak-17' })).status).toBe(503);
      expect((await several(ids.slice(0, 10))).status).toBe(429);
      refused = () => false;
      for (let again = 0; again < 3; again++) expect((await several(ids.slice(0, 10), { key: 'leak-17' })).status).toBe(200);
      expect((await several(ids.slice(10, 11), { key: 'leak-17' })).status).toBe(429);
      elapsed += 60_000;
      expect((await several(ids.slice(10, 11), { key: 'leak-17' })).status).toBe(422);
      expect((await several(ids.slice(4, 14))).status).toBe(200);
    });

    it('ids that are made up, or of tokens that are revoked, or of no ring, take nothing, and use no room that is kept for revocations', async () => {
      let emergencies = 0;
      refused = ({ mayUseReserve, audit }) => {
        if (mayUseReserve && audit.includes('use-break-glass')) emergencies++;
        return false;
      };
      for (const environment of ['acme', 'nowhere']) expect((await several(madeUp(9), { environment })).status).toBe(404);
      expect((await several(madeUp(20))).status).toBe(404);
      expect(emergencies).toBe(0);
      expect((await several(ids.slice(0, 5))).status).toBe(200);
      expect((await several(ids.slice(0, 5))).status).toBe(200);
      expect(emergencies).toBe(1);
      expect((await several(ids.slice(5, 10))).status).toBe(200);
    });

    it('a note that came to nothing gives back what it took', async () => {
      refused = ({ audit }) => audit.includes('use-break-glass');
      for (let again = 0; again < 3; again++) expect((await several(ids.slice(0, 10))).status).toBe(503);
      refused = () => {
        throw new Error('the store is away');
      };
      for (let again = 0; again < 3; again++) expect((await several(ids.slice(0, 10))).status).toBe(503);
      refused = () => false;
      expect((await several(ids.slice(0, 10))).status).toBe(200);
      expect((await several(ids.slice(10, 11))).status).toBe(429);
    });
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
