import { describe, expect, it } from '@jest/globals';
import { observedUserOf, readUserDetails } from './pingid-user-details.ts';

const observed = (details: object): ReturnType<typeof observedUserOf> => {
  const read = readUserDetails({ userName: 'u', ...details }, 'u');
  if (!read) throw new Error('the details are unreadable');
  return observedUserOf(read);
};
const device = (fields: object): object => ({ deviceId: '1', deviceRole: 'SECONDARY', nickname: 'n', ...fields });
const only = (fields: object): object | undefined => {
  const user = observed({ devicesDetails: [device(fields)] });
  return user.kind === 'present' ? user.devices[0] : undefined;
};

describe('an observed account', () => {
  it('is the recorded one of 2019 (b.4)', () => {
    const email = {
      deviceId: '1216975380183657000',
      deviceUuid: '10e390a9-143e-2a28-10e3-90a9143e2a28',
      deviceRole: 'PRIMARY',
      nickname: 'Email 1',
      type: 'Email',
      email: 'u@example.com',
      phoneNumber: null,
      countryCode: null,
      displayID: 'u@example.com',
      enrollment: '2019-04-03 10:54:34.536',
      sentClaimedSms: '-1',
    };
    const user = {
      email: null,
      fname: '',
      lname: 'Lovelace',
      role: 'REGULAR',
      status: 'ACTIVE',
      deviceDetails: email,
      devicesDetails: [email],
    };
    expect(observed(user)).toEqual({
      kind: 'present',
      status: 'active',
      profile: { lastName: 'Lovelace' },
      devices: [
        {
          id: '1216975380183657000',
          nickname: 'Email 1',
          slot: 'Email 1',
          type: 'Email',
          address: { kind: 'email', address: 'u@example.com' },
          primary: true,
          enrolledAt: '2019-04-03 10:54:34.536000000',
        },
      ],
    });
  });

  it.each([
    ['ACTIVE', 'active'],
    ['NOT_ACTIVE', 'not-active'],
    ['PENDING', 'pending'],
    ['PENDING_ACTIVATION', 'pending-activation'],
    ['SUSPENDED', 'suspended'],
    ['PENDING_CHANGE_DEVICE', 'pending-change-device'],
    ['LOCKED', 'locked'],
    ['OTP_LOCKED', 'locked'],
    ['BYPASS', 'other'],
    ['constructor', 'other'],
    [null, 'other'],
  ])('with status %s is %s', (status, expected) => {
    expect(observed({ status })).toMatchObject({ status: expected });
  });

  it.each([
    ['null', { deviceDetails: null, devicesDetails: null }],
    ['empty lists', { deviceDetails: [], devicesDetails: [] }],
    ['missing', {}],
  ])('has no devices when they are %s', (_, details) => {
    expect(observed(details)).toMatchObject({ devices: [] });
  });

  it('has the default device also when the list is missing, and each device once', () => {
    const it = device({ type: 'Email', email: 'a@b.example' });
    expect(observed({ deviceDetails: it, devicesDetails: null })).toMatchObject({ devices: [{ id: '1', primary: true }] });
    expect(observed({ deviceDetails: [it], devicesDetails: [it, it] })).toMatchObject({ devices: [{ id: '1', primary: true }] });
  });

  it('has one primary: the role says which, the default device only where no device has the role', () => {
    const devicesDetails = [device({ deviceRole: 'PRIMARY' }), device({ deviceId: '2' })];
    const primaries = (details: object): boolean[] => {
      const user = observed(details);
      return user.kind === 'present' ? user.devices.map((it) => it.primary) : [];
    };
    expect(primaries({ devicesDetails, deviceDetails: device({ deviceId: '2' }) })).toEqual([true, false]);
    expect(
      primaries({ devicesDetails: [device({}), device({ deviceId: '2' })], deviceDetails: device({ deviceId: '2' }) }),
    ).toEqual([false, true]);
    expect(primaries({ devicesDetails: [device({}), device({ deviceId: '2' })] })).toEqual([false, false]);
  });

  it.each([
    [
      { type: 'SMS', countryCode: '44', phoneNumber: '7700900123' },
      { kind: 'sms', number: '+447700900123' },
    ],
    [
      { type: 'SMS', countryCode: '+1', phoneNumber: '(202) 555-0123' },
      { kind: 'sms', number: '+12025550123' },
    ],
    [
      { type: 'SMS', countryCode: '39', phoneNumber: '06698' },
      { kind: 'sms', number: '+3906698' },
    ],
    [
      { type: 'SMS', countryCode: '44', phoneNumber: '+447700900123' },
      { kind: 'sms', number: '+447700900123' },
    ],
    [
      { type: 'SMS', countryCode: '44', phoneNumber: null, displayID: '447700900123' },
      { kind: 'sms', number: '+447700900123' },
    ],
    [
      { type: 'Voice', countryCode: '44', phoneNumber: '2079460958' },
      { kind: 'voice', number: '+442079460958' },
    ],
    [
      { type: 'Voice', countryCode: '44', phoneNumber: '2079460958,,,12#3' },
      { kind: 'voice', number: '+442079460958', extension: ',,12#3' },
    ],
    [
      { type: 'Email', email: null, displayID: ' a@b.example ' },
      { kind: 'email', address: 'a@b.example' },
    ],
    [{ type: 'Email', email: null, displayID: null }, undefined],
    [{ type: 'SMS', countryCode: '44', phoneNumber: null, displayID: null }, undefined],
    [{ type: 'iPhone', phoneNumber: '7700900123', displayID: 'iPhone 12' }, undefined],
    [{ type: 'Carrier Pigeon', email: 'a@b.example' }, undefined],
  ])('shows the address of %j', (fields, address) => {
    expect(only(fields)).toMatchObject({ type: fields.type, id: '1' });
    expect((only(fields) as { address?: object }).address).toEqual(address);
  });

  it('has devices that sort by age as text', () => {
    const texts = [
      '2019-04-03 10:54:34',
      '2019-04-03 10:54:34.45',
      '2019-04-03 10:54:34.5',
      '2020-01-01 00:00:00.000',
      '1795310727554',
    ];
    const sorted = texts.map((enrollment) => (only({ enrollment }) as { enrolledAt: string }).enrolledAt);
    expect([...sorted].reverse().sort()).toEqual(sorted);
    for (const enrollment of [null, '', 'yesterday', '03/04/2019'])
      expect(only({ enrollment })).toMatchObject({ enrolledAt: '' });
  });

  it('is unreadable when a device has no usable id', () => {
    for (const deviceId of [null, '', '0', '-1', 'abc', '1.5', '12345678901234567890']) {
      expect(readUserDetails({ userName: 'u', devicesDetails: [device({}), device({ deviceId })] }, 'u')).toBeUndefined();
    }
  });

  it("is never another user's", () => {
    expect(readUserDetails({ userName: 'bob' }, 'ada')).toBeUndefined();
    expect(readUserDetails({ userName: 'Ada ' }, 'ada')).toBeDefined();
    expect(readUserDetails({}, 'ada')).toBeDefined();
  });
});
