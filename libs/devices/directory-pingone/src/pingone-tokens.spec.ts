import { describe, expect, it } from '@jest/globals';
import type { OutboundAnswer } from '@tallystick/platform-outbound';
import { answer, environmentId, ScriptedPingOne, token, user, users } from './scripted-pingone.fixture.ts';

const absent = { ok: true, value: { kind: 'absent' } };
const bearers = (it: ScriptedPingOne): readonly (string | undefined)[] =>
  it.requests.filter((request) => request.method !== 'POST').map((request) => request.headers?.['authorization']);

describe('logins (c.1)', () => {
  it('are by the client in a Basic header, each part form-encoded, and with the secret as it is now', async () => {
    let secret = 'a:b &é';
    const scripted = new ScriptedPingOne([token('t', 1), users(), token(), users()], { clientSecret: () => secret });
    await scripted.directory.observe('ada');
    secret = 'new';
    scripted.nowMs = 1_000;
    await scripted.directory.observe('ada');
    const [first, second] = scripted.logins;
    expect(first).toMatchObject({
      method: 'POST',
      url: `https://auth.pingone.eu/${environmentId}/as/token`,
      body: 'grant_type=client_credentials',
    });
    const basic = (header: string | undefined): string => Buffer.from((header ?? '').replace('Basic ', ''), 'base64').toString();
    expect(basic(first?.headers?.['authorization'])).toBe('client%3A1:a%3Ab+%26%C3%A9');
    expect(basic(second?.headers?.['authorization'])).toBe('client%3A1:new');
  });

  it('are by the body where the application is set up so', async () => {
    const scripted = new ScriptedPingOne([token(), users()], { clientAuthentication: 'post' });
    await scripted.directory.observe('ada');
    expect(scripted.logins[0]?.headers).not.toHaveProperty('authorization');
    const form = new URLSearchParams(scripted.logins[0]?.body);
    expect([form.get('client_id'), form.get('client_secret')]).toEqual(['client:1', 'the secret & more']);
  });

  it('happen once for all who ask at the same time', async () => {
    const scripted = new ScriptedPingOne([token(), users(), users(), users()]);
    const all = await Promise.all(['a', 'b', 'c'].map((it) => scripted.directory.observe(it)));
    expect(all).toEqual([absent, absent, absent]);
    expect(scripted.logins).toHaveLength(1);
  });

  it('happen again a minute before the end of a token, and not before', async () => {
    const scripted = new ScriptedPingOne([token('one'), users(), users(), token('two'), users()]);
    await scripted.directory.observe('ada');
    scripted.nowMs = 3_539_000;
    await scripted.directory.observe('ada');
    scripted.nowMs = 3_541_000;
    await scripted.directory.observe('ada');
    expect(bearers(scripted)).toEqual(['Bearer one', 'Bearer one', 'Bearer two']);
  });

  it('that fail leave a token that still holds in use, and one that is over not', async () => {
    const scripted = new ScriptedPingOne([token('one'), users(), answer(503, ''), users(), answer(503, '')]);
    await scripted.directory.observe('ada');
    scripted.nowMs = 3_599_000;
    expect(await scripted.directory.observe('ada')).toEqual(absent);
    scripted.nowMs = 3_600_000;
    expect(await scripted.directory.observe('ada')).toEqual({ ok: false, error: { kind: 'unavailable' } });
    expect(bearers(scripted)).toEqual(['Bearer one', 'Bearer one']);
  });

  it('that hang cost everybody no more than his own deadline (R27)', async () => {
    const scripted = new ScriptedPingOne(['hang'], {}, 50);
    const all = await Promise.all(['a', 'b'].map((it) => scripted.directory.observe(it)));
    expect(all.map((it) => !it.ok && it.error.kind)).toEqual(['unavailable', 'unavailable']);
    expect(scripted.logins).toHaveLength(1);
  });

  it.each<[string, OutboundAnswer, object]>([
    ['401', answer(401, { error: 'invalid_client' }), { kind: 'credentials-refused' }],
    ['400', answer(400, { error: 'unsupported_grant_type' }), { kind: 'credentials-refused' }],
    ['429', answer(429, '', 7_000), { kind: 'unavailable', retryAfterMs: 7_000, rateLimited: true }],
    ['404', answer(404, 'no such page'), { kind: 'unavailable' }],
    ['a page', answer(200, '<html>'), { kind: 'unavailable' }],
    ['a token that can not be a header', token('a\r\nb'), { kind: 'unavailable' }],
  ])('answered by %s', async (_, login, error) => {
    expect(await new ScriptedPingOne([login]).directory.observe('ada')).toEqual({ ok: false, error });
  });

  it('without a secret are not tried (R32)', async () => {
    const scripted = new ScriptedPingOne([], { clientSecret: () => undefined });
    expect(await scripted.directory.observe('ada')).toEqual({ ok: false, error: { kind: 'credentials-refused' } });
    expect(scripted.requests).toEqual([]);
  });
});

describe('a refused token', () => {
  const refused = answer(401, { code: 'INVALID_TOKEN' });

  it('is replaced once, and the call is made again, a write too: nothing was done at the door', async () => {
    const scripted = new ScriptedPingOne([token('one'), users(user()), refused, token('two'), answer(200, {})]);
    expect(await scripted.directory.suspendUser('ada')).toEqual({ ok: true, value: undefined });
    expect(scripted.requests.map((it) => it.headers?.['authorization']).filter((it) => it?.startsWith('Bearer'))).toEqual([
      'Bearer one',
      'Bearer one',
      'Bearer two',
    ]);
  });

  it('and a refused one after it are a fault of the connection (R32)', async () => {
    const scripted = new ScriptedPingOne([token('one'), refused, token('two'), refused, token('three')]);
    expect(await scripted.directory.observe('ada')).toEqual({ ok: false, error: { kind: 'credentials-refused' } });
    expect(scripted.requests).toHaveLength(4);
  });

  it('is replaced once for all who were refused with it', async () => {
    const scripted = new ScriptedPingOne([token('one'), refused, refused, token('two'), users(), users()]);
    const all = await Promise.all(['a', 'b'].map((it) => scripted.directory.observe(it)));
    expect(all).toEqual([absent, absent]);
    expect(scripted.logins).toHaveLength(2);
  });
});
