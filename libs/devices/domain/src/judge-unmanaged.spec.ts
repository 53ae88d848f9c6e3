import { describe, expect, it } from '@jest/globals';
import { absent, account, device, email, id, invalid, nothing, plan, sms, user } from './plan-cases.ts';

const home = email('ada@home.example');
const wantsHome = user({ 'Email 1': 'ada@home.example' });
const managed = device(1, 'Email 1', home);
const iphone = device(2, "Ada's iPhone", 'iPhone');
const yubikey = device(3, 'YubiKey', 'YubiKey');
const myMail = device(4, 'My mail', email('ada@elsewhere.example'));
const foreign = [iphone, yubikey, myMail];
const overwrite = { manageDevices: 'overwrite' } as const;
const unpair = (deviceId: number): unknown => ({ kind: 'unpair', deviceId: id(deviceId), reason: 'not-managed' });

describe('T9: Merge and unmanaged devices', () => {
  it('A4: leaves them all', () => {
    expect(plan(wantsHome, account([managed, ...foreign]))).toEqual(nothing);
  });

  it('also when the user has nothing else and wants nothing', () => {
    expect(plan(user(), account(foreign))).toEqual(nothing);
  });
});

describe('T11, P50: Overwrite and unmanaged devices', () => {
  it('A3: unpairs each by its id, of every type', () => {
    expect(plan(wantsHome, account([managed, ...foreign]), overwrite)).toEqual({
      steps: [unpair(2), unpair(3), unpair(4)],
      findings: [],
    });
  });

  it('oldest first, whatever the order of the list', () => {
    const aged = [
      { ...yubikey, enrolledAt: '2024-01-01' },
      { ...iphone, enrolledAt: '2019-01-01' },
    ];
    expect(plan(wantsHome, account([...aged, managed]), overwrite).steps).toEqual([unpair(2), unpair(3)]);
  });

  it('spares the types of keepDeviceTypes, however they are written, and says so', () => {
    const sparing = { ...overwrite, keepDeviceTypes: ['iphone', 'YubiKey'] };
    expect(plan(wantsHome, account([managed, ...foreign]), sparing)).toEqual({
      steps: [unpair(4)],
      findings: [
        { kind: 'device-type-kept', deviceId: id(2), type: 'iPhone' },
        { kind: 'device-type-kept', deviceId: id(3), type: 'YubiKey' },
      ],
    });
  });

  it('P56: a device without an id is in no step, because an unpair without one removes all', () => {
    for (const blank of ['', ' ']) {
      expect(plan(wantsHome, account([managed, { ...iphone, id: id(blank) }]), overwrite).steps).toEqual([]);
      const slot = account([{ ...managed, id: id(blank), address: email('old@home.example') }, iphone]);
      expect(plan(wantsHome, slot, overwrite).steps).toEqual([unpair(2)]);
    }
  });
});

describe('T12: Overwrite and the value under an unmanaged nickname', () => {
  it('unpairs that device, pairs the slot and says so', () => {
    expect(plan(wantsHome, account([device(7, 'My mail', home)]), overwrite)).toEqual({
      steps: [unpair(7), { kind: 'pair', slot: 'Email 1', address: home, reason: 'slot-empty' }],
      findings: [{ kind: 'same-value-unmanaged', slot: 'Email 1', deviceId: id(7) }],
    });
  });
});

describe('P45: near misses', () => {
  it.each([
    ['email1', 'Email 1'],
    ['EMAIL 1', 'Email 1'],
    [' Email 1', 'Email 1'],
    ['Email 2 ', 'Email 2'],
    ['sms  number 3', 'SMS Number 3'],
    ['SmsNumber1', 'SMS Number 1'],
    ['Voice\u00a0Number 2', 'Voice Number 2'],
  ])('%j is not managed and is reported as close to %s', (nickname, slot) => {
    const { steps, findings } = plan(user(), account([device(1, nickname, home)]));
    expect(steps).toEqual([]);
    expect(findings).toEqual([{ kind: 'near-miss-nickname', slot, deviceId: id(1) }]);
  });

  it.each(['Email 4', 'Email 11', 'E-mail 1', 'Mobile 1', '1', '', 'My Email 1'])('%j is not close', (nickname) => {
    expect(plan(user(), account([device(1, nickname, home)]))).toEqual(nothing);
  });

  it('the near miss does not fill the slot, and Overwrite removes it', () => {
    const { steps } = plan(wantsHome, account([device(1, 'email1', home)]), overwrite);
    expect(steps.map((it) => it.kind)).toEqual(['unpair', 'pair']);
  });
});

describe('P51: Overwrite does not strip a user', () => {
  const kept = { steps: [], findings: [{ kind: 'overwrite-would-strip-all', devices: 3 }] };

  it('who has no value at all', () => {
    expect(plan(user(), account(foreign), overwrite)).toEqual(kept);
  });

  it('whose values are all invalid', () => {
    const { steps, findings } = plan(user({ 'SMS Number 1': invalid }), account(foreign), overwrite);
    expect(steps).toEqual([]);
    expect(findings).toContainEqual(kept.findings[0]);
  });

  it('whose managed devices go because their values were cleared: those go, the unmanaged ones stay', () => {
    const { steps, findings } = plan(user(), account([managed, ...foreign]), { ...overwrite, onCleared: 'remove' });
    expect(steps).toEqual([{ kind: 'unpair', deviceId: id(1), slot: 'Email 1', reason: 'value-cleared' }]);
    expect(findings).toEqual(kept.findings);
  });

  it('unless that is allowed', () => {
    expect(plan(user(), account(foreign), { ...overwrite, allowStripToZero: true }).steps).toEqual([
      unpair(2),
      unpair(3),
      unpair(4),
    ]);
  });

  it('and does remove them where a device is kept or paired', () => {
    expect(plan(user(), account([managed, iphone]), overwrite).steps).toEqual([unpair(2)]);
    expect(plan(wantsHome, account([iphone]), overwrite).steps).toContainEqual(unpair(2));
    expect(plan(user(), account([iphone, yubikey]), { ...overwrite, keepDeviceTypes: ['YubiKey'] }).steps).toEqual([unpair(2)]);
  });
});

describe('several rules at once', () => {
  it('an account that does not exist has no devices to judge', () => {
    expect(plan(wantsHome, absent, overwrite).steps.map((it) => it.kind)).toEqual(['create-user', 'pair']);
  });

  it('an id that is listed twice is unpaired once', () => {
    expect(plan(wantsHome, account([managed, iphone, iphone]), overwrite).steps).toEqual([unpair(2)]);
  });

  it('an id that is listed under two nicknames is one device, the same one in any order', () => {
    const renamed = { ...managed, nickname: 'Mail' };
    const [one, other] = [
      [managed, renamed],
      [renamed, managed],
    ].map((devices) => plan(wantsHome, account([...devices, iphone]), overwrite));
    expect(one).toEqual(other);
    expect(one?.steps).toEqual([unpair(2)]);
  });

  it('A2: what Overwrite leaves is left by the next plan, too', () => {
    const observed = account([managed, device(5, 'SMS Number 1', sms('+12025550123'))]);
    const { steps } = plan(wantsHome, observed, overwrite);
    expect(steps).toEqual([]);
  });
});
