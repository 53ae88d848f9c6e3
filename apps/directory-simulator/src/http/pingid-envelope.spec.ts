import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { file, type RunningSimulator, startSimulator } from '../test-support/running-simulator.ts';

let simulator: RunningSimulator;
beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.app.close());
beforeEach(() => simulator.client.admin('POST', '/reset', { settings: 'start', seed: 'test' }));

const call = (op: string, body: object | string) => simulator.client.call(op, body);
const ok = (op: string, body: object | string) => simulator.client.ok(op, body);
const outcome = (op: string, body: object | string) => simulator.client.outcome(op, body);
const user = async (userName: string) => (await ok('getuserdetails', { userName, getSameDeviceUsers: false })).userDetails;
const pairEmail = async (username: string, pairingData: string) =>
  (await ok('offlinepairing', { username, type: 'EMAIL', pairingData })).deviceId;
const add = (username: string) => ok('adduser', { username, activateUser: false, role: 'REGULAR' });

describe('the response envelope', () => {
  it('is a compact JWS signed with the shared key, with alg, org_alias and token in its header and the result wrapped', async () => {
    const answer = await call('adduser', { username: 'u', activateUser: true, role: 'REGULAR', clientData: 'mine' });
    expect(answer).toMatchObject({
      status: 200,
      form: 'jws',
      header: { alg: 'HS256', org_alias: file.orgAlias, token: file.token },
    });
    expect(Object.keys(answer.header ?? {})).toEqual(['alg', 'org_alias', 'token']);
    expect(Object.keys(answer.body)).toEqual(['responseBody']);
    expect(answer.body.responseBody).toMatchObject({ errorId: 200, errorMsg: 'ok', clientData: 'mine' });
    expect(answer.body.responseBody.uniqueMsgId).toMatch(/^webs_[\w-]{43}$/);
  });

  it('has another uniqueMsgId every time, and clientData null when none was sent', async () => {
    const [first, second] = [await call('getuserdetails', { userName: 'u' }), await call('getuserdetails', { userName: 'u' })];
    expect(first.body.responseBody.uniqueMsgId).not.toBe(second.body.responseBody.uniqueMsgId);
    expect(first.body.responseBody.clientData).toBeNull();
  });

  it.each(['"text"', '{"deep":[1,{"id":285234913243546570}]}', '1.10', 'true'])(
    'echoes clientData %s to the letter, on errors too',
    async (clientData) => {
      await simulator.client.admin('PUT', '/settings', { errorBodies: 'raw' });
      const answer = await call('getuserdetails', `{"userName":"nobody","clientData":${clientData}}`);
      expect(answer.status).toBe(400);
      expect(answer.text).toContain(`"clientData":${clientData}`);
    },
  );
});

describe('error bodies', () => {
  const recorded = {
    responseBody: {
      userDetails: null,
      sameDeviceUsersDetails: [],
      uniqueMsgId: expect.stringMatching(/^webs_[\w-]{43}$/),
      errorMsg: 'User not exists.',
      errorId: 10564,
      clientData: null,
    },
  };
  const forms = async (count: number) => {
    const seen: string[] = [];
    for (let n = 0; n < count; n += 1) {
      const { status, form, body } = await call('getuserdetails', { userName: 'nobody' });
      expect(status).toBe(400);
      expect(body).toEqual(recorded);
      seen.push(form);
    }
    return seen;
  };

  it('have the recorded structure, and are signed and raw in turn by default', async () => {
    expect(await forms(5)).toEqual(['jws', 'raw', 'jws', 'raw', 'jws']);
  });

  it.each([
    ['signed', 'jws'],
    ['raw', 'raw'],
  ])('are always of one form when the setting is %s', async (errorBodies, form) => {
    await simulator.client.admin('PUT', '/settings', { errorBodies });
    expect(await forms(3)).toEqual([form, form, form]);
  });

  it('cannot be told apart by their headers', async () => {
    const [signed, raw] = [
      await call('getuserdetails', { userName: 'nobody' }),
      await call('getuserdetails', { userName: 'nobody' }),
    ];
    expect([signed.form, raw.form]).toEqual(['jws', 'raw']);
    expect(signed.response.headers.get('content-type')).toBe(raw.response.headers.get('content-type'));
  });
});

describe('what a request may look like', () => {
  const { orgAlias, token } = file;
  const body = { username: 'lenient', activateUser: false, role: 'REGULAR' };
  const reqHeader = (change: object) => ({ locale: 'en', orgAlias, secretKey: token, version: '4.9', ...change });

  it.each([
    ['header key orgAlias', { header: { alg: 'HS256', orgAlias, token } }],
    ['both header keys', { header: { alg: 'HS256', orgAlias, org_alias: orgAlias, token } }],
    ['typ JWT', { header: { typ: 'JWT', alg: 'HS256', org_alias: orgAlias, token } }],
    ['the token in reqHeader only', { header: { alg: 'HS256' } }],
    ['the documented timestamp', { reqHeader: reqHeader({ timestamp: '2015-09-03 11:57:25.229' }) }],
    ['an ISO 8601 timestamp', { reqHeader: reqHeader({ timestamp: '2026-01-01T00:00:00.000Z' }) }],
    ['a timestamp with a zone', { reqHeader: reqHeader({ timestamp: '2026-01-01 00:00:00Z' }) }],
    ['a .NET timestamp', { reqHeader: reqHeader({ timestamp: '/Date(1441281445229)/' }) }],
    ['no timestamp', { reqHeader: reqHeader({}) }],
    ['version 4.6', { reqHeader: reqHeader({ version: '4.6' }) }],
    ['version 4.9.17', { reqHeader: reqHeader({ version: '4.9.17' }) }],
    [
      'sessionId, apiUserId and clientVersion',
      { reqHeader: reqHeader({ sessionId: null, apiUserId: '7', clientVersion: '1.1' }) },
    ],
  ])('accepts %s', async (_case, change) => {
    const answer = await simulator.client.post('adduser', simulator.client.token(body, change));
    expect(answer.status).toBe(200);
  });

  it.each([
    ['application/json', { 'content-type': 'application/json' }],
    ['application/json with a charset', { 'content-type': 'application/json; charset=UTF-8' }],
    ['text/plain', { 'content-type': 'text/plain' }],
    ['application/jose', { 'content-type': 'application/jose' }],
    ['application/x-www-form-urlencoded', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['none', {}],
  ])('accepts content type %s', async (_case, headers) => {
    const answer = await simulator.client.post('adduser', simulator.client.token(body), headers);
    expect(answer.status).toBe(200);
  });

  it.each([
    ['username', '"username":"k"'],
    ['userName', '"userName":"k"'],
    ['UserName', '"UserName":"k"'],
  ])('accepts the key %s', async (_key, field) => {
    await add('k');
    expect(await outcome('getuserdetails', `{${field}}`)).toEqual([200, 200]);
  });

  it('accepts fName and fname, lName and lname', async () => {
    await ok('adduser', { username: 'camel', activateUser: false, fName: 'A', lName: 'B' });
    await ok('adduser', { username: 'lower', activateUser: false, fname: 'A', lname: 'B' });
    expect(await user('camel')).toMatchObject({ fname: 'A', lname: 'B' });
    expect(await user('lower')).toMatchObject({ fname: 'A', lname: 'B' });
  });

  it.each([
    ['true', 'PENDING_ACTIVATION'],
    ['"true"', 'PENDING_ACTIVATION'],
    ['"True"', 'PENDING_ACTIVATION'],
    ['false', 'NOT_ACTIVE'],
    ['"false"', 'NOT_ACTIVE'],
    ['null', 'NOT_ACTIVE'],
  ])('reads activateUser %s', async (activateUser, status) => {
    expect((await ok('adduser', `{"username":"flag","activateUser":${activateUser}}`)).userDetails.status).toBe(status);
  });

  it.each([
    ['a string', (id: string) => `"${id}"`],
    ['a bare number', (id: string) => id],
  ])('reads deviceId as %s without loss', async (_form, write) => {
    await add('u');
    const id = await pairEmail('u', 'u@example.com');
    expect(
      await outcome(
        'updatedeviceattr',
        `{"userName":"u","deviceId":${write(id)},"attributeName":"NICKNAME","attributeValue":"N"}`,
      ),
    ).toEqual([200, 200]);
    expect((await user('u')).devicesDetails[0]?.nickname).toBe('N');
  });
});

describe('refused requests', () => {
  it.each([
    ['another key', () => simulator.client.token({ userName: 'u' }, { key: Buffer.alloc(32) }), 403, 99401],
    [
      'another token',
      () => simulator.client.token({ userName: 'u' }, { header: { alg: 'HS256', org_alias: file.orgAlias, token: 'x' } }),
      403,
      99403,
    ],
    ['no JWS', () => '{"userName":"u"}', 400, 400],
    ['an empty body', () => '', 400, 400],
  ])('%s: raw JSON, nothing signed, nothing echoed', async (_case, body, status, errorId) => {
    const answer = await simulator.client.post('getuserdetails', body());
    expect(answer).toMatchObject({ status, form: 'raw', body: { responseBody: { errorId, clientData: null } } });
  });

  it.each(['nonsense', 'AddUser', 'getorgreport'])('operation %s: 404 with an error body', async (op) => {
    expect(await outcome(op, { username: 'u' })).toEqual([404, 99404]);
  });
});
