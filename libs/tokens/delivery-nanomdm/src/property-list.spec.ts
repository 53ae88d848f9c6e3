import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { build } from 'plist';
import { type Property, readPropertyList } from './property-list.ts';

const whole = (body: string, doctype = ''): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n${doctype}<plist version="1.0">${body}</plist>\n`;

describe('a property list', () => {
  it('is read as it was written by another library', () => {
    type Plain = string | readonly Plain[] | { readonly [key: string]: Plain };
    const name = fc.string({ minLength: 1 }).filter((text) => text !== '__proto__' && !/[\u0000-\u001f\ufffe\uffff]/.test(text));
    const text = fc.string().filter((one) => !/[\u0000-\u001f\ufffe\uffff]/.test(one));
    const { value } = fc.letrec<{ value: Plain }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        text,
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(name, tie('value'), { maxKeys: 4 }),
      ),
    }));
    const plain = (property: Property): unknown =>
      property instanceof Map
        ? Object.fromEntries([...(property as ReadonlyMap<string, Property>)].map(([key, one]) => [key, plain(one)]))
        : Array.isArray(property)
          ? (property as readonly Property[]).map(plain)
          : property;
    fc.assert(
      fc.property(value, (written) => {
        const read = readPropertyList(build({ written } as Parameters<typeof build>[0]));
        expect(plain(read ?? null)).toEqual({ written });
      }),
    );
  });

  it.each<[string, string, Property | undefined]>([
    [
      'as an iPhone sends it',
      whole(
        '<dict>\n\t<key>a</key>\n\t<string>b</string>\n</dict>',
        '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n',
      ),
      new Map([['a', 'b']]),
    ],
    [
      'with what is no text',
      whole('<array><true/><integer>1</integer><data>AA==</data><date>2026-11-22T00:00:00Z</date><real>1</real></array>'),
      [null, null, null, null, null],
    ],
    ['with references', whole('<string>&lt;&amp;&#65;&#x1F600;</string>'), '<&A😀'],
    ['with a literal and a comment', whole('<!-- c --><string><![CDATA[<&]]>x</string>'), '<&x'],
    ['with an entity of its own', whole('<string>&own;</string>', '<!DOCTYPE plist [<!ENTITY own "x">]>'), undefined],
    ['with an entity that is named like something of every object', whole('<string>&constructor;</string>'), undefined],
    ['with an unknown entity', whole('<string>&own;</string>'), undefined],
    ['with a reference beyond Unicode', whole('<string>&#x110000;</string>'), undefined],
    [
      'with a key that stands twice',
      whole('<dict><key>a</key><string>1</string><key>a</key><string>2</string></dict>'),
      undefined,
    ],
    ['with a key without a value', whole('<dict><key>a</key></dict>'), undefined],
    ['with two values', whole('<string>a</string><string>b</string>'), undefined],
    ['with another element', whole('<array><script></script></array>'), undefined],
    ['with attributes', whole('<string a="b">c</string>'), undefined],
    ['with text between elements', whole('<array>a<string>b</string></array>'), undefined],
    ['that is cut off', '<?xml version="1.0"?><plist version="1.0"><dict><key>PINGID_MDM_TOKEN</key><string>secret', undefined],
    ['deeper than any device writes', whole('<array>'.repeat(500) + '</array>'.repeat(500)), undefined],
    ['in another form', '{ a = b; }', undefined],
    ['of nothing', '', undefined],
  ])('%s', (_, text, expected) => {
    const spies = (['error', 'warn', 'log'] as const).map((channel) => jest.spyOn(console, channel));
    expect(readPropertyList(text)).toEqual(expected);
    for (const spy of spies) {
      expect(spy).not.toHaveBeenCalled();
      spy.mockRestore();
    }
  });

  /** Texts that grow by `length`, each with what it may drive the reader to do again and again. */
  const places: readonly (readonly [string, (length: number) => string])[] = [' ', '\t', '\n', '\r\n'].flatMap((blank) => {
    const blanks = (length: number): string => blank.repeat(length / blank.length);
    const [xml, doctype] = ['<?xml version="1.0"?>', '<!DOCTYPE plist>'];
    const by = JSON.stringify(blank);
    return [
      [`${by} before anything`, (length) => `${blanks(length)}<!--x-->`],
      [`${by} behind the declaration`, (length) => `${xml}${blanks(length)}<!--x-->`],
      [`${by} behind the document type`, (length) => `${xml}${doctype}${blanks(length)}<!--x-->`],
      [`${by} at each of these places`, (length) => [blanks(length), xml, blanks(length), doctype, blanks(length), 'x'].join('')],
      [`${by} in the root`, (length) => `<plist${blanks(length)}x`],
      [`${by} before and behind its version`, (length) => `<plist${blanks(length)}version="1"${blanks(length)}x`],
      [`${by} in an element`, (length) => `<plist><string${blanks(length)}x</plist>`],
      [`${by} between elements`, (length) => `<plist><array>${`<true/>${blanks(1_000)}`.repeat(length / 1_000)}</array></plist>`],
      [`${by} at the end`, (length) => `<plist><true/></plist>${blanks(length)}x`],
      [`${by} behind many ends`, (length) => `<plist>${`</plist>${blanks(1_000)}`.repeat(length / 1_000)}x`],
    ] satisfies (readonly [string, (length: number) => string])[];
  });
  const repeated = (part: string, [before, after] = ['<plist>', '</plist>']) =>
    [`${JSON.stringify(part)} again and again`, (length: number) => before + part.repeat(length / part.length) + after] as const;

  it.each([
    ...places,
    ...[
      '<!--',
      '<![CDATA[',
      '<a',
      '<?xml',
      '?',
      '&',
      '&a',
      '&;',
      '&#',
      '&amp;',
      '<array>',
      '</array>',
      '<true/>',
      '<!-- -->',
    ].map((part) => repeated(part)),
    ...['<!--', '&amp;', '<![CDATA[]]>', '<!---->', ']]>'].map((part) =>
      repeated(part, ['<plist><string>', '</string></plist>']),
    ),
    ...['?', '<?xml', '<?xml?>', '<!DOCTYPE>'].map((part) => repeated(part, ['<?xml', ''])),
    repeated('<key></key><true/>', ['<plist><dict>', '</dict></plist>']),
  ])('takes no longer than its length says: %s', (_, make) => {
    const msOf = (text: string): number => {
      const begin = performance.now();
      readPropertyList(text);
      return performance.now() - begin;
    };
    // Four times the length is four times the work; a reader that goes back over what it has seen takes sixteen times as long, or more.
    // Seen at the first length that takes long enough to be compared.
    for (let length = 250, before = Infinity; length <= 1_024_000; length *= 4) {
      const text = make(length);
      const took = Math.min(...[1, 2, 3].map(() => msOf(text)));
      if (took > 200) expect(took / before).toBeLessThan(11);
      before = Math.max(took, 5);
    }
  });
});
