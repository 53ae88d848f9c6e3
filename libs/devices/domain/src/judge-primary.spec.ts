import { describe, expect, it } from '@jest/globals';
import { absent, account, device, email, id, invalid, nothing, plan, sms, user, voice } from './plan-cases.ts';
import type { Plan } from './plan.ts';

const home = email('ada@home.example');
const everything = user({ 'Email 1': 'ada@home.example', 'SMS Number 1': '+12025550123', 'Voice Number 1': '+442079460123' });
const created = { intent: { createdByUs: true } };
const primarySteps = ({ steps }: Plan): unknown => steps.filter((it) => it.kind === 'set-primary');
const setPrimary = (slot: string, more: object = {}): unknown => ({
  kind: 'set-primary',
  slot,
  reason: 'primary-on-create',
  ...more,
});

describe('PR1, PR6: created, Do not manage', () => {
  it('the directory decides who is primary', () => {
    expect(primarySteps(plan(everything, absent))).toEqual([]);
  });
});

describe('PR2: created, a slot chosen', () => {
  it.each(['Email 1', 'SMS Number 1', 'Voice Number 1'] as const)('%s becomes primary as the last step', (primaryDevice) => {
    const { steps, findings } = plan(everything, absent, { primaryDevice });
    expect(steps.at(-1)).toEqual(setPrimary(primaryDevice));
    expect(steps).toHaveLength(5);
    expect(findings).toEqual([]);
  });

  it('also in the attempt after the one that created the account', () => {
    const there = account([device(1, 'Email 1', home, { primary: true }), device(2, 'SMS Number 1', sms('+12025550123'))]);
    const { steps } = plan(everything, there, { primaryDevice: 'SMS Number 1' }, created);
    expect(steps).toEqual([
      { kind: 'pair', slot: 'Voice Number 1', address: voice('+442079460123'), reason: 'slot-empty' },
      setPrimary('SMS Number 1', { deviceId: id(2) }),
    ]);
  });

  it('but not when the device has the role already', () => {
    const there = account([device(1, 'Email 1', home, { primary: true })]);
    expect(plan(user({ 'Email 1': 'ada@home.example' }), there, { primaryDevice: 'Email 1' }, created)).toEqual(nothing);
  });
});

describe('PR3: created, the chosen slot has no device', () => {
  it.each([
    ['the first e-mail', { 'Email 2': 'ada@home.example', 'SMS Number 1': '+12025550123' }, 'Email 2'],
    ['the first number', { 'SMS Number 3': '+12025550123', 'Voice Number 2': '+442079460123' }, 'SMS Number 3'],
    ['the first voice number', { 'Voice Number 3': '+442079460123' }, 'Voice Number 3'],
  ] as const)('takes %s instead and says so', (_, values, instead) => {
    const result = plan(user({ ...values, 'Voice Number 1': invalid }), absent, { primaryDevice: 'Voice Number 1' });
    expect(primarySteps(result)).toEqual([setPrimary(instead)]);
    expect(result.findings).toContainEqual({ kind: 'primary-slot-unavailable', slot: 'Voice Number 1', instead });
  });

  it('says so when there is no other', () => {
    const result = plan(user(), absent, { primaryDevice: 'Email 1' });
    expect(primarySteps(result)).toEqual([]);
    expect(result.findings).toEqual([{ kind: 'primary-slot-unavailable', slot: 'Email 1' }]);
  });

  it('a device that stays though its value is invalid now is a device', () => {
    const there = account([device(1, 'Email 1', home), device(2, 'SMS Number 1', sms('+12025550123'), { primary: true })]);
    const wanted = user({ 'Email 1': invalid, 'SMS Number 1': '+12025550123' });
    expect(primarySteps(plan(wanted, there, { primaryDevice: 'Email 1' }, created))).toEqual([
      setPrimary('Email 1', { deviceId: id(1) }),
    ]);
  });
});

describe('PR4: the account was there', () => {
  it('A8: nobody is made primary, even at first sight', () => {
    expect(primarySteps(plan(everything, account(), { primaryDevice: 'Email 1' }, { firstSight: true }))).toEqual([]);
  });
});

describe('PR5, P44: the primary device is replaced', () => {
  it('A1: the role is lost, and that is reported', () => {
    const there = account([device(1, 'Email 1', email('old@home.example'), { primary: true }), device(2, 'mine', 'iPhone')]);
    const { steps, findings } = plan(user({ 'Email 1': 'ada@home.example' }), there);
    expect(steps.map((it) => it.kind)).toEqual(['unpair', 'pair']);
    expect(findings).toEqual([{ kind: 'primary-demoted', slot: 'Email 1' }]);
  });

  it('nothing is reported when another device is replaced', () => {
    const there = account([device(1, 'Email 1', email('old@home.example')), device(2, 'mine', 'iPhone', { primary: true })]);
    expect(plan(user({ 'Email 1': 'ada@home.example' }), there).findings).toEqual([]);
  });

  it('a primary device whose value was cleared takes the role with it', () => {
    const there = account([device(1, 'Email 1', home, { primary: true }), device(2, 'mine', 'iPhone')]);
    expect(plan(user(), there, { onCleared: 'remove', preservePrimary: true })).toEqual({
      steps: [{ kind: 'unpair', deviceId: id(1), slot: 'Email 1', reason: 'value-cleared' }],
      findings: [{ kind: 'primary-demoted', slot: 'Email 1' }],
    });
  });
});

describe('PR8: preservePrimary', () => {
  const preserve = { preservePrimary: true };
  const restored = (slot: string, more: object = {}): unknown => ({
    kind: 'set-primary',
    slot,
    reason: 'primary-restored',
    ...more,
  });

  it('puts the role on the replacement, last of all', () => {
    const there = account([device(1, 'SMS Number 2', sms('+12025550199'), { primary: true })]);
    const { steps, findings } = plan(
      user({ 'SMS Number 2': '+12025550123', 'Voice Number 1': '+442079460123' }),
      there,
      preserve,
    );
    expect(steps.map((it) => it.kind)).toEqual(['unpair', 'pair', 'pair', 'set-primary']);
    expect(steps.at(-1)).toEqual(restored('SMS Number 2'));
    expect(findings).toEqual([]);
  });

  it('also on the device that stays when its twin is removed', () => {
    const there = account([device(1, 'Email 1', home), device(2, 'Email 1', email('old@home.example'), { primary: true })]);
    const { steps } = plan(user({ 'Email 1': 'ada@home.example' }), there, { ...preserve, manageDevices: 'overwrite' });
    expect(steps).toEqual([
      { kind: 'unpair', deviceId: id(2), slot: 'Email 1', reason: 'duplicate-nickname' },
      restored('Email 1', { deviceId: id(1) }),
    ]);
  });

  it('touches no role that is not lost', () => {
    const there = account([device(1, 'Email 1', email('old@home.example')), device(2, 'Email 2', home, { primary: true })]);
    const wanted = user({ 'Email 1': 'ada@home.example', 'Email 2': 'ada@home.example' });
    expect(primarySteps(plan(wanted, there, preserve))).toEqual([]);
  });

  it('a role that an interrupted run still owes is given, to the new device or to the one that is there', () => {
    const owed = { intent: { createdByUs: false, primaryOwedTo: 'Email 1' as const } };
    const wanted = user({ 'Email 1': 'ada@home.example' });
    expect(primarySteps(plan(wanted, account(), {}, owed))).toEqual([restored('Email 1')]);
    expect(plan(wanted, account([device(1, 'Email 1', home)]), {}, owed).steps).toEqual([
      restored('Email 1', { deviceId: id(1) }),
    ]);
    expect(plan(wanted, account([device(1, 'Email 1', home, { primary: true })]), {}, owed)).toEqual(nothing);
  });

  it('a role that is owed to a slot that stays empty is lost, and that is reported', () => {
    const owed = { intent: { createdByUs: false, primaryOwedTo: 'Email 1' as const } };
    expect(plan(user(), account(), preserve, owed)).toEqual({
      steps: [],
      findings: [{ kind: 'primary-demoted', slot: 'Email 1' }],
    });
  });
});

describe('PR9: a primary device chosen, devices not managed', () => {
  it('is reported when the account is created, and only then', () => {
    const options = { manageDevices: 'do-not-manage', primaryDevice: 'Email 1' } as const;
    expect(plan(everything, absent, options)).toMatchObject({
      steps: [{ kind: 'create-user' }],
      findings: [{ kind: 'primary-without-devices' }],
    });
    expect(plan(everything, account(), options)).toEqual(nothing);
  });
});
