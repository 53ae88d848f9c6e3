import { describe, expect, it } from '@jest/globals';
import type { Intent, OpenPair } from './intent.ts';
import { intentAfterLook } from './intent-after-look.ts';
import { account, device, email, id, now, sms } from './plan-cases.ts';

const [old, wanted] = [email('ada@home.example'), email('ada@work.example')];
const openPair: OpenPair = { slot: 'Email 1', address: wanted, idsBefore: [id(1)], openedAt: now };
const made = device(5, 'Email 1', wanted, { slot: 'Email 1' });
const replacedFirst = { slot: 'Email 1', deviceId: id(2), address: old } as const;
const ofAnother = { slot: 'SMS Number 1', deviceId: id(3), address: sms('+12025550123') } as const;
const intent: Intent = { createdByUs: false, openPair, replacedDevices: [replacedFirst, ofAnother] };

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
});
