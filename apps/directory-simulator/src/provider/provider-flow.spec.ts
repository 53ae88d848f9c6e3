import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type RunningSimulator, startSimulator } from '../test-support/running-simulator.ts';
import { json, startStubValidator, type StubValidator } from '../test-support/stub-validator.ts';

interface FlowJson {
  readonly status: string;
  readonly deviceId: string;
  readonly verdictMs: number;
  readonly totalMs: number;
}

const folder = mkdtempSync(join(tmpdir(), 'caller-'));
const tokenFile = join(folder, 'token');
const secret = 'tsk_a-token-that-must-not-show';
let simulator: RunningSimulator;
let validators: [StubValidator, StubValidator];

beforeAll(async () => {
  validators = [await startStubValidator(), await startStubValidator()];
  simulator = await startSimulator({
    validator: { urls: [validators[0].url, `${validators[1].url}/`], timeoutMs: 200, callerToken: { file: tokenFile } },
  });
});
afterAll(async () => {
  await simulator.app.close();
  await Promise.all(validators.map((validator) => validator.close()));
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  writeFileSync(tokenFile, 'caller-1\n');
  for (const validator of validators) {
    validator.answer = json(200, { verdict: 'allow' });
    validator.asked.length = 0;
  }
  await simulator.client.admin('POST', '/reset', {
    users: [
      {
        username: 'u',
        devices: [
          { type: 'iPhone', model: 'iPhone 15', osVersion: '17.4', appVersion: '2.1', deviceId: '285234913243546570' },
          { type: 'SMS', phone: '+12025550123', deviceId: '77' },
        ],
      },
    ],
  });
});

async function post(path: string, body: object) {
  const response = await fetch(`${simulator.client.base}${path}`, { method: 'POST', body: JSON.stringify(body) });
  return { status: response.status, body: (await response.json()) as FlowJson };
}
const device = { type: 'Android', model: 'Pixel 9', osVersion: '15', appVersion: '2.2' };
const pair = (change: object = {}) =>
  post('/pairing', { environment: 'acme', username: 'u', presentedToken: secret, device, validator: 0, ...change });
const authenticate = (change: object = {}) =>
  post('/authentication', {
    environment: 'acme',
    username: 'u',
    deviceId: '285234913243546570',
    presentedToken: secret,
    validator: 0,
    ...change,
  });
const user = async () => (await simulator.client.admin('GET', '/users/u')).body;

describe('pairing', () => {
  it('asks the validator of the environment as an authenticated caller, and pairs a device named after its model', async () => {
    const answer = await pair();
    expect(answer).toEqual({
      status: 200,
      body: {
        status: 'PAIRED',
        deviceId: expect.stringMatching(/^\d+$/),
        nickname: 'Pixel 9',
        validator: 0,
        verdictMs: expect.any(Number),
        totalMs: expect.any(Number),
      },
    });
    expect(answer.body.totalMs).toBeGreaterThanOrEqual(answer.body.verdictMs);
    expect(validators[0].asked).toEqual([
      {
        path: '/v1/environments/acme/verdicts',
        authorization: 'Bearer caller-1',
        body: {
          kind: 'pairing',
          method: 'mobile-app',
          presentedToken: secret,
          device: { platform: 'android', model: 'Pixel 9', osVersion: '15', appVersion: '2.2' },
        },
      },
    ]);
    expect((await user()).devicesDetails.at(-1)).toMatchObject({
      deviceId: answer.body.deviceId,
      type: 'Android',
      nickname: 'Pixel 9',
      deviceModel: 'Pixel 9',
      osVersion: '15',
      appVersion: '2.2',
      pushEnabled: true,
      deviceRole: 'SECONDARY',
    });
  });

  it('presents the empty string for an app without a token (M11), and escapes the environment', async () => {
    await pair({ presentedToken: undefined, environment: 'a/b c' });
    await pair({ presentedToken: null });
    expect(validators[0].asked.map((asked) => [asked.path, asked.body.presentedToken])).toEqual([
      ['/v1/environments/a%2Fb%20c/verdicts', ''],
      ['/v1/environments/acme/verdicts', ''],
    ]);
  });

  it('is refused with "Cannot Pair" and all causes, and pairs nothing (M10, M37)', async () => {
    const causes = ['managed-device-token', 'minimum-os-version'];
    validators[0].answer = json(200, { verdict: 'deny', causes });
    const before = await user();
    expect(await pair()).toMatchObject({ status: 403, body: { status: 'CANNOT_PAIR', message: 'Cannot Pair', causes } });
    expect(await user()).toEqual(before);
    const { events } = (await simulator.client.admin('GET', '/policy-events?username=u')).body;
    expect(events).toEqual([
      expect.objectContaining({
        n: 1,
        type: 'Pairing Details',
        status: 'POLICY',
        username: 'u',
        deviceModel: 'Pixel 9',
        policiesNotMet: causes,
      }),
    ]);
    expect(JSON.stringify(events)).not.toContain(secret);
  });

  it('asks nobody for an unknown user, and pairs nothing beyond the device limit', async () => {
    expect(await pair({ username: 'nobody' })).toMatchObject({ status: 404, body: { status: 'USER_UNKNOWN' } });
    expect(validators[0].asked).toEqual([]);
    await simulator.client.admin('PUT', '/settings', { deviceLimit: 2 });
    expect(await pair()).toMatchObject({ status: 409, body: { status: 'NOT_PAIRED', errorId: 20562 } });
  });

  it('reads the caller token anew for every call, so that a renewed one is used', async () => {
    await pair();
    writeFileSync(tokenFile, 'caller-2');
    await pair();
    expect(validators[0].asked.map((asked) => asked.authorization)).toEqual(['Bearer caller-1', 'Bearer caller-2']);
  });
});

describe('authentication', () => {
  it('asks with what is known of the paired device, and approves', async () => {
    expect(await authenticate()).toMatchObject({
      status: 200,
      body: { status: 'APPROVED', checked: true, deviceId: '285234913243546570' },
    });
    expect(validators[0].asked[0]?.body).toEqual({
      kind: 'authentication',
      method: 'mobile-app',
      presentedToken: secret,
      device: { platform: 'ios', model: 'iPhone 15', osVersion: '17.4', appVersion: '2.1', id: '285234913243546570' },
    });
    expect((await user()).lastLogin).toEqual(expect.any(Number));
  });

  it('lets the app say something newer about itself', async () => {
    await authenticate({ device: { osVersion: '18.1' } });
    expect(validators[0].asked[0]?.body.device).toMatchObject({ osVersion: '18.1', model: 'iPhone 15' });
  });

  it('is refused with "Blocked"; the device stays paired and works again with a good token (M14)', async () => {
    validators[0].answer = json(200, { verdict: 'deny', causes: ['managed-device-token'] });
    expect(await authenticate()).toMatchObject({
      status: 403,
      body: { status: 'BLOCKED', message: 'Blocked', causes: ['managed-device-token'] },
    });
    expect(await user()).toMatchObject({ lastLogin: null, devicesDetails: [{ type: 'iPhone' }, { type: 'SMS' }] });
    expect((await simulator.client.admin('GET', '/policy-events')).body.events).toMatchObject([
      { type: 'Authentication Details', deviceModel: 'iPhone 15' },
    ]);
    validators[0].answer = json(200, { verdict: 'allow' });
    expect(await authenticate()).toMatchObject({ status: 200, body: { status: 'APPROVED' } });
  });

  it('with another method than the mobile app is not subject to the check (M13)', async () => {
    validators[0].answer = json(200, { verdict: 'deny', causes: [] });
    expect(await authenticate({ deviceId: 77 })).toMatchObject({ status: 200, body: { status: 'APPROVED', checked: false } });
    expect(validators[0].asked).toEqual([]);
  });

  it('of an unknown device or user, or a suspended one, asks nobody', async () => {
    expect(await authenticate({ deviceId: '78' })).toMatchObject({ status: 404, body: { status: 'DEVICE_UNKNOWN' } });
    expect(await authenticate({ username: 'v' })).toMatchObject({ status: 404, body: { status: 'USER_UNKNOWN' } });
    await simulator.client.ok('suspenduser', { userName: 'u' });
    expect(await authenticate()).toMatchObject({ status: 403, body: { status: 'SUSPENDED' } });
    expect(validators[0].asked).toEqual([]);
  });

  it('is not approved when the device was unpaired while the validator was asked', async () => {
    validators[0].answer = (request, response) =>
      void simulator.client
        .ok('unpairdevice', '{"userName":"u","deviceId":285234913243546570}')
        .then(() => json(200, { verdict: 'allow' })(request, response));
    expect(await authenticate()).toMatchObject({ status: 404, body: { status: 'DEVICE_UNKNOWN' } });
  });
});

describe('without a clear verdict nothing is allowed', () => {
  const halts: [string, StubValidator['answer'], string][] = [
    ['503', json(503, { verdict: 'allow' }), 'validator-status'],
    ['401', json(401, {}), 'validator-status'],
    ['201 with an allow', json(201, { verdict: 'allow' }), 'validator-status'],
    ['a redirect', (_request, response) => void response.writeHead(302, { location: '/elsewhere' }).end(), 'validator-status'],
    ['no JSON', json(200, 'allow'), 'validator-answer-malformed'],
    ['an empty body', json(200, ''), 'validator-answer-malformed'],
    ['another word', json(200, { verdict: 'ALLOW' }), 'validator-answer-malformed'],
    ['a list', json(200, [{ verdict: 'allow' }]), 'validator-answer-malformed'],
    ['a truth', json(200, { verdict: true }), 'validator-answer-malformed'],
    ['no answer in time', () => undefined, 'validator-timeout'],
    [
      'an answer that does not end in time',
      (_request, response) => void response.writeHead(200).write('{"verdict":"allow"'),
      'validator-timeout',
    ],
    ['a cut connection', (request) => void request.socket.destroy(), 'validator-unreachable'],
  ];

  it.each(halts)('%s halts pairing and authentication', async (_case, answer, reason) => {
    validators[0].answer = answer;
    const before = await user();
    expect(await pair()).toMatchObject({ status: 503, body: { status: 'HALTED', reason } });
    expect(await authenticate()).toMatchObject({ status: 503, body: { status: 'HALTED', reason } });
    expect(await user()).toEqual(before);
    expect((await simulator.client.admin('GET', '/policy-events')).body.events).toEqual([]);
  });

  it.each([
    ['causes of another form', { verdict: 'deny', causes: 'none' }],
    ['no causes', { verdict: 'deny' }],
  ])('a deny with %s stays a deny', async (_case, answer) => {
    validators[0].answer = json(200, answer);
    expect(await pair()).toMatchObject({ status: 403, body: { status: 'CANNOT_PAIR', causes: [] } });
  });

  it('a caller token that cannot be read halts, and nobody is asked', async () => {
    rmSync(tokenFile);
    expect(await pair()).toMatchObject({ status: 503, body: { reason: 'caller-token-unreadable' } });
    expect(validators[0].asked).toEqual([]);
  });

  it('no validator, or a dead one, halts', async () => {
    const dead = await startStubValidator();
    await dead.close();
    for (const [urls, reason] of [
      [[], 'no-validator-configured'],
      [[dead.url], 'validator-unreachable'],
    ] as const) {
      const lonely = await startSimulator({ validator: { urls, timeoutMs: 500, callerToken: undefined } });
      await lonely.client.ok('adduser', { username: 'u', activateUser: false });
      const response = await fetch(`${lonely.client.base}/pairing`, {
        method: 'POST',
        body: JSON.stringify({ environment: 'e', username: 'u', device }),
      });
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({ status: 'HALTED', reason });
      await lonely.app.close();
    }
  });
});

describe('the choice of the validator', () => {
  it('goes round, unless the request names one', async () => {
    for (let n = 0; n < 4; n += 1) await authenticate({ validator: undefined });
    expect(validators.map((validator) => validator.asked.length)).toEqual([2, 2]);
    await authenticate({ validator: 1 });
    expect(validators.map((validator) => validator.asked.length)).toEqual([2, 3]);
    expect(await authenticate({ validator: 2 })).toMatchObject({ status: 400 });
  });
});

describe('a malformed request', () => {
  it.each([
    ['no environment', { environment: undefined }],
    ['an unknown device type', { device: { ...device, type: 'Nokia' } }],
    ['no device', { device: undefined }],
    ['a number for a token', { presentedToken: 1 }],
  ])('%s is a 400 that does not repeat the token', async (_case, change) => {
    const answer = await pair(change);
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).not.toContain(secret);
    expect(validators[0].asked).toEqual([]);
  });
});
