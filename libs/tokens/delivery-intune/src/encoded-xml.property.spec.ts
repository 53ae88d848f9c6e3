import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { pingIdApp } from '@tallystick/tokens-domain';
import fc from 'fast-check';
import { parse } from 'plist';
import { readEncodedXml } from './encoded-xml.ts';
import { isFault } from './intune-faults.ts';
import { base64, key, textOf } from './test-support/intune-bench.ts';

const value = fc.stringMatching(/^[A-Za-z0-9._-]{8,128}$/);
const text = fc
  .string({ unit: fc.constantFrom(...'aZ09 é€😀&<>"\'{}$-'), maxLength: 12 })
  .map((it) => it.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'));
const space = fc.constantFrom('', '\n\t', ' ', '<!-- a comment -->');
const { element } = fc.letrec<{ element: string; pair: string }>((tie) => ({
  element: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    text.map((it) => `<string>${it}</string>`),
    fc.bigInt().map((it) => `<integer>${it}</integer>`),
    fc.constantFrom('<real>1.0</real>', '<true/>', '<false />', '<string/>', '<data>AAEC</data>', '<dict/>', '<array></array>'),
    fc.array(tie('element'), { maxLength: 3 }).map((all) => `<array>${all.join('')}</array>`),
    fc.array(tie('pair'), { maxLength: 3 }).map((all) => `<dict>${all.join('')}</dict>`),
  ),
  pair: fc.tuple(text, space, tie('element')).map(([name, gap, it]) => `<key>n${name}</key>${gap}${it}`),
}));
const pairs = fc
  .uniqueArray(fc.tuple(text, space, element), { selector: ([name]) => name, maxLength: 5 })
  .map((all) => all.map(([name, gap, it]) => `<key>k${name}</key>${gap}${it}${gap}`).join(''));
const dict = fc.tuple(
  pairs,
  pairs.map((it) => it.replaceAll('<key>k', '<key>l')),
  value,
);
const of = (xml: string) => readEncodedXml(base64(xml), pingIdApp, 'it');
const wrapped = (xml: string) => parse(`<plist>${xml}</plist>`) as Record<string, unknown>;

describe('a dictionary in XML', () => {
  it('of any keys and kinds is changed in the value alone, as plist reads it too', () => {
    fc.assert(
      fc.property(dict, value, ([first, last, old], next) => {
        const xml = (it: string) => `<dict>${first}<key>${key}</key>\n<string>${it}</string>${last}</dict>`;
        const keys = of(xml(old));
        if (isFault(keys)) throw new Error(keys.detail);
        const patch = keys.patchWith(next);
        const written = 'encodedSettingXml' in patch ? textOf(patch.encodedSettingXml) : '';
        expect(written).toBe(xml(next));
        expect(wrapped(written)).toEqual({ ...wrapped(xml(old)), [key]: next });
      }),
      { numRuns: 200 },
    );
  });

  describe('that is broken somewhere', () => {
    // What a parser complains of on the console would stand in a log, and may hold the token.
    let complaint: jest.SpiedFunction<typeof console.error>;
    beforeEach(() => void (complaint = jest.spyOn(console, 'error').mockImplementation(() => undefined)));
    afterEach(() => void complaint.mockRestore());

    it('is refused or read the same, and nobody complains of it aloud', () => {
      const junk = fc.constantFrom(
        '<',
        '>',
        '&',
        '&#0;',
        '&x;',
        ']]>',
        '<![CDATA[',
        '<!--',
        '--',
        '<key>',
        '</dict>',
        '<?xml ?>',
        '\u0000',
        '\ufeff',
        '"',
      );
      fc.assert(
        fc.property(dict, junk, fc.nat(), fc.nat(4), ([first, last, old], bad, place, cut) => {
          complaint.mockClear();
          const whole = `<dict>${first}<key>${key}</key><string>${old}</string>${last}</dict>`;
          const at = place % whole.length;
          const keys = of(whole.slice(0, at) + bad + whole.slice(at + cut));
          if (!isFault(keys)) expect(keys.patchWith(old)).toHaveProperty('encodedSettingXml');
          expect(complaint).not.toHaveBeenCalled();
        }),
        { numRuns: 300 },
      );
    });
  });
});
