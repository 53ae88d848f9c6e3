import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { getCountries, getExampleNumber } from 'libphonenumber-js';
import examples from 'libphonenumber-js/mobile/examples';
import { normaliseEmail } from './normalise-email.ts';
import { normaliseSms, normaliseVoice } from './normalise-phone.ts';

const country = fc.option(fc.constantFrom('GB', 'US', 'DE', 'IT', 'AR', 'MX', 'BR', 'RU', 'KZ', 'XX', ''), { nil: undefined });
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...'+0123456789 ()-./,#*x;=') }),
  fc
    .tuple(fc.constantFrom('+', '00', ''), fc.stringMatching(/^\d{1,20}$/), fc.constantFrom('', ',1', ',,', ';ext=1'))
    .map((it) => it.join('')),
  fc.emailAddress(),
);

describe('normalising', () => {
  it('never throws, and what it gives has the form that the directory takes', () => {
    fc.assert(
      fc.property(anyText, country, (text, inCountry) => {
        const email = normaliseEmail(text);
        if (email.ok) expect(email.value.address).toMatch(/^[^@\s]{1,64}@[^@\s]+$/);
        const sms = normaliseSms(text, inCountry);
        if (sms.ok) expect(sms.value.number).toMatch(/^\+\d{7,15}$/);
        const voice = normaliseVoice(text, inCountry);
        if (voice.ok) expect(`${voice.value.number},${voice.value.extension ?? '0'}`).toMatch(/^\+\d{7,15},[\d#*,]*[\d#*]$/);
      }),
      { numRuns: 1_000 },
    );
  });

  it('changes nothing the second time, wherever it is read', () => {
    fc.assert(
      fc.property(anyText, country, country, (text, inCountry, elsewhere) => {
        const email = normaliseEmail(text);
        if (email.ok) expect(normaliseEmail(email.value.address)).toEqual(email);
        const sms = normaliseSms(text, inCountry);
        if (sms.ok) expect(normaliseSms(sms.value.number, elsewhere)).toEqual(sms);
        const voice = normaliseVoice(text, inCountry);
        if (!voice.ok) return;
        const { number, extension } = voice.value;
        expect(normaliseVoice(extension === undefined ? number : `${number},${extension}`, elsewhere)).toEqual(voice);
      }),
      { numRuns: 1_000 },
    );
  });

  it('reads the example number of every country in every spelling as the same number, or refuses the ambiguous', () => {
    const refused: string[] = [];
    for (const code of getCountries()) {
      const example = getExampleNumber(code, examples);
      if (!example) continue;
      const expected = { ok: true, value: { kind: 'sms', number: example.number } };
      expect(normaliseSms(example.number)).toEqual(expected);
      expect(normaliseSms(example.formatInternational(), 'GB')).toEqual(expected);
      const national = normaliseSms(example.formatNational(), code);
      if (national.ok) expect(national).toEqual(expected);
      else refused.push(`${code} ${national.error}`);
    }
    expect(refused.filter((it) => !it.endsWith('phone-no-country'))).toEqual([]);
    expect(refused.length).toBeLessThan(6);
  });
});
