import { describe, expect, it } from '@jest/globals';
import { normaliseEmail } from './normalise-email.ts';
import { normaliseSms, normaliseVoice } from './normalise-phone.ts';

describe('e-mail addresses', () => {
  it.each([
    ['ada@home.example', 'ada@home.example'],
    ['  ada@home.example\t', 'ada@home.example'],
    ['UMA.ABEBE017@EXAMPLE.COM', 'UMA.ABEBE017@EXAMPLE.COM'],
    ["yara.o'neill+mfa@sub.example.co.uk", "yara.o'neill+mfa@sub.example.co.uk"],
  ])('%j is taken as %j', (text, address) => {
    expect(normaliseEmail(text)).toEqual({ ok: true, value: { kind: 'email', address } });
  });

  it.each([
    ['', 'email-syntax'],
    ['Not An Address', 'email-syntax'],
    ['ada@', 'email-syntax'],
    ['@home.example', 'email-syntax'],
    ['ada@localhost', 'email-syntax'],
    ['ada@home.example;bob@home.example', 'email-syntax'],
    ['Ada <ada@home.example>', 'email-syntax'],
    ['ada@home.example\nbcc: bob@home.example', 'email-syntax'],
    ['ada..l@home.example', 'email-syntax'],
    [`${'a'.repeat(65)}@home.example`, 'too-long'],
    [`a@${'b.'.repeat(130)}example`, 'too-long'],
  ])('%j is refused: %s', (text, reason) => {
    expect(normaliseEmail(text)).toEqual({ ok: false, error: reason });
  });

  it('of the greatest length are taken', () => {
    expect(normaliseEmail(`${'a'.repeat(64)}@home.example`).ok).toBe(true);
  });
});

describe('phone numbers (P58)', () => {
  it.each([
    ['+12025550123', undefined, '+12025550123'],
    ['13035551234', undefined, '+13035551234'],
    ['13035551234', 'GB', '+13035551234'],
    ['13035551234', 'US', '+13035551234'],
    ['972521234567', undefined, '+972521234567'],
    ['972521234567', 'GB', '+972521234567'],
    ['07700 900 123', 'GB', '+447700900123'],
    ['07700 900 123', 'gb ', '+447700900123'],
    ['7700900123', 'GB', '+447700900123'],
    ['447700900123', 'GB', '+447700900123'],
    ['+44 (7700) 900-456', 'DE', '+447700900456'],
    ['+44 (0)7700 900456', undefined, '+447700900456'],
    ['0044 7700 900456', 'GB', '+447700900456'],
    ['0044 7700 900456', undefined, '+447700900456'],
    ['＋44 7700 900456', undefined, '+447700900456'],
    ['٠٧٧٠٠٩٠٠١٢٣', 'GB', '+447700900123'],
    ['(202) 555-0123', 'US', '+12025550123'],
    ['+39 06 69812345', 'GB', '+390669812345'],
  ])('%j in %s is %s', (text, country, number) => {
    expect(normaliseSms(text, country)).toEqual({ ok: true, value: { kind: 'sms', number } });
    expect(normaliseVoice(text, country)).toEqual({ ok: true, value: { kind: 'voice', number } });
  });

  it.each([
    ['', 'GB', 'phone-not-a-number'],
    ['n/a', 'GB', 'phone-not-a-number'],
    ['+', 'GB', 'phone-not-a-number'],
    ['call 07700900123', 'GB', 'phone-not-a-number'],
    ['1-800-FLOWERS', 'US', 'phone-not-a-number'],
    ['tel:+447700900123', 'GB', 'phone-not-a-number'],
    ['+447700900123 x12', 'GB', 'phone-not-a-number'],
    ['+447700900123 #12', 'GB', 'extension-syntax'],
    ['+1', 'US', 'phone-length'],
    ['+12', 'GB', 'phone-length'],
    ['123', 'GB', 'phone-length'],
    ['07700 900 123 / 07700 900 456', 'GB', 'phone-length'],
    ['07700 900 123', undefined, 'phone-no-country'],
    ['07700 900 123', 'Britain', 'phone-no-country'],
    ['+999123456789', 'GB', 'phone-not-possible'],
    ['1'.repeat(65), 'GB', 'too-long'],
  ])('%j in %s is refused: %s', (text, country, reason) => {
    expect(normaliseSms(text, country)).toEqual({ ok: false, error: reason });
    expect(normaliseVoice(text, country)).toEqual({ ok: false, error: reason });
  });

  it('without a plus that are possible at home and abroad are refused, not guessed', () => {
    expect(normaliseSms('972521234567', 'DE')).toEqual({ ok: false, error: 'phone-no-country' });
    expect(normaliseSms('+972521234567', 'DE')).toMatchObject({ ok: true });
    expect(normaliseSms('6591234567', 'US')).toEqual({ ok: false, error: 'phone-no-country' });
    expect(normaliseSms('13035551234', 'CN')).toEqual({ ok: false, error: 'phone-no-country' });
    expect(normaliseSms('2015550123', 'US')).toMatchObject({ ok: true, value: { number: '+12015550123' } });
    expect(normaliseSms('2025550123', 'US')).toMatchObject({ ok: true, value: { number: '+12025550123' } });
  });
});

describe('voice extensions (b.4)', () => {
  it.each([
    ['+442079460958,,,12#3', ',,12#3'],
    ['+12025550123,#2992,,,#2991', '#2992,,,#2991'],
    ['+442079460762,3038', '3038'],
    ['+442079460762, 30 38 ', '3038'],
    ['020 7946 0762,*', '*'],
  ])('%j has %s', (text, extension) => {
    expect(normaliseVoice(text, 'GB')).toMatchObject({ ok: true, value: { kind: 'voice', extension } });
    expect(normaliseSms(text, 'GB')).toEqual({ ok: false, error: 'extension-syntax' });
  });

  it.each([
    ['+442079460762,', 'extension-syntax'],
    ['+442079460762,,,', 'extension-syntax'],
    ['+442079460762,12,', 'extension-syntax'],
    ['+442079460762,x12', 'extension-syntax'],
    ['+442079460762,12;13', 'extension-syntax'],
    [`+442079460762,${'1'.repeat(65)}`, 'too-long'],
    ['n/a,12', 'phone-not-a-number'],
    [',12', 'phone-not-a-number'],
  ])('%j is refused: %s', (text, reason) => {
    expect(normaliseVoice(text, 'GB')).toEqual({ ok: false, error: reason });
  });
});
