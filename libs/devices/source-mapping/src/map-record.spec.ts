import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type AttributeMapping, type Attributes, type DeviceSlot, deviceSlots, type SlotValue } from '@tallystick/devices-domain';
import { parse } from 'csv-parse/sync';
import { compileMapping, type CompiledMapping, type MappingDocument } from './compile-mapping.ts';
import { mapRecord, mapUser, type PresentUser } from './map-record.ts';
import { traceRecord } from './trace-record.ts';

const unavailable = { kind: 'unavailable' } as const;
const mapping: AttributeMapping = {
  userName: { attribute: 'username' },
  email: { attribute: 'mail' },
  fName: { attribute: 'givenName' },
  lName: { attribute: 'familyName' },
  mfaEmail1: { attribute: 'mail' },
  mfaEmail2: { attribute: 'mailAlternate' },
  mfaSms1: { attribute: 'mobile' },
  mfaVoice1: { attribute: 'telephone' },
  enabled: { attribute: 'enabled' },
  country: { attribute: 'country' },
};

const compiled = (rules: AttributeMapping, more: Omit<MappingDocument, 'mapping'> = {}): CompiledMapping => {
  const result = compileMapping({ mapping: rules, ...more });
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
};
const british = compiled(mapping, { defaultCountry: 'GB' });

function mapped(attributes: Attributes, rules: Partial<AttributeMapping> = {}, defaultCountry?: string): PresentUser {
  const result = mapRecord(
    { username: 'ada', enabled: true, ...attributes },
    compiled({ ...mapping, ...rules }, { defaultCountry }),
  );
  if (!result.ok) throw new Error(result.error);
  return result.value;
}
const slot = (name: DeviceSlot, ...given: Parameters<typeof mapped>): SlotValue => mapped(...given).slots[name];
const reasonOf = (attributes: Attributes, rules: Partial<AttributeMapping> = {}): string => {
  const result = mapRecord(attributes, compiled({ ...mapping, ...rules }));
  return result.ok ? 'ok' : result.error;
};

describe('a mapped record', () => {
  it('is the user that the datastore wants', () => {
    const attributes = {
      username: ' ada ',
      mail: 'ada@home.example',
      givenName: 'Ada',
      familyName: null,
      mobile: '07700 900 123',
      telephone: '+442079460958,,,12#3',
      country: 'GB',
      enabled: 'f',
    };
    const slots = Object.fromEntries(deviceSlots.map((it): [string, SlotValue] => [it, { kind: 'absent' }]));
    slots['Email 1'] = { kind: 'value', address: { kind: 'email', address: 'ada@home.example' } };
    slots['SMS Number 1'] = { kind: 'value', address: { kind: 'sms', number: '+447700900123' } };
    slots['Voice Number 1'] = { kind: 'value', address: { kind: 'voice', number: '+442079460958', extension: ',,12#3' } };
    expect(mapped(attributes)).toStrictEqual({
      kind: 'present',
      username: 'ada',
      enabled: false,
      profile: { email: 'ada@home.example', firstName: 'Ada' },
      slots,
    });
  });

  it('fills each of the nine slots from its own target', () => {
    const targets = [
      'mfaEmail1',
      'mfaEmail2',
      'mfaEmail3',
      'mfaSms1',
      'mfaSms2',
      'mfaSms3',
      'mfaVoice1',
      'mfaVoice2',
      'mfaVoice3',
    ] as const;
    targets.forEach((target, n) => {
      const value = target.startsWith('mfaEmail') ? 'a@b.example' : '+447700900123';
      const only = mapRecord(
        { u: 'ada', [target]: value },
        compiled({ userName: { attribute: 'u' }, [target]: { attribute: target } }),
      );
      if (!only.ok) throw new Error(only.error);
      const filled = deviceSlots.filter((it) => only.value.slots[it].kind === 'value');
      expect(filled).toEqual([deviceSlots[n]]);
    });
  });

  it('takes the first attribute that is not empty, then the default (P14)', () => {
    const rule = { attribute: ['mobile', 'telephone'], default: '+442079460000' };
    const number = (attributes: Attributes): unknown => slot('SMS Number 1', attributes, { mfaSms1: rule });
    const value = (it: string): object => ({ kind: 'value', address: { kind: 'sms', number: it } });
    expect(number({ mobile: '+447700900001', telephone: '+447700900002' })).toEqual(value('+447700900001'));
    expect(number({ mobile: '  ', telephone: '+447700900002' })).toEqual(value('+447700900002'));
    expect(number({ mobile: null })).toEqual(value('+442079460000'));
  });

  it('does not look behind an attribute that was not in the event: it could be the one that wins', () => {
    const rule = { attribute: ['mobile', 'telephone'], default: '+442079460000' };
    expect(slot('SMS Number 1', { mobile: unavailable, telephone: '+447700900002' }, { mfaSms1: rule })).toEqual({
      kind: 'unknown',
    });
    expect(slot('SMS Number 1', { mobile: '+447700900001', telephone: unavailable }, { mfaSms1: rule })).toMatchObject({
      kind: 'value',
    });
  });

  it('changes the case, and trims unless told not to (P14)', () => {
    expect(mapped({ username: ' Ada ' }, { userName: { attribute: 'username', case: 'upper' } }).username).toBe('ADA');
    expect(mapped({ username: ' Ada ' }, { userName: { attribute: 'username', case: 'lower', trim: false } }).username).toBe(
      ' ada ',
    );
    expect(mapped({ username: ' Ada ' }, { userName: { attribute: 'username', case: 'none' } }).username).toBe('Ada');
  });

  it('takes numbers as their text', () => {
    expect(slot('SMS Number 1', { mobile: 447700900123 })).toMatchObject({ kind: 'value', address: { number: '+447700900123' } });
    expect(mapped({ username: 123456 }).username).toBe('123456');
  });

  it('reads a name that every object has only where the record has it', () => {
    const rules = { lName: { attribute: 'constructor' }, fName: { attribute: '__proto__' } };
    expect(mapped({}, rules).profile).toEqual({});
    expect(mapped(JSON.parse('{"__proto__":"Ada"}') as Attributes, rules).profile).toEqual({ firstName: 'Ada' });
    expect(mapped({ ['constructor']: 'Ada' }, rules).profile).toEqual({ lastName: 'Ada' });
  });

  it('names why a value is none (T15), and leaves a profile e-mail that is none out (P27)', () => {
    const user = mapped({ mail: 'Not An Address', mobile: 'n/a', telephone: '+1', country: 'US' });
    expect(user.profile).toStrictEqual({});
    expect(user.slots['Email 1']).toEqual({ kind: 'invalid', reason: 'email-syntax' });
    expect(user.slots['SMS Number 1']).toEqual({ kind: 'invalid', reason: 'phone-not-a-number' });
    expect(user.slots['Voice Number 1']).toEqual({ kind: 'invalid', reason: 'phone-length' });
  });

  it("takes the record's country before the default one, and never the default for a country that it does not know", () => {
    const national = { kind: 'value', address: { kind: 'sms', number: '+447700900123' } };
    const noCountry = { kind: 'invalid', reason: 'phone-no-country' };
    expect(slot('SMS Number 1', { mobile: '07700 900123', country: 'GB' }, {}, 'DE')).toEqual(national);
    expect(slot('SMS Number 1', { mobile: '07700 900123', country: ' ' }, {}, 'GB')).toEqual(national);
    expect(slot('SMS Number 1', { mobile: '07700 900123', country: 'Germany' }, {}, 'GB')).toEqual(noCountry);
    expect(slot('SMS Number 1', { mobile: '07700 900123' })).toEqual(noCountry);
    expect(slot('SMS Number 1', { mobile: '07700 900123', country: unavailable }, {}, 'GB')).toEqual({ kind: 'unknown' });
    expect(slot('SMS Number 1', { mobile: '+447700900123', country: unavailable }, {}, 'GB')).toEqual(national);
  });

  it('has no profile field for an attribute that was not in the event', () => {
    expect(mapped({ mail: unavailable, givenName: unavailable, familyName: 'Lovelace' }).profile).toStrictEqual({
      lastName: 'Lovelace',
    });
  });
});

describe('the enabled flag', () => {
  it.each([
    [true, true],
    [false, false],
    ['true', true],
    ['FALSE', false],
    ['t', true],
    ['f', false],
    [1, true],
    [0, false],
    ['1', true],
    [' 0 ', false],
  ])('%j is %s', (enabled, expected) => {
    expect(mapped({ enabled }).enabled).toBe(expected);
  });

  it('is true where it is not mapped', () => {
    const result = mapRecord({ username: 'ada' }, compiled({ userName: { attribute: 'username' } }));
    expect(result).toMatchObject({ ok: true, value: { enabled: true } });
  });

  it('is never guessed when it is mapped', () => {
    expect(reasonOf({ username: 'ada', enabled: null })).toBe('enabled-missing');
    expect(reasonOf({ username: 'ada' })).toBe('enabled-missing');
    expect(reasonOf({ username: 'ada', enabled: unavailable })).toBe('enabled-unknown');
    for (const enabled of ['yes', 'disabled', 2, -1, '512'])
      expect(reasonOf({ username: 'ada', enabled })).toBe('enabled-not-boolean');
  });

  it('takes the default of its rule when it is empty', () => {
    const rule = (it: string): Partial<AttributeMapping> => ({ enabled: { attribute: 'enabled', default: it } });
    expect(mapped({ enabled: null }, rule('true')).enabled).toBe(true);
    expect(mapped({ enabled: null }, rule('false')).enabled).toBe(false);
    expect(reasonOf({ username: 'ada', enabled: unavailable }, rule('true'))).toBe('enabled-unknown');
  });
});

describe('a record without a usable username', () => {
  it.each([
    ['username-missing', {}],
    ['username-missing', { username: null }],
    ['username-missing', { username: '   ' }],
    ['username-unknown', { username: unavailable }],
    ['username-too-long', { username: 'a'.repeat(251) }],
    ['username-not-text', { username: 'ada\u0000' }],
    ['username-not-text', { username: 'ada\nbob' }],
    ['username-not-text', { username: 'ada\ud800' }],
    ['ok', { username: 'a'.repeat(250), enabled: true }],
    ['ok', { username: 'Ada "Łovelace" +1@例え 😀', enabled: true }],
  ])('is %s', (reason, attributes) => {
    expect(reasonOf(attributes)).toBe(reason);
  });
});

describe('the users of samples/users.csv', () => {
  const file = readFileSync(join(import.meta.dirname, '../../../../samples/users.csv'), 'utf8');
  const users = parse<Record<string, string>>(file, { columns: true });
  const slotsOf = (username: string): Partial<Record<DeviceSlot, unknown>> => {
    const row = users.find((it) => it['username'] === username);
    const result = mapRecord(row ?? {}, british);
    if (!result.ok) throw new Error(result.error);
    const shown = (it: SlotValue): unknown =>
      it.kind === 'value' ? Object.values(it.address).slice(1).join(',') : it.kind === 'invalid' ? it.reason : it.kind;
    return Object.fromEntries(
      deviceSlots.flatMap((it) => (shown(result.value.slots[it]) === 'absent' ? [] : [[it, shown(result.value.slots[it])]])),
    );
  };

  it('can all be mapped', () => {
    expect(users).toHaveLength(300);
    expect(users.filter((it) => !mapRecord(it, british).ok)).toEqual([]);
  });

  it.each([
    ['ines.sato011', { 'Email 1': 'ines.sato011@example.com', 'SMS Number 1': '+447700900123' }],
    ['carla.tanaka012', { 'Email 1': 'carla.tanaka012@example.com', 'SMS Number 1': '+447700900456' }],
    [
      'dana.ivanov013',
      { 'Email 1': 'dana.ivanov013@example.com', 'Email 2': 'divanov13@example.org', 'SMS Number 1': 'phone-not-a-number' },
    ],
    ['yara.xu014', { 'Email 1': 'email-syntax', 'SMS Number 1': '+447700900361' }],
    ['lena.berg015', { 'Email 1': 'lena.berg015@example.com', 'SMS Number 1': 'phone-length' }],
    [
      'vera.costa016',
      { 'Email 1': 'vera.costa016@example.com', 'SMS Number 1': '+447700900423', 'Voice Number 1': '+442079460958,,,12#3' },
    ],
    [
      'uma.abebe017',
      { 'Email 1': 'UMA.ABEBE017@EXAMPLE.COM', 'Email 2': 'uabebe17@example.org', 'SMS Number 1': '+447700900044' },
    ],
    ['ben.weis018', { 'Email 1': 'ben.weis018@example.com' }],
    ['carla.ekstrom019 with blanks', { 'Email 1': 'carla.ekstrom019@example.com', 'SMS Number 1': '+447700900982' }],
    ['yara.oneill055', { 'Email 1': 'yara.oneill055@example.com', 'SMS Number 1': '+447700900167' }],
  ])('%s has %j', (username, slots) => {
    expect(slotsOf(username)).toEqual(slots);
  });

  it('has exactly the invalid values that were put there', () => {
    const invalid = users.flatMap((it) => {
      const user = mapRecord(it, british);
      return user.ok ? Object.values(user.value.slots).filter((slotValue) => slotValue.kind === 'invalid') : [];
    });
    expect(invalid.map((it) => it.reason).sort()).toEqual(['email-syntax', 'phone-length', 'phone-not-a-number']);
  });
});

describe('attributes', () => {
  it('that a mapping reads are known', () => {
    const rules: AttributeMapping = {
      userName: { attribute: ['uid', 'sAMAccountName'] },
      email: undefined,
      mfaSms1: { attribute: 'mobile' },
    };
    expect([...compiled(rules).attributes].sort()).toEqual(['mobile', 'sAMAccountName', 'uid']);
  });
});

describe('an expression in a rule', () => {
  const rule = (expression: string, more: object = {}) => ({ mfaSms1: { expression, ...more } });

  it('gives the text, which is then trimmed and normalised like any other (P14)', () => {
    const numbers = { mobile: null, telephone: ' 07700 900 123;ext 4 ' };
    const rules = rule('source.mobile != null ? source.mobile : source.telephone.split(";")[0]');
    expect(slot('SMS Number 1', numbers, rules, 'GB')).toEqual({
      kind: 'value',
      address: { kind: 'sms', number: '+447700900123' },
    });
    expect(
      mapped({ mail: 'Ada@x.example' }, { userName: { expression: 'userPartOf(source.mail)', case: 'lower' } }).username,
    ).toBe('ada');
  });

  it('that gives nothing, or fails, leaves the default (P14)', () => {
    const fallback = { default: '+447700900000' };
    for (const expression of ['""', 'null', 'source.nowhere', 'source.username.split("x")[7]', '[1]'])
      expect(reasonFree(() => slot('SMS Number 1', {}, rule(expression, fallback)))).toMatchObject({ kind: 'value' });
  });

  it('that fails without a default is no proof that the number is gone; one that gives nothing is (P41)', () => {
    expect(slot('SMS Number 1', {}, rule('source.nowhere'))).toEqual({ kind: 'unknown' });
    expect(slot('SMS Number 1', {}, rule('""'))).toEqual({ kind: 'absent' });
    expect(reasonOf({}, { userName: { expression: 'source.nowhere' } })).toBe('username-failed');
  });

  it('is unknown when it needs an attribute that was not in the event, and only then', () => {
    const fallback = { default: '+447700900000' };
    expect(slot('SMS Number 1', { mobile: unavailable }, rule('source.mobile', fallback))).toEqual({ kind: 'unknown' });
    const either = rule('source.work == "yes" ? "+447700900001" : source.mobile');
    expect(slot('SMS Number 1', { mobile: unavailable, work: 'yes' }, either)).toMatchObject({ kind: 'value' });
  });

  /** A list can't be a text, and is found out when the document is saved. */
  const reasonFree = (read: () => unknown): unknown => {
    try {
      return read();
    } catch (cause) {
      expect(String(cause)).toContain('types that do not fit');
      return { kind: 'value' };
    }
  };
});

describe('who is in scope', () => {
  const scoped = compiled(mapping, { scope: 'source.department == "it"' });
  const user = (attributes: Attributes, deleted = false) =>
    mapUser({ attributes: { username: 'ada', enabled: 't', ...attributes }, deleted }, scoped);

  it('is the user as mapped; who left it is gone, as a deleted record is (P9, P24)', () => {
    expect(user({ department: 'it' })).toMatchObject({ ok: true, value: { kind: 'present', username: 'ada' } });
    expect(user({ department: 'hr' })).toEqual({ ok: true, value: { kind: 'gone', username: 'ada' } });
    expect(user({ department: 'it' }, true)).toEqual({ ok: true, value: { kind: 'gone', username: 'ada' } });
  });

  it('is never guessed: without the attribute nobody is removed', () => {
    expect(user({ department: unavailable })).toEqual({ ok: false, error: 'scope-unknown' });
    expect(user({})).toEqual({ ok: false, error: 'scope-failed' });
    const noFlag = compiled(mapping, { scope: 'source.department' });
    expect(mapUser({ attributes: { username: 'ada', enabled: 't', department: 'it' }, deleted: false }, noFlag)).toEqual({
      ok: false,
      error: 'scope-failed',
    });
  });

  it('does not ask for the flag of somebody who is gone', () => {
    expect(user({ department: 'hr', enabled: 'perhaps' })).toMatchObject({ ok: true, value: { kind: 'gone' } });
  });
});

describe('the enabled expression', () => {
  it('reads a bit of userAccountControl, as number or text, and guesses nothing (P8)', () => {
    const { enabled: _, ...unflagged } = mapping;
    const uac = compiled(unflagged, { enabled: '!hasBits(source.uac, 2)' });
    const enabled = (value: Attributes[string]) => {
      const result = mapRecord({ username: 'ada', uac: value }, uac);
      return result.ok ? result.value.enabled : result.error;
    };
    expect([enabled(512), enabled(514), enabled('66050'), enabled('66048')]).toEqual([true, false, false, true]);
    expect([enabled(null), enabled('off'), enabled(unavailable)]).toEqual([
      'enabled-failed',
      'enabled-failed',
      'enabled-unknown',
    ]);
  });
});

describe('what is used on creation only (P14)', () => {
  it('is mapped like anything else, and marked: who plans knows whether the account is there', () => {
    const rules = {
      ...mapping,
      fName: { attribute: 'givenName', createOnly: true },
      mfaSms1: { attribute: 'mobile', createOnly: true },
    };
    const record = { username: 'ada', enabled: 't', givenName: 'Ada', familyName: 'L', mobile: '+447700900123' };
    const result = mapRecord(record, compiled(rules));
    if (!result.ok) throw new Error(result.error);
    expect(result.value).toMatchObject({ createOnly: ['firstName', 'SMS Number 1'], profile: { firstName: 'Ada' } });
    expect(result.value.slots['SMS Number 1']).toMatchObject({ kind: 'value' });
    const marked = traceRecord({ attributes: record, deleted: false }, compiled(rules)).targets.filter((it) => it.createOnly);
    expect(marked.map(({ target }) => target)).toEqual(['fName', 'mfaSms1']);
  });
});

describe('a protected username (P15)', () => {
  it('is shown when a mapping is tried, in whatever spelling', () => {
    const rules = compiled(mapping, { protectedUsernames: ['Ada'] });
    const tried = (username: string) => traceRecord({ attributes: { username, enabled: 't' }, deleted: false }, rules).protected;
    expect([tried(' aDA'), tried('ada2')]).toEqual([true, undefined]);
  });
});
