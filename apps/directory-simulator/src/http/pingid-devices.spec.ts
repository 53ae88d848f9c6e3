import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type RunningSimulator, startOfTime, startSimulator } from '../test-support/running-simulator.ts';

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
const limit = (deviceLimit: number) => simulator.client.admin('PUT', '/settings', { deviceLimit });
const add = (username: string) => ok('adduser', { username, activateUser: false, role: 'REGULAR' });

describe('pairing', () => {
  beforeEach(() => add('u'));

  it('answers with session, id as a string and UUID, and lists the whole device with a bare number', async () => {
    const paired = await ok('offlinepairing', {
      username: 'u',
      type: 'EMAIL',
      pairingData: 'u@example.com',
      validateUniqueDevice: 'false',
    });
    expect(paired).toMatchObject({
      sessionId: expect.stringMatching(/^oacts_[\w-]{43}$/),
      deviceId: expect.stringMatching(/^\d{18,19}$/),
    });
    const hex = BigInt(paired.deviceId).toString(16).padStart(16, '0');
    expect(paired.deviceUuid.replaceAll('-', '')).toBe(hex + hex);

    const answer = await call('getuserdetails', { userName: 'u' });
    expect(answer.text.match(new RegExp(`"deviceId":${paired.deviceId}[,}]`, 'g'))).toHaveLength(2);
    const shown = {
      deviceId: expect.any(Number),
      deviceUuid: paired.deviceUuid,
      deviceRole: 'PRIMARY',
      nickname: 'Email 1',
      type: 'Email',
      email: 'u@example.com',
      phoneNumber: null,
      countryCode: null,
      displayID: 'u@example.com',
      enrollment: '2019-04-03 10:54:34.536',
      pushEnabled: false,
      hasWatch: false,
      osVersion: null,
      appVersion: null,
      deviceModel: null,
      sentNotClaimedSms: -1,
      sentClaimedSms: -1,
      availableNotClaimedSms: 0,
      availableClaimedSms: 0,
      order: 1,
      oathSerialNumber: null,
      oathTokenType: null,
      publicKey: null,
      credentialId: null,
      userHandle: null,
      transports: null,
      authenticatorAttachment: null,
    };
    expect(answer.body.responseBody.userDetails).toMatchObject({ deviceDetails: shown, devicesDetails: [shown] });
  });

  it('gives ids that an ordinary JSON parser would change (P57)', async () => {
    const id = await pairEmail('u', 'u@example.com');
    expect(String(JSON.parse(id))).not.toBe(id);
  });

  it.each([
    ['SMS', '13035551234', 'SMS', 'Mobile 1', '1', '3035551234'],
    ['SMS', '+972521234567', 'SMS', 'Mobile 1', '972', '521234567'],
    ['VOICE', '+12025550123', 'Voice', 'Phone 1', '1', '2025550123'],
    ['VOICE', '+12025550123,#2992,,,#2991', 'Voice', 'Phone 1', '1', '2025550123,#2992,,,#2991'],
  ])('%s %s is split into country code and number', async (type, pairingData, shownType, nickname, countryCode, phoneNumber) => {
    await ok('offlinepairing', { username: 'u', type, pairingData });
    expect((await user('u')).deviceDetails).toMatchObject({
      type: shownType,
      nickname,
      countryCode,
      phoneNumber,
      displayID: countryCode + phoneNumber,
      email: null,
    });
  });

  it.each([
    ['an invalid number', { type: 'SMS', pairingData: '07700 900 123' }, 20559],
    ['a text message to an extension', { type: 'SMS', pairingData: '+12025550123,12' }, 20559],
    ['an invalid voice number', { type: 'VOICE', pairingData: '+1' }, 20559],
    ['an invalid address', { type: 'EMAIL', pairingData: 'nobody' }, 400],
    ['no data', { type: 'EMAIL' }, 400],
    ['an unknown type', { type: 'PIGEON', pairingData: 'x' }, 400],
    ['no type', { pairingData: 'u@example.com' }, 400],
  ])('refuses %s', async (_case, body, errorId) => {
    expect(await outcome('offlinepairing', { username: 'u', ...body })).toEqual([400, errorId]);
    expect((await user('u')).devicesDetails).toEqual([]);
  });

  it('numbers automatic nicknames by kind, lowest free number first (P46)', async () => {
    const first = await pairEmail('u', 'a@example.com');
    await pairEmail('u', 'b@example.com');
    await ok('offlinepairing', { username: 'u', type: 'SMS', pairingData: '+12025550123' });
    await ok('unpairdevice', { userName: 'u', deviceId: first });
    await pairEmail('u', 'c@example.com');
    expect((await user('u')).devicesDetails.map((device) => device.nickname)).toEqual(['Email 2', 'Mobile 1', 'Email 1']);
  });

  it('stops at the device limit with 20562, which is 1 by default (P53)', async () => {
    await limit(1);
    await pairEmail('u', 'a@example.com');
    const answer = await call('offlinepairing', { username: 'u', type: 'EMAIL', pairingData: 'b@example.com' });
    expect(answer).toMatchObject({
      status: 400,
      body: { responseBody: { errorId: 20562, errorMsg: 'user.exceeded.num.of.devices' } },
    });
    await limit(2);
    await pairEmail('u', 'b@example.com');
    await limit(1);
    expect((await user('u')).devicesDetails).toHaveLength(2);
    expect(await outcome('offlinepairing', { username: 'u', type: 'EMAIL', pairingData: 'c@example.com' })).toEqual([400, 20562]);
  });

  it('takes the same value twice, unless it is to be unique in the organization', async () => {
    await add('v');
    await pairEmail('v', 'Same@example.com');
    const own = await pairEmail('u', 'same@example.com');
    const unique = { username: 'u', type: 'EMAIL', pairingData: 'SAME@example.com', validateUniqueDevice: true };
    expect(await outcome('offlinepairing', unique)).toEqual([400, 99002]);
    await ok('unpairdevice', { userName: 'u', deviceId: own });
    expect(await outcome('offlinepairing', unique)).toEqual([400, 99002]);
    await ok('deleteuser', { userName: 'v' });
    expect(await outcome('offlinepairing', unique)).toEqual([200, 200]);
  });
});

describe('unpairing', () => {
  const three = async () => {
    await add('u');
    return [
      await pairEmail('u', 'a@example.com'),
      await pairEmail('u', 'b@example.com'),
      await pairEmail('u', 'c@example.com'),
    ] as const;
  };
  const roles = async () =>
    (await user('u')).devicesDetails.map((device) => [device.email?.[0], device.deviceRole, device.order]);

  it('takes away exactly the device that is named', async () => {
    const [, second] = await three();
    await ok('unpairdevice', { userName: 'u', deviceId: second });
    expect(await roles()).toEqual([
      ['a', 'PRIMARY', 1],
      ['c', 'SECONDARY', 2],
    ]);
  });

  it.each([
    ['no deviceId', '{"userName":"u"}'],
    ['deviceId null', '{"userName":"u","deviceId":null}'],
    ['an empty deviceId', '{"userName":"u","deviceId":""}'],
  ])('with %s takes away ALL devices (P56)', async (_case, body) => {
    await three();
    expect(await outcome('unpairdevice', body)).toEqual([200, 200]);
    expect(await user('u')).toMatchObject({ deviceDetails: null, devicesDetails: [], status: 'PENDING_CHANGE_DEVICE' });
  });

  it.each([
    ['an unknown id', '"12345"', 99001],
    ['an id that another user has', null, 99001],
    ['an id rounded by a double', 'rounded', 99001],
    ['no integer', '"abc"', 400],
  ])('with %s changes nothing', async (_case, id, errorId) => {
    const [first] = await three();
    await add('v');
    const written = id === null ? await pairEmail('v', 'v@example.com') : id === 'rounded' ? String(JSON.parse(first)) : id;
    expect(await outcome('unpairdevice', `{"userName":"u","deviceId":${written}}`)).toEqual([400, errorId]);
    expect(await roles()).toHaveLength(3);
  });

  it('of the primary device leaves the roles of the others, and the next one paired is not primary either (A1, P44, PR5)', async () => {
    const [first] = await three();
    await ok('unpairdevice', { userName: 'u', deviceId: first });
    await pairEmail('u', 'd@example.com');
    expect(await roles()).toEqual([
      ['b', 'SECONDARY', 1],
      ['c', 'SECONDARY', 2],
      ['d', 'SECONDARY', 3],
    ]);
    expect((await user('u')).deviceDetails).toBeNull();
  });

  it('of the primary device makes the next one primary where that is set (PR7)', async () => {
    await simulator.client.admin('PUT', '/settings', { primaryAfterUnpair: 'next' });
    const [first] = await three();
    await ok('unpairdevice', { userName: 'u', deviceId: first });
    expect(await roles()).toEqual([
      ['b', 'PRIMARY', 1],
      ['c', 'SECONDARY', 2],
    ]);
  });

  it('of every device, then pairing again: the first is primary (PR6)', async () => {
    await three();
    await ok('unpairdevice', { userName: 'u' });
    await pairEmail('u', 'd@example.com');
    expect(await roles()).toEqual([['d', 'PRIMARY', 1]]);
  });
});

describe('device attributes', () => {
  let ids: string[];
  beforeEach(async () => {
    await add('u');
    ids = [await pairEmail('u', 'a@example.com'), await pairEmail('u', 'b@example.com'), await pairEmail('u', 'c@example.com')];
  });
  const change = (attributeName: string, attributeValue: unknown, deviceId: string | undefined = ids[2]) =>
    outcome('updatedeviceattr', { userName: 'u', deviceId, attributeName, attributeValue });
  const shown = async () =>
    (await user('u')).devicesDetails.map((device) => `${device.email?.[0]} ${device.deviceRole} ${device.order}`);

  it('NICKNAME renames that device and nothing else', async () => {
    expect(await change('NICKNAME', 'SMS Number 1')).toEqual([200, 200]);
    expect((await user('u')).devicesDetails.map((device) => device.nickname)).toEqual(['Email 1', 'Email 2', 'SMS Number 1']);
  });

  it('NICKNAME allows a name that another device has (P49)', async () => {
    expect(await change('NICKNAME', 'Email 1')).toEqual([200, 200]);
  });

  it.each(['"true"', 'true'])('SET_PRIMARY %s moves the role and the first place', async (value) => {
    expect(await change('SET_PRIMARY', JSON.parse(value))).toEqual([200, 200]);
    expect(await shown()).toEqual(['c PRIMARY 1', 'a SECONDARY 2', 'b SECONDARY 3']);
    expect((await user('u')).deviceDetails?.email).toBe('c@example.com');
  });

  it('ORDER 1 is the same as SET_PRIMARY', async () => {
    expect(await change('ORDER', 1)).toEqual([200, 200]);
    expect(await shown()).toEqual(['c PRIMARY 1', 'a SECONDARY 2', 'b SECONDARY 3']);
  });

  it('ORDER puts the device at a place, as a number or as a string', async () => {
    expect(await change('ORDER', '2')).toEqual([200, 200]);
    expect(await shown()).toEqual(['a PRIMARY 1', 'c SECONDARY 2', 'b SECONDARY 3']);
    expect(await change('ORDER', 3, ids[0])).toEqual([200, 200]);
    expect(await shown()).toEqual(['c PRIMARY 1', 'b SECONDARY 2', 'a SECONDARY 3']);
  });

  it('a primary device can be chosen again after the role was lost', async () => {
    await ok('unpairdevice', { userName: 'u', deviceId: ids[0] });
    expect(await change('ORDER', 2, ids[1])).toEqual([200, 200]);
    expect(await shown()).toEqual(['c SECONDARY 1', 'b SECONDARY 2']);
    expect(await change('SET_PRIMARY', 'true', ids[1])).toEqual([200, 200]);
    expect(await shown()).toEqual(['b PRIMARY 1', 'c SECONDARY 2']);
  });

  it.each([
    ['NICKNAME', '', 99003],
    ['NICKNAME', 'x'.repeat(101), 99003],
    ['NICKNAME', null, 99003],
    ['SET_PRIMARY', 'false', 400],
    ['ORDER', 0, 400],
    ['ORDER', 4, 400],
    ['ORDER', 'first', 400],
    ['COLOUR', 'red', 400],
  ])('%s %j is refused', async (attributeName, attributeValue, errorId) => {
    const before = await shown();
    expect(await change(attributeName, attributeValue)).toEqual([400, errorId]);
    expect(await shown()).toEqual(before);
  });

  it('of an unknown device is 99001, without a device 400', async () => {
    expect(await change('NICKNAME', 'N', '1')).toEqual([400, 99001]);
    expect(await outcome('updatedeviceattr', { userName: 'u', attributeName: 'NICKNAME', attributeValue: 'N' })).toEqual([
      400, 400,
    ]);
  });
});

describe('64-bit device ids (A10)', () => {
  it('285234913243546570 survives every way through', async () => {
    await simulator.client.admin('POST', '/reset', {
      users: [{ username: 'u', devices: [{ type: 'YubiKey', serial: 'ccccccbcgujh', deviceId: '285234913243546570' }] }],
    });
    expect((await call('getuserdetails', { userName: 'u' })).text).toContain('"deviceId":285234913243546570,');
    expect((await simulator.client.admin('GET', '/users/u')).body.devicesDetails[0]?.deviceId).toBe('285234913243546570');
    expect(await outcome('unpairdevice', '{"userName":"u","deviceId":285234913243546560}')).toEqual([400, 99001]);
    expect(
      await outcome(
        'updatedeviceattr',
        '{"userName":"u","deviceId":"285234913243546570","attributeName":"NICKNAME","attributeValue":"Key"}',
      ),
    ).toEqual([200, 200]);
    expect(await outcome('unpairdevice', '{"userName":"u","deviceId":285234913243546570}')).toEqual([200, 200]);
    const { calls } = (await simulator.client.admin('GET', '/calls?username=u')).body;
    expect(calls.at(-1)).toEqual({
      n: 4,
      op: 'unpairdevice',
      username: 'u',
      deviceId: '285234913243546570',
      status: 200,
      errorId: 200,
      time: new Date(startOfTime).toISOString(),
    });
  });
});
