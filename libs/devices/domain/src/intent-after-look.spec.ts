import { describe, expect, it } from '@jest/globals';
import type { Intent, OpenPair } from './intent.ts';
import { intentAfterLook as intentAfter, type Sight } from './intent-after-look.ts';
import type { ObservedUser } from './observed-user.ts';
import { account, device, email, id, now, sms, visibilityWindowMs } from './plan-cases.ts';
import { instant } from '@tallystick/kernel-core';

const [old, wanted] = [email('ada@home.example'), email('ada@work.example')];
const openPair: OpenPair = { slot: 'Email 1', address: wanted, idsBefore: [id(1)], openedAt: now };
const made = device(5, 'Email 1', wanted, { slot: 'Email 1' });
const replacedFirst = { slot: 'Email 1', deviceId: id(2), address: old } as const;
const ofAnother = { slot: 'SMS Number 1', deviceId: id(3), address: sms('+12025550123') } as const;
const intent: Intent = { createdByUs: false, openPair, replacedDevices: [replacedFirst, ofAnother] };

const atOnce: Sight = { now, visibleWithinMs: visibilityWindowMs };
const later: Sight = { ...atOnce, now: instant(now + visibilityWindowMs) };
const intentAfterLook = (before: Intent, seen: ObservedUser, sight = atOnce): Intent => intentAfter(before, seen, sight);

describe('R29: a pair whose answer was lost', () => {
  it('is over once its device is listed under its name, and with it the memory of what made room for it', () => {
    expect(intentAfterLook(intent, account([made]))).toEqual({ createdByUs: false, replacedDevices: [ofAnother] });
  });

  it('stays open while its device is not listed, or has not got its name', () => {
    expect(intentAfterLook(intent, account([]))).toEqual(intent);
    expect(intentAfterLook(intent, account([device(5, 'My mail', wanted)]))).toEqual(intent);
  });

  it('is not ended by a device that was there before, that has another value, or that another pairing made', () => {
    expect(intentAfterLook({ ...intent, openPair: { ...openPair, idsBefore: [id(5)] } }, account([made]))).toMatchObject({ openPair: { slot: 'Email 1' } }); // prettier-ignore
    expect(intentAfterLook(intent, account([{ ...made, address: old }]))).toEqual(intent);
    const known = { ...intent, unseenPairs: [{ slot: 'Email 1', deviceId: id(5), pairedAt: now }] } as const;
    expect(intentAfterLook(known, account([made]))).toMatchObject({ openPair });
  });

  it('tells the device that stays beside it until then by which one it is replaced', () => {
    const beside = { ...replacedFirst, until: 'paired' } as const;
    const there = account([device(2, 'Email 1', old, { slot: 'Email 1' }), made]);
    expect(intentAfterLook({ ...intent, replacedDevices: [beside] }, there)).toEqual({
      createdByUs: false,
      replacedDevices: [{ ...beside, by: id(5) }],
    });
  });

  it('ends with its window when nothing was made, and what made room for it is still to be given back', () => {
    expect(intentAfterLook(intent, account([]), later)).toEqual({
      createdByUs: false,
      replacedDevices: [replacedFirst, ofAnother],
    });
    expect(intentAfterLook(intent, account([device(5, 'My mail', wanted)]), later)).toEqual(intent); // made, and to be named
  });
});

describe('R30: what is not listed', () => {
  const unseenPairs = [{ slot: 'Email 1', deviceId: id(5), pairedAt: now }] as const;

  it('is waited for as long as it may become visible, and takes no place after that', () => {
    expect(intentAfterLook({ createdByUs: false, unseenPairs }, account([]))).toEqual({ createdByUs: false, unseenPairs });
    expect(intentAfterLook({ createdByUs: false, unseenPairs }, account([]), later)).toEqual({ createdByUs: false });
  });

  it('is not forgotten while the account itself is not listed', () => {
    const all = { ...intent, unseenPairs };
    expect(intentAfterLook(all, { kind: 'absent' }, later)).toEqual(all);
  });
});

describe('T5: what goes when another one is in its place', () => {
  const [there, beside] = [device(2, 'Email 1', old, { slot: 'Email 1' }), { ...replacedFirst, until: 'paired' } as const];

  it('forgets a successor that is gone, so that the next one can be it', () => {
    const open = { createdByUs: false, openPair, replacedDevices: [{ ...beside, by: id(4) }] };
    expect(intentAfterLook(open, account([there])).replacedDevices).toEqual([beside]);
    expect(intentAfterLook(open, account([there, made])).replacedDevices).toEqual([{ ...beside, by: id(5) }]);
  });

  it('is as any other device when nothing came, and waits for a successor that was listed once', () => {
    for (const until of ['paired', 'adopted'] as const) {
      const left = (by: object) => ({ createdByUs: false, replacedDevices: [{ ...replacedFirst, until, ...by }] });
      expect(intentAfterLook(left({}), account([there]))).toEqual({ createdByUs: false, replacedDevices: [] });
      expect(intentAfterLook(left({ by: id(4) }), account([there]))).toEqual(left({ by: id(4) }));
    }
  });

  it('keeps a successor that was paired and is not listed yet', () => {
    const unseenPairs = [{ slot: 'Email 1', deviceId: id(5), pairedAt: now }] as const;
    const open = { createdByUs: false, unseenPairs, replacedDevices: [{ ...beside, by: id(5) }] };
    expect(intentAfterLook(open, account([there])).replacedDevices).toEqual([{ ...beside, by: id(5) }]);
  });

  it('P47: is forgotten when it went first, and the device that was adopted for it has its name', () => {
    const adopting = { createdByUs: false, replacedDevices: [{ ...replacedFirst, by: id(5) }] };
    expect(intentAfterLook(adopting, account([device(5, 'My mail', wanted)]))).toEqual(adopting);
    expect(intentAfterLook(adopting, account([made])).replacedDevices).toEqual([]);
  });
});
