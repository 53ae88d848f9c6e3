import { describe, expect, it } from '@jest/globals';
import { account, device, email, id, invalid, nothing, plan, sms, unknown, user, voice } from './plan-cases.ts';

const home = email('ada@home.example');
const work = email('ada@work.example');
const homeDevice = device(1, 'Email 1', home);
const wantsHome = user({ 'Email 1': 'ada@home.example' });
const wantsWork = user({ 'Email 1': 'ada@work.example' });
/** T10: a slot is judged under Overwrite as under Merge. */
const managing = [{ manageDevices: 'merge' }, { manageDevices: 'overwrite' }] as const;
const t5 = [
  { kind: 'unpair', deviceId: id(1), slot: 'Email 1', reason: 'value-changed' },
  { kind: 'pair', slot: 'Email 1', address: work, reason: 'value-changed', replaces: home },
];

describe('T1: Do not manage', () => {
  it.each([[[]], [[homeDevice]], [[device(1, 'Email 1', 'iPhone')]], [[device(2, 'mine', 'YubiKey')]]])(
    'leaves devices alone',
    (devices) => {
      expect(plan(wantsWork, account(devices), { manageDevices: 'do-not-manage' })).toEqual(nothing);
    },
  );
});

describe.each(managing)('under $manageDevices (T10)', (options) => {
  describe('T2: no device, no value', () => {
    it('does nothing', () => expect(plan(user(), account(), options)).toEqual(nothing));
  });

  describe('T3: no device, a value', () => {
    it('pairs it', () => {
      const steps = [{ kind: 'pair', slot: 'Email 1', address: home, reason: 'slot-empty' }];
      expect(plan(wantsHome, account(), options)).toEqual({ steps, findings: [] });
    });
  });

  describe('T4: the device has the value', () => {
    it.each([
      ['the same text', homeDevice, wantsHome],
      ['P59: an e-mail address in other case', device(1, 'Email 1', email('Ada@HOME.example ')), wantsHome],
      [
        'P58: a number with other signs',
        device(1, 'SMS Number 1', sms('1 (202) 555-0123')),
        user({ 'SMS Number 1': '+12025550123' }),
      ],
      [
        'no extension either way',
        device(1, 'Voice Number 1', voice('+12025550123', '')),
        user({ 'Voice Number 1': '+12025550123' }),
      ],
    ])('does nothing: %s', (_, there, wanted) => expect(plan(wanted, account([there]), options)).toEqual(nothing));
  });

  describe('T5: the device has another value', () => {
    it('unpairs the device and pairs the value (P43), and no other device is touched (P42)', () => {
      const phone = device(2, 'SMS Number 1', sms('+12025550123'));
      const wanted = user({ 'Email 1': 'ada@work.example', 'SMS Number 1': '+12025550123' });
      expect(plan(wanted, account([homeDevice, phone]), options)).toEqual({ steps: t5, findings: [] });
    });

    it('another extension is another value (P58)', () => {
      const wanted = user({ 'Voice Number 2': { kind: 'value', address: voice('+12025550123', '2993') } });
      const { steps } = plan(wanted, account([device(1, 'Voice Number 2', voice('+12025550123', '2992'))]), options);
      expect(steps.map((it) => it.kind)).toEqual(['unpair', 'pair']);
    });

    it('two slots that swap their values are both replaced, all unpairs first (P52)', () => {
      const wanted = user({ 'Email 1': 'ada@work.example', 'Email 2': 'ada@home.example' });
      const { steps } = plan(wanted, account([homeDevice, device(2, 'Email 2', work)]), options);
      expect(steps.map((it) => [it.kind, 'slot' in it && it.slot])).toEqual([
        ['unpair', 'Email 1'],
        ['unpair', 'Email 2'],
        ['pair', 'Email 1'],
        ['pair', 'Email 2'],
      ]);
    });
  });

  describe('T6, P41: the value was cleared', () => {
    it('A9: keep: the device stays and the drift is reported', () => {
      const findings = [{ kind: 'value-cleared-device-kept', slot: 'Email 1' }];
      expect(plan(user(), account([homeDevice]), options)).toEqual({ steps: [], findings });
    });

    it('remove: the device is unpaired', () => {
      const observed = account([homeDevice, device(2, 'SMS Number 1', sms('+12025550123'))]);
      const steps = [{ kind: 'unpair', deviceId: id(1), slot: 'Email 1', reason: 'value-cleared' }];
      const removing = { ...options, onCleared: 'remove' } as const;
      expect(plan(user({ 'SMS Number 1': '+12025550123' }), observed, removing)).toEqual({ steps, findings: [] });
    });

    it('remove: the last device of the user stays', () => {
      const removing = { ...options, onCleared: 'remove' } as const;
      const findings = [{ kind: 'last-device-kept', slot: 'Email 1', deviceId: id(1) }];
      expect(plan(user(), account([homeDevice]), removing)).toEqual({ steps: [], findings });
      expect(plan(user(), account([{ ...homeDevice, primary: true }]), removing)).toEqual({ steps: [], findings });
    });

    it('remove: of several last devices the primary stays, else the one in the first slot', () => {
      const removing = { ...options, onCleared: 'remove' } as const;
      const phone = device(2, 'SMS Number 1', sms('+12025550123'));
      const unpaired = (primary: boolean): unknown =>
        plan(user(), account([homeDevice, { ...phone, primary }]), removing).steps.map((it) => 'deviceId' in it && it.deviceId);
      expect(unpaired(true)).toEqual([id(1)]);
      expect(unpaired(false)).toEqual([id(2)]);
    });

    it('remove with allowStripToZero: all are unpaired', () => {
      const stripping = { ...options, onCleared: 'remove', allowStripToZero: true } as const;
      expect(plan(user(), account([homeDevice]), stripping)).toMatchObject({ steps: [{ kind: 'unpair' }], findings: [] });
    });
  });

  describe('T7, P48: a device of another type carries the nickname', () => {
    const impostor = device(1, 'Email 1', 'iPhone');
    const findings = [{ kind: 'nickname-on-other-type', slot: 'Email 1', deviceId: id(1), type: 'iPhone' }];

    it('is reported, never unpaired, and its slot left alone', () => {
      expect(plan(wantsHome, account([impostor]), options)).toEqual({ steps: [], findings });
    });

    it('also with the value of the slot under another kind (T7)', () => {
      const phone = device(1, 'Voice Number 1', sms('+12025550123'));
      expect(plan(user({ 'Voice Number 1': '+12025550123' }), account([phone]), options)).toEqual({
        steps: [],
        findings: [{ kind: 'nickname-on-other-type', slot: 'Voice Number 1', deviceId: id(1), type: 'SMS' }],
      });
    });

    it('also beside a device of the right type, which would have no way back after an interrupted T5', () => {
      expect(plan(wantsWork, account([impostor, { ...homeDevice, id: id(2) }]), options)).toEqual({ steps: [], findings });
    });
  });

  describe('T8, P47: the value is there under an unmanaged nickname', () => {
    it('pairs it for the slot and reports the twin', () => {
      const { steps, findings } = plan(wantsHome, account([device(7, 'My mail', home)]), options);
      expect(steps).toContainEqual({ kind: 'pair', slot: 'Email 1', address: home, reason: 'slot-empty' });
      expect(findings).toEqual([{ kind: 'same-value-unmanaged', slot: 'Email 1', deviceId: id(7) }]);
    });

    it('the same value in another managed slot is no twin', () => {
      const wanted = user({ 'Email 1': 'ada@home.example', 'Email 2': 'ada@home.example' });
      const { steps, findings } = plan(wanted, account([homeDevice]), options);
      expect(steps).toEqual([{ kind: 'pair', slot: 'Email 2', address: home, reason: 'slot-empty' }]);
      expect(findings).toEqual([]);
    });
  });

  describe('T15: the value is invalid', () => {
    const findings = [{ kind: 'value-invalid', slot: 'Email 1', reason: 'phone-length' }];

    it.each([[[]], [[homeDevice]]])('skips the slot, keeps its device and reports', (devices) => {
      expect(plan(user({ 'Email 1': invalid }), account(devices), { ...options, onCleared: 'remove' })).toEqual({
        steps: [],
        findings,
      });
    });

    it('a value of another kind than the slot is invalid there', () => {
      const wanted = user({ 'Email 1': { kind: 'value', address: sms('+12025550123') } });
      const wrongKind = [{ kind: 'value-invalid', slot: 'Email 1', reason: 'email-syntax' }];
      expect(plan(wanted, account([homeDevice]), options)).toEqual({ steps: [], findings: wrongKind });
    });
  });

  describe('a value that the event did not carry', () => {
    it.each([[[]], [[homeDevice]]])('keeps the slot as it is and reports', (devices) => {
      const findings = [{ kind: 'value-unknown', slot: 'Email 1' }];
      expect(plan(user({ 'Email 1': unknown }), account(devices), { ...options, onCleared: 'remove' })).toEqual({
        steps: [],
        findings,
      });
    });
  });

  describe('P40: a nickname is managed by its exact text', () => {
    it('a device with the value under another nickname does not fill the slot', () => {
      const { steps } = plan(wantsHome, account([device(1, 'Email 4', home)]), options);
      expect(steps.filter((it) => it.kind === 'pair')).toHaveLength(1);
    });
  });

  describe('P46: before we ever finished with an account', () => {
    const first = { firstSight: true };

    it('every device under a managed nickname is named as possibly its user’s own', () => {
      const observed = account([homeDevice, device(2, 'SMS Number 1', sms('+12025550123')), device(3, 'mine', 'YubiKey')]);
      const wanted = user({ 'Email 1': 'ada@work.example', 'SMS Number 1': '+12025550123' });
      const found = plan(wanted, observed, options, first).findings.filter((it) => it.kind === 'adoption-candidate');
      expect(found).toEqual([
        { kind: 'adoption-candidate', slot: 'Email 1', deviceId: id(1) },
        { kind: 'adoption-candidate', slot: 'SMS Number 1', deviceId: id(2) },
      ]);
    });

    it('not on an account that we created, and not when we have been there before', () => {
      expect(plan(wantsHome, account([homeDevice]), options, { ...first, intent: { createdByUs: true } })).toEqual(nothing);
      expect(plan(wantsHome, account([homeDevice]), options)).toEqual(nothing);
    });
  });

  describe('P52: the order of steps', () => {
    it('is account, unpairs, pairs in the order of the slots', () => {
      const values = {
        'Voice Number 1': '+442079460123',
        'SMS Number 2': '+12025550123',
        'Email 3': 'ada@work.example',
      } as const;
      const observed = account([device(3, 'Voice Number 1', voice('+12025550123'))], { status: 'suspended', profile: {} });
      expect(plan(user(values), observed, options).steps.map((it) => ('slot' in it ? `${it.kind} ${it.slot}` : it.kind))).toEqual(
        ['activate-user', 'edit-user', 'unpair Voice Number 1', 'pair Email 3', 'pair SMS Number 2', 'pair Voice Number 1'],
      );
    });
  });
});

describe('P49: two devices under one managed nickname', () => {
  const older = device(1, 'Email 1', home, { enrolledAt: '2019-04-03' });
  const newer = device(2, 'Email 1', work, { enrolledAt: '2021-01-01' });
  const twins = account([newer, older]);

  it('the one with the value stays, the other is reported under Merge', () => {
    const other = (deviceId: number): unknown => [
      { kind: 'duplicate-managed-nickname', slot: 'Email 1', deviceId: id(deviceId) },
    ];
    expect(plan(wantsHome, twins)).toEqual({ steps: [], findings: other(2) });
    expect(plan(wantsWork, twins)).toEqual({ steps: [], findings: other(1) });
  });

  it('and unpaired under Overwrite', () => {
    const steps = [{ kind: 'unpair', deviceId: id(1), slot: 'Email 1', reason: 'duplicate-nickname' }];
    expect(plan(wantsWork, twins, { manageDevices: 'overwrite' })).toEqual({ steps, findings: [] });
  });

  it('without a match the oldest is the one that T5 replaces', () => {
    const { steps, findings } = plan(user({ 'Email 1': 'new@work.example' }), twins);
    expect(steps).toMatchObject([
      { kind: 'unpair', deviceId: id(1) },
      { kind: 'pair', replaces: home },
    ]);
    expect(findings).toEqual([{ kind: 'duplicate-managed-nickname', slot: 'Email 1', deviceId: id(2) }]);
  });

  it('of equal age the lower id is the older one, by its number and not by its text', () => {
    const same = account([device(10, 'Email 1', home), device(9, 'Email 1', work)]);
    expect(plan(user({ 'Email 1': 'new@work.example' }), same).steps[0]).toMatchObject({ kind: 'unpair', deviceId: id(9) });
  });

  it('A10: ids beyond 2^53 are told apart', () => {
    const close = account([
      device(0, 'Email 1', home, { id: id('285234913243546571') }),
      device(0, 'Email 1', work, { id: id('285234913243546570') }),
    ]);
    expect(plan(user({ 'Email 1': 'new@work.example' }), close).steps[0]).toMatchObject({ deviceId: '285234913243546570' });
  });
});
