import { describe, expect, it } from '@jest/globals';
import { configurationFile, defaultKey } from './configuration-file.ts';

const value = 'tsk_0123456789abcdefABCDEF';

describe('a configuration file for an MDM', () => {
  it('M35: has the key that the app reads, and the value as a string, in the form of each platform', () => {
    expect(defaultKey).toBe('PINGID_MDM_TOKEN');
    expect(JSON.parse(configurationFile('json', defaultKey, value).text)).toEqual({ key: defaultKey, type: 'string', value });
    expect(configurationFile('ios-plist', defaultKey, value).text).toBe(
      `<dict>\n  <key>PINGID_MDM_TOKEN</key>\n  <string>${value}</string>\n</dict>\n`,
    );
    expect(JSON.parse(configurationFile('android-managed-configuration', defaultKey, value).text)).toEqual({
      managedConfiguration: { PINGID_MDM_TOKEN: value },
    });
  });

  it.each(['a<b', 'a&b', 'a"b', 'a b', '{{deviceid}}', ''])(
    'is not written with a value that would mean something else ("%s")',
    (bad) => {
      for (const format of ['json', 'ios-plist', 'android-managed-configuration'] as const)
        expect(() => configurationFile(format, defaultKey, bad)).toThrow('safely');
    },
  );
});
