import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type RunningSimulator, startSimulator } from '../test-support/running-simulator.ts';

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

describe('users', () => {
  it('adduser without activation gives NOT_ACTIVE, no activation code, and the whole shape', async () => {
    const { userDetails, activationCode } = await ok('adduser', {
      username: 'mary jane',
      activateUser: false,
      role: 'ADMIN',
      email: 'm@example.com',
      fname: 'Mary',
    });
    expect(activationCode).toBeNull();
    expect(userDetails).toEqual({
      userName: 'mary jane',
      email: 'm@example.com',
      fname: 'Mary',
      lname: null,
      userId: expect.any(Number),
      role: 'ADMIN',
      status: 'NOT_ACTIVE',
      userEnabled: false,
      userInBypass: false,
      bypassExpiration: null,
      lastLogin: null,
      picURL: expect.stringMatching(/^[A-Z2-7]{52}=$/),
      spList: [],
      lastTransactions: [],
      deviceDetails: null,
      devicesDetails: [],
    });
    expect(await user('mary jane')).toEqual(userDetails);
  });

  it('adduser with activation gives PENDING_ACTIVATION and a code of 12 digits', async () => {
    const { userDetails, activationCode } = await ok('adduser', { username: 'u', activateUser: true, role: 'REGULAR' });
    expect(userDetails.status).toBe('PENDING_ACTIVATION');
    expect(activationCode).toMatch(/^\d{12}$/);
  });

  it('adduser takes 250 characters and refuses 251', async () => {
    expect(await outcome('adduser', { username: '😀'.repeat(250) })).toEqual([200, 200]);
    expect(await outcome('adduser', { username: 'x'.repeat(251) })).toEqual([400, 400]);
  });

  it.each([
    ['a second user of that name', { username: 'u' }, 10556],
    ['no username', { role: 'REGULAR' }, 400],
    ['an empty username', { username: '' }, 400],
    ['an unknown role', { username: 'v', role: 'KING' }, 400],
    ['a malformed flag', { username: 'v', activateUser: 'maybe' }, 400],
  ])('adduser refuses %s', async (_case, body, errorId) => {
    await add('u');
    expect(await outcome('adduser', body)).toEqual([400, errorId]);
  });

  it('edituser makes omitted fields null (P28)', async () => {
    await ok('adduser', { username: 'u', activateUser: false, role: 'REGULAR', email: 'u@example.com', fname: 'F', lname: 'L' });
    const { userDetails } = await ok('edituser', { userName: 'u', activateUser: false, role: 'REGULAR', fname: 'G' });
    expect(userDetails).toMatchObject({ fname: 'G', email: null, lname: null, status: 'NOT_ACTIVE' });
  });

  it('edituser keeps devices and status, and activates a user that was not active', async () => {
    await add('u');
    expect(await ok('edituser', { userName: 'u', activateUser: true, role: 'REGULAR' })).toMatchObject({
      activationCode: expect.stringMatching(/^\d{12}$/),
      userDetails: { status: 'PENDING_ACTIVATION' },
    });
    const id = await pairEmail('u', 'u@example.com');
    const edited = await ok('edituser', { userName: 'u', activateUser: true, role: 'REGULAR' });
    expect(edited).toMatchObject({
      activationCode: null,
      userDetails: { status: 'ACTIVE', deviceDetails: { deviceUuid: expect.any(String) } },
    });
    expect((await call('getuserdetails', { userName: 'u' })).text).toContain(`"deviceId":${id},`);
  });

  it('deleteuser forgets the user, and the name is free again', async () => {
    await add('u');
    await pairEmail('u', 'u@example.com');
    expect(await outcome('deleteuser', { userName: 'u' })).toEqual([200, 200]);
    expect(await outcome('getuserdetails', { userName: 'u' })).toEqual([400, 10564]);
    await add('u');
    expect(await user('u')).toMatchObject({ status: 'NOT_ACTIVE', devicesDetails: [] });
  });

  it.each([
    ['getuserdetails', {}],
    ['edituser', { role: 'REGULAR' }],
    ['deleteuser', {}],
    ['suspenduser', {}],
    ['activateuser', {}],
    ['offlinepairing', { type: 'EMAIL', pairingData: 'u@example.com' }],
    ['unpairdevice', {}],
    ['updatedeviceattr', { deviceId: 1, attributeName: 'NICKNAME', attributeValue: 'N' }],
  ])('%s of an unknown user is 10564', async (op, body) => {
    expect(await outcome(op, { userName: 'nobody', ...body })).toEqual([400, 10564]);
  });

  it('names differ by case', async () => {
    await add('Ann');
    expect(await outcome('getuserdetails', { userName: 'ann' })).toEqual([400, 10564]);
  });
});

describe('status', () => {
  const seed = (status: string, devices: object[] = []) =>
    simulator.client.admin('POST', '/reset', { users: [{ username: 'u', status, devices }] });
  const device = { type: 'Email', email: 'u@example.com' };
  const status = async () => (await user('u')).status;

  it('the first pairing makes a user ACTIVE and enabled', async () => {
    await add('u');
    await pairEmail('u', 'u@example.com');
    expect(await user('u')).toMatchObject({ status: 'ACTIVE', userEnabled: true });
  });

  it('suspend and activate lead from ACTIVE to SUSPENDED and back, with the devices kept', async () => {
    await seed('ACTIVE', [device]);
    await ok('suspenduser', { userName: 'u' });
    expect(await user('u')).toMatchObject({ status: 'SUSPENDED', userEnabled: false, devicesDetails: [{ type: 'Email' }] });
    expect((await ok('activateuser', { userName: 'u' })).activationCode).toBeNull();
    expect(await status()).toBe('ACTIVE');
  });

  it.each(['NOT_ACTIVE', 'PENDING', 'PENDING_ACTIVATION', 'SUSPENDED', 'PENDING_CHANGE_DEVICE'])(
    'suspending a user that is %s is 10561',
    async (from) => {
      await seed(from);
      expect(await outcome('suspenduser', { userName: 'u' })).toEqual([400, 10561]);
      expect(await status()).toBe(from);
    },
  );

  it.each(['ACTIVE', 'PENDING_CHANGE_DEVICE'])('activating a user that is %s is 10562', async (from) => {
    await seed(from);
    expect(await outcome('activateuser', { userName: 'u' })).toEqual([400, 10562]);
    expect(await status()).toBe(from);
  });

  it.each(['NOT_ACTIVE', 'PENDING', 'PENDING_ACTIVATION'])('activating a user that is %s gives a code', async (from) => {
    await seed(from);
    expect((await ok('activateuser', { userName: 'u' })).activationCode).toMatch(/^\d{12}$/);
    expect(await status()).toBe('PENDING_ACTIVATION');
  });

  it('unpairing the last device gives PENDING_CHANGE_DEVICE, except to a suspended user', async () => {
    await seed('ACTIVE', [device]);
    await ok('unpairdevice', { userName: 'u' });
    expect(await status()).toBe('PENDING_CHANGE_DEVICE');
    await seed('SUSPENDED', [device]);
    await ok('unpairdevice', { userName: 'u' });
    expect(await status()).toBe('SUSPENDED');
    await ok('activateuser', { userName: 'u' });
    expect(await status()).toBe('PENDING_CHANGE_DEVICE');
  });

  it('pairing leaves a suspended user suspended', async () => {
    await seed('SUSPENDED');
    await pairEmail('u', 'u@example.com');
    expect(await status()).toBe('SUSPENDED');
  });
});
