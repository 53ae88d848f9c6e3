import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mfaCredentials, type RunningSimulator, startSimulator } from '../test-support/running-simulator.ts';

let simulator: RunningSimulator;
beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.app.close());
beforeEach(() => simulator.client.admin('POST', '/reset', { settings: 'start', seed: 'test' }));

const { environmentId, populationId } = mfaCredentials;
const ok = (method: string, path: string, body?: unknown) => simulator.pingone.ok(method, path, body);
const outcome = (method: string, path: string, body?: unknown) => simulator.pingone.outcome(method, path, body);
const find = async (username: string) =>
  (await ok('GET', `/users?filter=${encodeURIComponent(`username eq "${username}"`)}`))._embedded.users;
const create = (body: object = {}) => ok('POST', '/users', { username: 'ada', population: { id: populationId }, ...body });

describe('a PingOne user', () => {
  it('is created in its population, enabled and without MFA (c.2), with HAL links and a UUID', async () => {
    const user = await create({ email: 'ada@example.com', name: { given: 'Ada', family: 'L' } });
    expect(user).toMatchObject({
      username: 'ada',
      email: 'ada@example.com',
      name: { given: 'Ada', family: 'L' },
      enabled: true,
      mfaEnabled: false,
      lifecycle: { status: 'ACCOUNT_OK' },
      population: { id: populationId },
      environment: { id: environmentId },
      createdAt: '2019-04-03T17:54:34.536Z',
    });
    expect(user.id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    const self = user._links['self']?.href ?? '';
    expect(self).toContain(`/v1/environments/${environmentId}/users/${user.id}`);
    expect(await ok('GET', `/users/${user.id}`)).toEqual(user);
  });

  it('shows what it does not have as absent, not as null', async () => {
    expect(Object.keys(await create())).not.toEqual(expect.arrayContaining(['email']));
    expect(JSON.stringify(await create({ username: 'other' }))).not.toContain('null');
  });

  it('may be created disabled and with MFA (c.2)', async () => {
    expect(await create({ enabled: false, mfaEnabled: true })).toMatchObject({ enabled: false, mfaEnabled: true });
  });

  it('has a username that is unique without case, and is found without case', async () => {
    const user = await create({ username: 'Ada@Example.com' });
    expect(await outcome('POST', '/users', { username: 'ada@example.COM' })).toEqual([400, 'UNIQUENESS_VIOLATION']);
    expect((await find('ADA@example.com')).map(({ id }) => id)).toEqual([user.id]);
    expect(await find('ada')).toEqual([]);
  });

  it.each(['with "quotes" and \\ in it', "o'neil", 'ü'])('is found by the name %s', async (username) => {
    await create({ username });
    const escaped = username.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
    expect((await find(escaped)).map((user) => user.username)).toEqual([username]);
  });

  it.each(['username sw "a"', 'username eq ada', 'email eq "a"', 'username eq "a" or username eq "b"'])(
    'is not looked for by the filter %s',
    async (filter) => {
      expect(await outcome('GET', `/users?filter=${encodeURIComponent(filter)}`)).toEqual([400, 'INVALID_FILTER']);
    },
  );

  it('is listed in pages that a link leads through', async () => {
    await simulator.client.admin('POST', '/reset', { generate: { count: 5 } });
    const names: string[] = [];
    let path: string | undefined = '/users?limit=2';
    while (path !== undefined) {
      const page = await ok('GET', path);
      names.push(...page._embedded.users.map(({ username }) => username));
      path = page._links['next']?.href.split(environmentId)[1];
    }
    expect(names).toEqual(['user-000001', 'user-000002', 'user-000003', 'user-000004', 'user-000005']);
  });

  it('keeps what PATCH does not name (unlike P28), clears what is null, and can be renamed', async () => {
    const { id } = await create({ email: 'ada@example.com', name: { given: 'Ada', family: 'L' } });
    const patch = (body: object) => ok('PATCH', `/users/${id}`, body);
    expect(await patch({ name: { given: 'Augusta' } })).toMatchObject({
      email: 'ada@example.com',
      name: { given: 'Augusta', family: 'L' },
    });
    expect(await patch({ email: null })).not.toHaveProperty('email');
    expect(await patch({ username: 'augusta' })).toMatchObject({ id, username: 'augusta' });
    expect(await find('ada')).toEqual([]);
    expect((await find('augusta')).map((user) => user.id)).toEqual([id]);
    expect((await create()).id).not.toBe(id);
  });

  it('may change the case of its name, and may not take the name of another', async () => {
    const { id } = await create();
    await create({ username: 'bob' });
    expect(await ok('PATCH', `/users/${id}`, { username: 'ADA' })).toMatchObject({ username: 'ADA' });
    expect(await outcome('PATCH', `/users/${id}`, { username: 'Bob' })).toEqual([400, 'UNIQUENESS_VIOLATION']);
  });

  it.each([{ mfaEnabled: true }, { enabled: false }, { id: 'x' }, { email: 'no address' }, { name: 'Ada' }, { username: null }])(
    'is not changed by PATCH with %j',
    async (body) => {
      const user = await create();
      expect((await outcome('PATCH', `/users/${user.id}`, body))[0]).toBe(400);
      expect(await ok('GET', `/users/${user.id}`)).toEqual(user);
    },
  );

  it.each([
    [{}, 'REQUIRED_VALUE'],
    [{ username: '' }, 'REQUIRED_VALUE'],
    [{ username: 7 }, 'INVALID_VALUE'],
    [{ username: 'x'.repeat(129) }, 'SIZE_LIMIT_EXCEEDED'],
    [{ username: 'x', population: { id: 'default' } }, 'INVALID_VALUE'],
    ['no JSON', 'INVALID_REQUEST'],
    ['[]', 'INVALID_REQUEST'],
  ])('is not created from %j', async (body, code) => {
    expect(await outcome('POST', '/users', body)).toEqual([400, code]);
  });

  it('is disabled and enabled again, which PingID shows as SUSPENDED and not', async () => {
    const { id } = await create();
    const status = async () => (await simulator.client.admin('GET', '/users/ada')).body.status;
    expect(await ok('PUT', `/users/${id}/enabled`, { enabled: false })).toMatchObject({ enabled: false });
    expect((await ok('GET', `/users/${id}`)).enabled).toBe(false);
    expect((await ok('GET', `/users/${id}/enabled`)).enabled).toBe(false);
    expect(await status()).toBe('SUSPENDED');
    await ok('PUT', `/users/${id}/enabled`, { enabled: true });
    expect(await status()).not.toBe('SUSPENDED');
    expect(await outcome('PUT', `/users/${id}/enabled`, { enabled: 'true' })).toEqual([400, 'INVALID_VALUE']);
    expect(await outcome('PUT', `/users/${id}/enabled`, {})).toEqual([400, 'REQUIRED_VALUE']);
  });

  it('gets MFA by its own path only', async () => {
    const { id } = await create();
    expect((await ok('GET', `/users/${id}/mfaEnabled`)).mfaEnabled).toBe(false);
    await ok('PUT', `/users/${id}/mfaEnabled`, { mfaEnabled: true });
    expect((await ok('GET', `/users/${id}/mfaEnabled`)).mfaEnabled).toBe(true);
    expect((await ok('GET', `/users/${id}`)).mfaEnabled).toBe(true);
  });

  it('is gone after DELETE, with its name free', async () => {
    const { id } = await create();
    expect(await outcome('DELETE', `/users/${id}`)).toEqual([204, undefined]);
    expect(await outcome('GET', `/users/${id}`)).toEqual([404, 'NOT_FOUND']);
    expect(await outcome('DELETE', `/users/${id}`)).toEqual([404, 'NOT_FOUND']);
    expect((await create()).id).not.toBe(id);
  });

  it('is not found for as long as the tenant lags', async () => {
    await simulator.client.admin('PUT', '/settings', { userVisibilityLagMs: 500 });
    const { id } = await create();
    expect(await find('ada')).toEqual([]);
    expect(await outcome('POST', '/users', { username: 'ada' })).toEqual([400, 'UNIQUENESS_VIOLATION']);
    simulator.advance(500);
    expect((await find('ada')).map((user) => user.id)).toEqual([id]);
  });

  it('is a user of PingID too, and the other way round', async () => {
    await create({ email: 'ada@example.com', name: { given: 'Ada' } });
    expect((await simulator.client.ok('getuserdetails', { userName: 'ada' })).userDetails).toMatchObject({
      userName: 'ada',
      email: 'ada@example.com',
      fname: 'Ada',
    });
    await simulator.client.ok('adduser', { username: 'Bob', activateUser: false, fname: 'B' });
    expect(await find('bob')).toMatchObject([{ username: 'Bob', name: { given: 'B' }, enabled: true, mfaEnabled: false }]);
    await simulator.client.ok('deleteuser', { userName: 'Bob' });
    expect(await find('bob')).toEqual([]);
  });
});
