import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { memoryHttp } from '../../test-support/memory-http.ts';

const base = '/v1/environments/acme';
const path = `${base}/applications/6c1f8a2e-app/deviceRequirements`;
const value = 'q7Zt-x2Lk_9vB.4n';
const other = 'Wb5-qJz8_Lk2.Xp7mR';
const creationTime = '1999-01-01T00:00:00Z';
const mdm = (tokens: readonly string[], more: object = {}) => ({
  enabled: true,
  effectiveDate: '2099-01-31',
  tokens: tokens.map((token) => ({ token, creationTime })),
  ...more,
});
let http: Awaited<ReturnType<typeof memoryHttp>>;
beforeEach(async () => {
  await http?.app.close();
  http = await memoryHttp();
});
afterAll(() => http.app.close());

const put = (
  body: object,
  more: { readonly query?: string; readonly headers?: Record<string, string>; readonly as?: string } = {},
) =>
  http.call('PUT', `${path}${more.query ?? ''}`, {
    body,
    ...(more.headers ? { headers: more.headers } : {}),
    ...(more.as ? { as: more.as } : {}),
  });
const forced = { headers: { 'x-tallystick-force': 'tested elsewhere' } };
const get = (as = 'x:viewer') => http.call('GET', path, { as });

describe('the compatible API', () => {
  it('M31: answers not-found while nothing was defined, in the shape of the reference product', async () => {
    expect(await get()).toMatchObject({
      status: 404,
      body: { id: expect.any(String), code: 'NOT_FOUND', details: [{ code: 'NOT_FOUND' }] },
    });
  });

  it('M5, M33: takes a date as 00:00 UTC of it, or a moment; generation times are its own (P10), values masked', async () => {
    const both = { mobileDeviceManagementRequire: mdm([value]), deviceLockEnableRequire: { enabled: true } };
    expect((await put(both)).body['details']).toMatchObject([{ code: 'SIBLINGS_UNPROVEN' }]);
    const { status, body } = await put(both, forced);
    expect(status).toBe(200);
    expect(body['mobileDeviceManagementRequire']).toMatchObject({ enabled: true, effectiveDate: '2099-01-31T00:00:00.000Z' });
    const read = (await get()).body;
    expect(read).toMatchObject({
      mobileDeviceManagementRequire: {
        tokens: [
          { token: expect.stringMatching(/^urn:tallystick:token:tok_/), creationTime: new Date(http.wall.nowMs).toISOString() },
        ],
      },
      deviceLockEnableRequire: { enabled: true },
    });
    expect(JSON.stringify([body, read])).not.toContain(value);
    const moment = await put(
      { mobileDeviceManagementRequire: mdm([value], { effectiveDate: '2099-01-31T08:00:00+02:00' }) },
      forced,
    );
    expect(moment.body['mobileDeviceManagementRequire']).toMatchObject({ effectiveDate: '2099-01-31T06:00:00.000Z' });
  });

  it.each<[string, object, string]>([
    ['effectiveDate', mdm([value], { effectiveDate: undefined }), 'mobileDeviceManagementRequire.effectiveDate'],
    ['tokens', { enabled: true, effectiveDate: '2099-01-31' }, 'mobileDeviceManagementRequire.tokens'],
    ['any token', mdm([]), 'mobileDeviceManagementRequire.tokens'],
    ['token', { ...mdm([]), tokens: [{ creationTime }] }, 'mobileDeviceManagementRequire.tokens.0.token'],
    ['creationTime', { ...mdm([]), tokens: [{ token: value }] }, 'mobileDeviceManagementRequire.tokens.0.creationTime'],
  ])('M3, M33: refuses an enabled requirement without %s', async (_, requirement, target) => {
    expect(await put({ mobileDeviceManagementRequire: requirement })).toMatchObject({
      status: 400,
      body: { code: 'INVALID_DATA', details: [{ target }] },
    });
  });

  it('M32: clears what is left out, tokens included; and refuses a name that it does not know instead of clearing', async () => {
    await put({ mobileDeviceManagementRequire: mdm([value, other]), deviceLockEnableRequire: { enabled: true } }, forced);
    expect(await put({ mobileDeviceManagementRequired: mdm([value]) })).toMatchObject({
      status: 400,
      body: { code: 'INVALID_DATA' },
    });
    expect((await put({ mobileDeviceManagementRequire: mdm([value]) }, forced)).body).not.toHaveProperty(
      'deviceLockEnableRequire',
    );
    const tokens = (await http.call('GET', `${base}/tokens`)).body.items;
    expect(tokens).toMatchObject([{ state: 'active' }, { state: 'revoked' }]);
    await put({});
    expect((await get()).body['mobileDeviceManagementRequire']).toMatchObject({ enabled: false, tokens: [] });
  });

  it('M34: DELETE clears everything, then GET is not-found', async () => {
    await put({ mobileDeviceManagementRequire: mdm([value]) });
    expect((await http.call('DELETE', path)).status).toBe(204);
    expect((await get()).status).toBe(404);
    expect((await http.call('DELETE', path)).status).toBe(404);
  });

  it('keeps what is observed on observing, and loses nothing when what was read is sent back', async () => {
    await put({ mobileDeviceManagementRequire: mdm([value]) });
    await http.call('PUT', `${base}/requirement`, { body: { mode: 'observe', effectiveAt: '2020-01-01T00:00:00Z' } });
    const before = await http.memory.read('acme' as never);
    const read = (await get()).body;
    expect((await put(read)).body).toEqual(read);
    expect(await http.memory.read('acme' as never)).toEqual(before);
  });

  it('guards what it takes away: 409 with the figures; forced by a reason in the query or a header', async () => {
    await put({ mobileDeviceManagementRequire: mdm([value]) });
    const at = { effectiveDate: '2020-01-01' };
    const body = { mobileDeviceManagementRequire: mdm([value], at) };
    expect(await put(body)).toMatchObject({
      status: 409,
      body: {
        code: 'CONSTRAINT_VIOLATION',
        details: [{ code: 'ADOPTION_UNKNOWN', innerError: { forceable: true, figures: { kind: 'unknown' } } }],
      },
    });
    expect((await put(body, { query: '?force=first%20day', as: 'x:token-admin' })).status).toBe(403);
    const done = await put(body, { headers: { 'x-tallystick-force': 'first day' } });
    expect([done.status, done.headers['x-tallystick-warnings']]).toEqual([200, 'in-force-at-once, adoption-unknown']);
    const audit = http.memory.outbox(http.memory.shardOf('acme' as never));
    expect(JSON.parse(audit.at(-1) ?? '')).toMatchObject({
      action: 'replace-all',
      forced: { refusal: 'adoption-unknown', reason: 'first day' },
    });
  });

  it('answers what the ring refuses in the object as INVALID_DATA, without the value', async () => {
    for (const tokens of [
      ['CompanyPassword2026'],
      ['urn:tallystick:token:tok_aaaaaaaaaaaaaaaa'],
      ['urn:tallystick:token:other'],
    ]) {
      const answer = await put({ mobileDeviceManagementRequire: mdm(tokens) });
      expect([answer.status, answer.body['code']]).toEqual([400, 'INVALID_DATA']);
      expect(answer.text).not.toContain('CompanyPassword2026');
    }
  });

  it('gives values in the readable mode only, to token-admins only, after a note for each reading', async () => {
    await put({ mobileDeviceManagementRequire: mdm([value]) });
    const { version, ...settings } = (await http.call('GET', `${base}/settings`)).body;
    await http.call('PUT', `${base}/settings`, {
      body: { ...settings, readableValues: true },
      headers: { 'if-match': `"${String(version)}"` },
    });
    await put({ mobileDeviceManagementRequire: mdm([value, other]) });
    const shown = async (as: string) =>
      ((await get(as)).body['mobileDeviceManagementRequire'] as { tokens: { token: string }[] }).tokens.map(({ token }) => token);
    const masked = expect.stringMatching(/^urn:/);
    expect(await shown('x:viewer')).toEqual([masked, masked]);
    expect(await shown('reader:token-admin')).toEqual([masked, other]); // the first was made before the mode: no copy is kept
    const audit = http.memory.outbox(http.memory.shardOf('acme' as never)).map((entry) => JSON.parse(entry) as object);
    expect(audit.filter((entry) => 'action' in entry && entry.action === 'read-values')).toMatchObject([
      { actor: 'reader', tokens: [expect.any(String)] },
    ]);
    expect((await put((await get('reader:token-admin')).body)).status).toBe(200);
    expect((await http.call('GET', `${base}/tokens`)).body.items).toMatchObject([{ state: 'active' }, { state: 'active' }]);
  });

  it('answers 401, 413, 415 and faults of JSON in the same shape', async () => {
    const big = await put({ mobileDeviceManagementRequire: mdm(['x'.repeat(70_000)]) });
    expect([big.status, big.body['code']]).toEqual([413, 'REQUEST_TOO_LARGE']);
    expect((await put({ a: 1 }, { as: 'x:viewer' })).body['code']).toBe('ACCESS_FAILED');
  });
});
