import { describe, expect, it } from '@jest/globals';
import { instant } from '@tallystick/kernel-core';
import type { Intent, OpenPair, UnseenPair } from './intent.ts';
import { absent, account, device, email, id, invalid, nothing, now, plan, sms, user, visibilityWindowMs } from './plan-cases.ts';

const home = email('ada@home.example');
const wantsHome = user({ 'Email 2': 'ada@home.example' });
const openPair: OpenPair = { slot: 'Email 2', address: home, idsBefore: [id(1)], openedAt: now };
const open = (more: Partial<OpenPair> = {}): { intent: Intent } => ({
  intent: { createdByUs: false, openPair: { ...openPair, ...more } },
});
const ours = device(5, 'Email 1', email('ADA@home.example'));
const naming = { kind: 'name-device', deviceId: id(5), slot: 'Email 2', reason: 'pair-unfinished' };

describe('A11, P54: the device of an open pair', () => {
  it('is ours whatever automatic nickname it has, and is only given its name', () => {
    expect(plan(wantsHome, account([ours]), {}, open())).toEqual({ steps: [naming], findings: [] });
  });

  it('does not fill the managed slot whose nickname it happens to have', () => {
    const wanted = user({ 'Email 1': 'ada@work.example', 'Email 2': 'ada@home.example' });
    expect(plan(wanted, account([ours]), {}, open()).steps).toEqual([
      naming,
      { kind: 'pair', slot: 'Email 1', address: email('ada@work.example'), reason: 'slot-empty' },
    ]);
  });

  it('is not unmanaged to Overwrite, and counts as a device (P51)', () => {
    const found = device(5, 'Mobile 1', sms('+12025550123'));
    const pair = open({ slot: 'SMS Number 1', address: sms('+12025550123') });
    const { steps } = plan(user({ 'SMS Number 1': '+12025550123' }), account([found]), { manageDevices: 'overwrite' }, pair);
    expect(steps).toEqual([{ ...naming, slot: 'SMS Number 1' }]);
  });

  it('needs nothing when it has its name', () => {
    expect(plan(wantsHome, account([{ ...ours, nickname: 'Email 2', slot: 'Email 2' }]), {}, open())).toEqual(nothing);
  });

  it('is no adoption candidate (P46)', () => {
    expect(plan(wantsHome, account([ours]), {}, { ...open(), firstSight: true }).findings).toEqual([]);
  });

  it('was not there before: a device that was is somebody else’s', () => {
    const { steps } = plan(wantsHome, account([device(1, 'My mail', home)]), {}, open({ openedAt: instant(0) }));
    expect(steps).toEqual([{ kind: 'pair', slot: 'Email 2', address: home, reason: 'slot-empty' }]);
  });

  it('is the one that already has the name, if two could be it', () => {
    const named = device(6, 'Email 2', home, { enrolledAt: '2024' });
    expect(plan(wantsHome, account([{ ...ours, nickname: 'x' }, named]), {}, open()).steps).toEqual([]);
  });

  it('is unpaired when somebody else filled the slot before it got its name', () => {
    const wanted = user({ 'Email 2': 'ada@work.example' });
    const there = account([ours, device(6, 'Email 2', email('ada@work.example'))]);
    const steps = [{ kind: 'unpair', deviceId: id(5), slot: 'Email 2', reason: 'pair-unfinished' }];
    expect(plan(wanted, there, {}, open())).toEqual({ steps, findings: [] });
  });

  it('is one too many when an older device got both the name and the value', () => {
    const there = account([ours, device(1, 'Email 2', home)]);
    const steps = [{ kind: 'unpair', deviceId: id(5), slot: 'Email 2', reason: 'pair-unfinished' }];
    expect(plan(wantsHome, there, {}, open())).toEqual({ steps, findings: [] });
  });

  it('gets its name also beside another one, whatever became of the value (P49)', () => {
    const there = account([ours, device(1, 'Email 2', email('ada@work.example'))]);
    const findings = [{ kind: 'duplicate-managed-nickname', slot: 'Email 2', deviceId: id(1) }];
    expect(plan(wantsHome, there, {}, open())).toEqual({ steps: [naming], findings });
    expect(plan(user({ 'Email 2': invalid }), there, {}, open())).toMatchObject({ steps: [naming] });
  });

  it('is replaced like any other when the datastore has changed its mind (T5)', () => {
    expect(plan(user({ 'Email 2': 'ada@work.example' }), account([ours]), {}, open()).steps).toEqual([
      { kind: 'unpair', deviceId: id(5), slot: 'Email 2', reason: 'value-changed' },
      { kind: 'pair', slot: 'Email 2', address: email('ada@work.example'), reason: 'value-changed', replaces: ours.address },
    ]);
  });

  it('is named and kept when its value was cleared meanwhile (T6), or unpaired where that is the rule', () => {
    const observed = account([ours, device(1, 'mine', 'iPhone')]);
    expect(plan(user(), observed, {}, open())).toEqual({
      steps: [naming],
      findings: [{ kind: 'value-cleared-device-kept', slot: 'Email 2' }],
    });
    expect(plan(user(), observed, { onCleared: 'remove' }, open()).steps).toEqual([
      { kind: 'unpair', deviceId: id(5), slot: 'Email 2', reason: 'value-cleared' },
    ]);
  });
});

describe('R30: the device of an open pair is not visible', () => {
  const waiting = {
    steps: [],
    findings: [{ kind: 'pair-outcome-unknown', slot: 'Email 2' }],
    replanAt: now + visibilityWindowMs,
  };

  it('inside the window nothing is done to devices, in any slot', () => {
    const wanted = user({ 'Email 2': 'ada@home.example', 'SMS Number 1': '+12025550123' });
    const observed = account([device(1, 'mine', 'iPhone')]);
    expect(plan(wanted, observed, { manageDevices: 'overwrite' }, open())).toEqual(waiting);
  });

  it('the account itself does not wait', () => {
    const { steps, replanAt } = plan(wantsHome, account([], { status: 'suspended' }), {}, open());
    expect(steps.map((it) => it.kind)).toEqual(['activate-user']);
    expect(replanAt).toBe(waiting.replanAt);
  });

  it('after the window it is paired again', () => {
    const pairing = [{ kind: 'pair', slot: 'Email 2', address: home, reason: 'slot-empty' }];
    const atEnd = open({ openedAt: instant(now - visibilityWindowMs) });
    expect(plan(wantsHome, account(), {}, atEnd)).toEqual({ steps: pairing, findings: [] });
    const justBefore = open({ openedAt: instant(now - visibilityWindowMs + 1) });
    expect(plan(wantsHome, account(), {}, justBefore)).toEqual({ ...waiting, replanAt: now + 1 });
  });

  it('with User Update off there is nothing to wait for, only to report (T14)', () => {
    const off = { updateUsers: false };
    expect(plan(wantsHome, account(), off, open())).toEqual({ steps: [], findings: [{ kind: 'user-not-updated' }] });
  });

  it('an account that is gone took its open pair with it', () => {
    const { steps, replanAt } = plan(wantsHome, absent, {}, open());
    expect(steps.map((it) => it.kind)).toEqual(['create-user', 'pair']);
    expect(replanAt).toBeUndefined();
  });
});

describe('R30: a device that was named is not visible', () => {
  const unseen: { intent: Intent } = {
    intent: { createdByUs: false, unseenPairs: [{ slot: 'Email 2', deviceId: id(5), pairedAt: now }] },
  };

  it('its slot waits, the others do not', () => {
    const wanted = user({ 'Email 2': 'ada@home.example', 'SMS Number 1': '+12025550123' });
    expect(plan(wanted, account(), {}, unseen)).toEqual({
      steps: [{ kind: 'pair', slot: 'SMS Number 1', address: sms('+12025550123'), reason: 'slot-empty' }],
      findings: [{ kind: 'pair-outcome-unknown', slot: 'Email 2' }],
      replanAt: now + visibilityWindowMs,
    });
  });

  it('the plan is repeated when the first of several can be judged, and a slot waits for its latest', () => {
    const pairedAt = (deviceId: number, slot: 'Email 2' | 'Email 3', ms: number): UnseenPair => ({
      slot,
      deviceId: id(deviceId),
      pairedAt: instant(ms),
    });
    const replanAt = (...unseenPairs: UnseenPair[]): unknown =>
      plan(wantsHome, account(), {}, { intent: { createdByUs: false, unseenPairs } }).replanAt;
    expect(replanAt(pairedAt(5, 'Email 2', now), pairedAt(6, 'Email 3', now - 10))).toBe(now - 10 + visibilityWindowMs);
    expect(replanAt(pairedAt(5, 'Email 2', now), pairedAt(6, 'Email 2', now - 10))).toBe(now + visibilityWindowMs);
    expect(replanAt(pairedAt(5, 'Email 2', now - visibilityWindowMs))).toBeUndefined();
  });

  it('the primary role waits with it, and is not given to another', () => {
    const wanted = user({ 'Email 1': 'ada@work.example', 'Email 2': 'ada@home.example' });
    const owed = { intent: { ...unseen.intent, primaryOwedTo: 'Email 2' as const } };
    const { steps, findings } = plan(wanted, account(), {}, owed);
    expect(steps.map((it) => it.kind)).toEqual(['pair']);
    expect(findings.map((it) => it.kind)).toEqual(['pair-outcome-unknown']);
  });

  it('once visible it is a device like any other, and never the device of a later open pair', () => {
    const there = account([{ ...ours, nickname: 'Email 2', slot: 'Email 2' }]);
    expect(plan(wantsHome, there, {}, unseen)).toEqual(nothing);
    const both = user({ 'Email 1': 'ada@home.example', 'Email 2': 'ada@home.example' });
    const intent = { ...unseen.intent, openPair: { ...openPair, slot: 'Email 1' as const } };
    expect(plan(both, there, {}, { intent })).toMatchObject({ steps: [], replanAt: now + visibilityWindowMs });
  });
});

describe('T5 interrupted after its unpair', () => {
  const intent: Intent = {
    createdByUs: false,
    replacedDevices: [{ slot: 'Email 2', deviceId: id(8), address: email('old@home.example') }],
  };
  const second = { kind: 'pair', slot: 'Email 2', address: home, reason: 'value-changed', replaces: email('old@home.example') };

  it('goes on with its pair, and still knows what that replaces', () => {
    expect(plan(wantsHome, account(), {}, { intent })).toEqual({ steps: [second], findings: [] });
  });

  it('does not take a second device under the nickname for the one to replace (P49)', () => {
    expect(plan(wantsHome, account([device(9, 'Email 2', email('other@home.example'))]), {}, { intent })).toEqual({
      steps: [second],
      findings: [{ kind: 'duplicate-managed-nickname', slot: 'Email 2', deviceId: id(9) }],
    });
  });

  it('starts again when the device is still there', () => {
    const { steps } = plan(wantsHome, account([device(8, 'Email 2', email('old@home.example'))]), {}, { intent });
    expect(steps).toMatchObject([{ kind: 'unpair', deviceId: id(8) }, second]);
  });
});
