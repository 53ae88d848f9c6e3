import { describe, expect, it } from '@jest/globals';
import { type Device } from './account.ts';
import { automaticNickname, readEmail, readPhone, uniqueKey } from './device-facts.ts';
import { deviceUuid, enrollmentText } from './user-details.ts';

describe('a phone number', () => {
  it.each([
    ['13035551234', { countryCode: '1', number: '3035551234' }],
    ['+12025550123', { countryCode: '1', number: '2025550123' }],
    ['972521234567', { countryCode: '972', number: '521234567' }],
    ['+44 (7700) 900-456', { countryCode: '44', number: '7700900456' }],
    ['+390612345678', { countryCode: '39', number: '0612345678' }],
    ['+12025550123,#2992,,,#2991', { countryCode: '1', number: '2025550123', extension: '#2992,,,#2991' }],
    ['+12025550123,,,12#3', { countryCode: '1', number: '2025550123', extension: ',,12#3' }],
  ])('%s is split (P58)', (text, parts) => {
    expect(readPhone(text, 'allowed')).toEqual({ kind: 'phone', ...parts });
  });

  it.each([
    '',
    'n/a',
    '+1',
    '07700 900 123',
    '+999123456789',
    '+1303555',
    '+1202555012345',
    '+12025550123,',
    '+12025550123,12a',
    '+12025550123,,,',
    '1,2',
  ])('%j is invalid', (text) => {
    expect(readPhone(text, 'allowed')).toBeUndefined();
  });

  it('has no extension where it gets text messages', () => {
    expect(readPhone('+12025550123,12', 'refused')).toBeUndefined();
  });
});

describe('an e-mail address', () => {
  it.each(['u@example.com', ' First.Last+tag@sub.example.org '])('%j is accepted', (text) => {
    expect(readEmail(text)).toEqual({ kind: 'email', address: text.trim() });
  });
  it.each(['', 'u', 'u@', '@example.com', 'u@example', 'u@a@b.c', 'a b@c.d', 'u@.com', 'u@a..b', `${'x'.repeat(250)}@b.cd`])(
    '%j is refused',
    (text) => {
      expect(readEmail(text)).toBeUndefined();
    },
  );
});

describe('automatic nicknames (P46)', () => {
  const email = { kind: 'email', address: 'u@example.com' } as const;
  const named = (...names: string[]) =>
    names.map((nickname, index): Device => ({ id: BigInt(index), type: 'Email', nickname, enrolledAt: 0, facts: email }));
  const phone = { kind: 'phone', countryCode: '1', number: '2025550123' } as const;

  it.each([
    ['Email', email, [], 'Email 1'],
    ['Email', email, ['Email 1'], 'Email 2'],
    ['Email', email, ['Email 2'], 'Email 1'],
    ['Email', email, ['Email 1', 'Email 2', 'Email 3'], 'Email 4'],
    ['SMS', phone, ['Email 1'], 'Mobile 1'],
    ['Voice', phone, ['Phone 1'], 'Phone 2'],
    ['Security Key', { kind: 'token', serial: null }, [], 'Security Key 1'],
    ['YubiKey', { kind: 'token', serial: 'cccc' }, [], 'YubiKey'],
    ['iPhone', { kind: 'app', model: 'iPhone 15', osVersion: null, appVersion: null }, [], 'iPhone 15'],
  ] as const)('%s %j beside %j is called %s', (type, facts, beside, nickname) => {
    expect(automaticNickname(named(...beside), type, facts)).toBe(nickname);
  });
});

describe('validateUniqueDevice', () => {
  it('takes e-mail addresses as one whatever their case, and the same number by text and by voice as two', () => {
    const phone = { kind: 'phone', countryCode: '1', number: '2025550123' } as const;
    expect(uniqueKey('Email', { kind: 'email', address: 'U@Example.com' })).toBe(
      uniqueKey('Email', { kind: 'email', address: 'u@example.com' }),
    );
    expect(uniqueKey('SMS', phone)).not.toBe(uniqueKey('Voice', phone));
    expect(uniqueKey('Voice', phone)).not.toBe(uniqueKey('Voice', { ...phone, extension: '1' }));
  });
});

describe('recorded values', () => {
  it.each([
    [1216975380183657000n, '10e390a9-143e-2a28-10e3-90a9143e2a28'],
    [1084997072428840000n, '0f0eaf16-bc75-b440-0f0e-af16bc75b440'],
    [64498n, '00000000-0000-fbf2-0000-00000000fbf2'],
  ])('device id %s has the UUID %s (P57)', (id, uuid) => {
    expect(deviceUuid(id)).toBe(uuid);
  });

  it.each([
    [Date.UTC(2019, 3, 3, 17, 54, 34, 536), '2019-04-03 10:54:34.536'],
    [Date.UTC(2020, 0, 1, 3, 0, 0, 0), '2019-12-31 20:00:00.000'],
    [Date.UTC(2020, 6, 1, 12, 0, 0, 7), '2020-07-01 05:00:00.007'],
  ])('enrollment at %d is written %s: seven hours behind UTC in summer too', (at, text) => {
    expect(enrollmentText(at)).toBe(text);
  });
});
