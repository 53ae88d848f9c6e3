import { describe, expect, it } from '@jest/globals';
import { deviceSlots, factorKindOf, isDeviceSlot } from './device-slot.ts';
import { sameAddress } from './factor-address.ts';
import { email, sms, voice } from './plan-cases.ts';

describe('the same address', () => {
  it.each([
    ['P59: e-mail in other case', email('Ada@Home.Example'), email('ada@home.example')],
    ['P59: e-mail with spaces around', email(' ada@home.example'), email('ada@home.example')],
    ['P58: a number by its digits', sms('+1 (202) 555-0123'), sms('12025550123')],
    [
      'an extension that is empty or missing',
      voice('+12025550123'),
      { kind: 'voice', number: '+12025550123', extension: '' } as const,
    ],
    ['the same extension', voice('+12025550123', ',,12#3'), voice('12025550123', ',,12#3')],
  ])('%s', (_, a, b) => {
    expect(sameAddress(a, b)).toBe(true);
    expect(sameAddress(b, a)).toBe(true);
  });

  it.each([
    ['another mailbox', email('ada@home.example'), email('bob@home.example')],
    ['another number', sms('+12025550123'), sms('+12025550124')],
    ['the same number for text and voice', sms('+12025550123'), voice('+12025550123')],
    ['an extension more', voice('+12025550123'), voice('+12025550123', '2992')],
    ['an extension with other pauses', voice('+12025550123', ',2992'), voice('+12025550123', '2992')],
    ['mail and phone', email('12025550123'), sms('12025550123')],
  ])('not: %s', (_, a, b) => {
    expect(sameAddress(a, b)).toBe(false);
    expect(sameAddress(b, a)).toBe(false);
  });
});

describe('the nine slots', () => {
  it('P52: stand in the order Email, SMS, Voice', () => {
    expect(deviceSlots.map(factorKindOf)).toEqual(['email', 'email', 'email', 'sms', 'sms', 'sms', 'voice', 'voice', 'voice']);
  });

  it('P40: are recognised by their exact text', () => {
    expect(deviceSlots.every(isDeviceSlot)).toBe(true);
    expect(['email 1', 'Email 1 ', 'Email 4', 'SMS 1', ''].some(isDeviceSlot)).toBe(false);
  });
});
