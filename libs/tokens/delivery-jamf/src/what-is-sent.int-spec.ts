import { describe, expect, it } from '@jest/globals';
import { deliveredValues } from '@tallystick/tokens-testing';
import { readRecord, withValueIn, writeRecord } from './app-record.ts';
import { readXml } from './read-xml.ts';
import { examplePreferences } from './test-support/bench.ts';
import { binaryByPlistutil, isXmlForXmllint, readByPlistlib, textByXmllint } from './test-support/foreign-readers.ts';

const { before, after } = deliveredValues;
const whole = (preferences: string): string =>
  preferences.includes('<plist') ? preferences : `<plist version="1.0">${preferences}</plist>`;
/** As the vendor shows it: escaped, with ends of lines as references. */
const shown = (preferences: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><mobile_device_application><general><id>12</id></general><app_configuration><preferences>${preferences
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#13;')}</preferences></app_configuration></mobile_device_application>`;

const cases: readonly (readonly [string, string])[] = [
  ['as people write it', examplePreferences],
  ['with CR LF', examplePreferences.replaceAll('\n', '\r\n')],
  ['with a section of CDATA in it', examplePreferences.replace('$SERIALNUMBER', '<![CDATA[a <b> & "c"]]>')],
  ['with hostile texts', examplePreferences.replace('$SERIALNUMBER', ']]&gt; &amp;amp; &quot;ü&quot; 🔑 &#13;')],
  ['in a whole property list', `<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0">${examplePreferences}</plist>`],
  ['in one line', examplePreferences.replaceAll('\n', '')],
];

/** Python takes its time to start. */
const mostMs = 60_000;

describe.each(cases)('what is sent for a configuration %s', (_, preferences) => {
  const record = readRecord(shown(preferences));
  if (typeof record === 'string') throw new Error(record);
  const sent = writeRecord(withValueIn(record, 'PINGID_MDM_TOKEN', after));
  const stored = (): string => whole(textByXmllint(sent, '/mobile_device_application/app_configuration/preferences'));
  const expected = (): string => {
    const read = readByPlistlib(whole(preferences));
    expect(read.split(before)).toHaveLength(2);
    return read.replace(before, after);
  };

  it('is XML for xmllint', () => {
    expect(isXmlForXmllint(sent)).toBe(true);
  });

  it(
    'is for plistlib the same as before with the new value: keys, types, order and big numbers',
    () => {
      expect(readByPlistlib(stored())).toBe(expected());
      expect(expected()).toContain('"retries": 9007199254740993, "ratio": 1.0');
    },
    mostMs,
  );

  it(
    'is for plistutil the same, too',
    () => {
      expect(readByPlistlib(binaryByPlistutil(stored()))).toBe(
        readByPlistlib(binaryByPlistutil(whole(preferences).replace(before, after))),
      );
    },
    mostMs,
  );
});

const accepted = [
  '<a/>',
  ' <a b="c" d=\'e\'/>',
  '<?xml version="1.0"?><!-- c --><a><b>&lt;&#13;&#x41;</b><![CDATA[<&]]></a>\n',
  '<!DOCTYPE a><a> > </a>',
];
const refused = [
  ...[
    '',
    'a',
    '<a>',
    '</a>',
    '<a></b>',
    '<a/><b/>',
    '<a>&</a>',
    '<a>&b;</a>',
    '<a>&#0;</a>',
    '<a>&lt</a>',
    '<a>]]></a>',
    '<a b="c',
  ],
  ...[
    '<a b=c/>',
    '<a>\u0001</a>',
    '<a><!-- -- --></a>',
    '<!DOCTYPE a b>< a/>',
    '<?xml?><a/>',
    'x<a/>',
    '<a/>x',
    '<a/><![CDATA[]]>',
    '<a><!DOCTYPE a></a>',
    '<a>&#xD800;</a>',
    '<1/>',
  ],
];

describe('our reader of XML', () => {
  it.each(accepted)('reads %j, as xmllint does', (xml) => {
    expect([readXml(xml) !== undefined, isXmlForXmllint(xml.trimStart())]).toEqual([true, true]);
  });

  it.each(refused)('refuses %j, as xmllint does', (xml) => {
    expect([readXml(xml), isXmlForXmllint(xml)]).toEqual([undefined, false]);
  });

  it('reads the same text as xmllint', () => {
    const xml = '<a>1\r\n2\r3&#13;4<!-- no --><![CDATA[5\r\n<6>&amp;]]>&amp;lt;&#x1F511;</a>';
    expect(readXml(xml)!.text).toBe(textByXmllint(xml, '/a'));
  });
});
