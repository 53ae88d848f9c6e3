import { describe, expect, it } from '@jest/globals';
import { configurationFormats as deliveryFormats } from '@tallystick/tokens-delivery-file';
import { pingIdApp } from '@tallystick/tokens-domain';
import { configurationFile, configurationFormats, defaultKey, formatDescription, importWarnings } from './configuration-file.ts';

const value = 'tsk_0123456789abcdefABCDEF';
const file = (format: (typeof configurationFormats)[number], of = value) =>
  configurationFile(format, pingIdApp, of, { commandUuid: 'c-1' });

describe('a configuration file for an MDM', () => {
  it('M35: has the key that the app reads, and the value as a string, in the form of each platform', () => {
    expect(defaultKey).toBe('PINGID_MDM_TOKEN');
    expect(JSON.parse(file('json').text)).toEqual({ key: defaultKey, type: 'string', value });
    expect(file('ios-plist').text).toBe(`<dict>\n  <key>PINGID_MDM_TOKEN</key>\n  <string>${value}</string>\n</dict>\n`);
    expect(JSON.parse(file('android-managed-configuration').text)).toEqual({ managedConfiguration: { PINGID_MDM_TOKEN: value } });
  });

  it('of a format that is in use stays as it is, byte by byte', () => {
    expect(['json', 'ios-plist', 'android-managed-configuration'].map((format) => file(format as 'json'))).toEqual([
      {
        name: 'managed-device-token.json',
        type: 'application/json; charset=utf-8',
        text: `{\n  "key": "PINGID_MDM_TOKEN",\n  "type": "string",\n  "value": "${value}"\n}\n`,
      },
      {
        name: 'managed-device-token-ios.plist',
        type: 'application/x-plist',
        text: `<dict>\n  <key>PINGID_MDM_TOKEN</key>\n  <string>${value}</string>\n</dict>\n`,
      },
      {
        name: 'managed-device-token-android.json',
        type: 'application/json; charset=utf-8',
        text: `{\n  "managedConfiguration": {\n    "PINGID_MDM_TOKEN": "${value}"\n  }\n}\n`,
      },
    ]);
  });

  it.each(configurationFormats)(
    'of the format %s is described, holds the value, has a name of its own, and warnings',
    (format) => {
      expect(formatDescription).toContain(`${format}:`);
      expect(file(format).text).toContain(value);
      expect(configurationFormats.filter((other) => file(other).name === file(format).name)).toEqual([format]);
      expect(importWarnings(format).join(' ')).toMatch(/^[ -~]*secret[ -~]*$/);
    },
  );

  it('comes in every format that deliveries know', () => {
    expect(configurationFormats).toEqual(expect.arrayContaining([...deliveryFormats]));
  });

  it.each(['a<b', 'a&b', 'a"b', 'a b', '{{deviceid}}', ''])(
    'is not written with a value that would mean something else ("%s")',
    (bad) => {
      for (const format of configurationFormats) expect(() => file(format, bad)).toThrow('safely');
    },
  );
});
