import { describe, expect, it } from '@jest/globals';
import { deliveredValues } from '@tallystick/tokens-testing';
import fc from 'fast-check';
import { build, parse, type PlistValue } from 'plist';
import { readPreferences, withText } from './app-preferences.ts';
import { readXml } from './read-xml.ts';

const key = 'PINGID_MDM_TOKEN';
const { before, after } = deliveredValues;

/** What XML can hold at all, and the package reads as it was: a CR, and what it takes for other line ends, it does not. */
const text = fc
  .string({ unit: 'binary' })
  .map((it) =>
    it.replace(
      /[\u0000-\u0008\u000b-\u001f\u0085\u2028\u2029\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
      '·',
    ),
  );
const name = fc
  .oneof(text, fc.constantFrom('a & b', '<dict>', ']]>', 'toString'))
  .filter((it) => it !== '' && it !== '__proto__' && it !== key);
const { value } = fc.letrec<{ value: PlistValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    text,
    fc.integer(),
    fc.boolean(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(name, tie('value'), { maxKeys: 4 }),
  ),
}));
/** Written by the package, which is not ours. */
const written = fc
  .tuple(fc.dictionary(name, value, { maxKeys: 4 }), fc.dictionary(name, value, { maxKeys: 4 }), fc.boolean())
  .map(([first, last, isWhole]) => {
    const content: Record<string, PlistValue> = { ...first, [key]: before, ...last };
    const whole = build(content);
    return { content, text: isWhole ? whole : whole.slice(whole.indexOf('<dict>'), whole.lastIndexOf('</plist>')) };
  });
const asPlist = (it: string): string => (it.includes('<plist') ? it : `<plist version="1.0">${it}</plist>`);

describe('an app configuration', () => {
  it('with another value is read by others as the same with that value', () => {
    fc.assert(
      fc.property(written, ({ content, text: it }) => {
        const changed = withText(readPreferences(it)!, key, after);
        expect(parse(asPlist(changed))).toEqual({ ...content, [key]: after });
      }),
    );
  });

  it('with another value is the same text but for that value, and with the old one back the same text', () => {
    fc.assert(
      fc.property(written, ({ text: it }) => {
        const changed = withText(readPreferences(it)!, key, after);
        expect(changed).toBe(it.replace(before, after));
        expect(withText(readPreferences(changed)!, key, before)).toBe(it);
      }),
    );
  });

  it.each(['\u0085', '\u2028', '\u2029'])('with a line end that not everybody reads alike (%j) is not read', (end) => {
    for (const content of [
      { [key]: before, note: `a${end}b` },
      { [key]: before, [`a${end}b`]: 1 },
    ])
      expect(readPreferences(build(content))).toBeUndefined();
    expect(readPreferences(build({ [key]: before, note: 'a b' }))).toBeDefined();
  });

  it('that lost or got a few characters is read as others read it, or not at all', () => {
    const scrap = fc.constantFrom(
      '',
      '<',
      '>',
      '&',
      '</key>',
      '<key>',
      '<string/>',
      ']]>',
      '<![CDATA[',
      '<!--',
      '-->',
      '&#13;',
      '"',
      '/',
    );
    fc.assert(
      fc.property(written, fc.nat(), fc.nat(12), scrap, ({ text: it }, seed, length, more) => {
        const at = seed % it.length;
        const damaged = it.slice(0, at) + more + it.slice(at + length);
        const read = readPreferences(damaged);
        if (!read) return;
        const other = parse(asPlist(damaged)) as Record<string, unknown>;
        expect([...read.members.keys()].sort()).toEqual(Object.keys(other).sort());
        const token = read.members.get(key);
        if (token?.type === 'string') expect(token.text).toBe(other[key]);
      }),
      { numRuns: 300 },
    );
  });
});

describe('reading XML', () => {
  it('ends for every text, without a fault', () => {
    const bits = fc.array(
      fc.oneof(
        fc.string(),
        fc.constantFrom('<a>', '</a>', '<a', '<!--', '-->', '<![CDATA[', ']]>', '&', '&#0;', '<?', '?>', "='"),
      ),
    );
    fc.assert(fc.property(bits, (some) => void readXml(some.join(''))));
    expect(readXml('<a>'.repeat(100_000))).toBeUndefined();
    expect(readXml(`<a>${'<!--'.repeat(100_000)}`)).toBeUndefined();
    expect(readXml(`<a${' b="c"'.repeat(50_000)}<`)).toBeUndefined();
  });
});
