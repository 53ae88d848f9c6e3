import { describe, expect, it } from '@jest/globals';
import { pingIdApp } from '@tallystick/tokens-domain';
import { parse as parseCsv } from 'csv-parse/sync';
import fc from 'fast-check';
import { configurationFile } from './configuration-file.ts';
import { isXmlText, xmlAttribute, xmlText } from './xml-text.ts';

const any = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({
    unit: fc.constantFrom('&', '<', '>', ']]>', '"', "'", '\r', '\n', '\t', ' ', ',', '&amp;', 'a', '🔑', '&#13;'),
    maxLength: 30,
  }),
);
const text = any.filter(isXmlText);
const value = text.filter((one) => one !== '');
const keys = fc.dictionary(value, text, { maxKeys: 5 }).map(({ [pingIdApp.key]: _, ...others }) => others);

describe('what is written into a file', () => {
  it('is read out of JSON as it was', () => {
    fc.assert(
      fc.property(value, keys, (one, otherKeys) => {
        const { text: file } = configurationFile('android-amapi', pingIdApp, one, { otherKeys });
        const { managedConfiguration } = JSON.parse(file) as { managedConfiguration: object };
        expect(new Map(Object.entries(managedConfiguration))).toEqual(
          new Map([[pingIdApp.key, one], ...Object.entries(otherKeys)]),
        );
      }),
    );
  });

  it('is read out of the list as it was, with as many fields in each row', () => {
    fc.assert(
      fc.property(value, keys, (one, otherKeys) => {
        const { text: file } = configurationFile('keyvalue-csv', pingIdApp, one, { otherKeys, platform: 'ios' });
        const rows = parseCsv(file, { record_delimiter: '\n' });
        const expected = [[pingIdApp.key, one], ...Object.entries(otherKeys)];
        expect(rows.slice(1)).toEqual(expected.map(([key, held]) => ['ios', pingIdApp.iosBundleId, key, 'STRING', held]));
      }),
    );
  });

  it('can never end the element or the attribute in which it stands, and is escaped once', () => {
    fc.assert(
      fc.property(text, (one) => {
        for (const escaped of [xmlText(one), xmlAttribute(one)]) {
          expect(escaped).not.toMatch(/[<>"'\r]|&(?!(amp|lt|gt|quot|apos|#(9|10|13));)/);
          const characters: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&apos;': "'" };
          const read = escaped.replace(
            /&(\w+|#\d+);/g,
            (found) => characters[found] ?? String.fromCharCode(Number(found.slice(2, -1))),
          );
          expect(read).toBe(one);
        }
        expect(xmlAttribute(one)).not.toMatch(/[\t\n\r]/);
      }),
    );
  });

  it('of the letters of a token is left as it is', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9._-]{8,128}$/), (token) => {
        expect([xmlText(token), xmlAttribute(token)]).toEqual([token, token]);
        expect(configurationFile('keyvalue-csv', pingIdApp, token).text).toContain(`,STRING,${token}\n`);
      }),
    );
  });
});
