import { describe, expect, it } from '@jest/globals';
import { pingIdApp } from '@tallystick/tokens-domain';
import { configurationFile, configurationFormats, platformsOf } from './configuration-file.ts';
import { warningsOf } from './warnings-of.ts';

const value = 'tsk_0123456789abcdefABCDEF';
const commandUuid = 'c-1';
const text = (format: (typeof configurationFormats)[number], otherKeys: Readonly<Record<string, string>> = {}) =>
  configurationFile(format, pingIdApp, value, { otherKeys, commandUuid }).text;

describe('a configuration file', () => {
  it('M35: has the key, the app and the value in the form of its console', () => {
    expect(text('ios-dict')).toBe(`<dict>\n  <key>PINGID_MDM_TOKEN</key>\n  <string>${value}</string>\n</dict>\n`);
    expect(text('ios-plist-document')).toBe(
      `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
${text('ios-dict')}</plist>
`,
    );
    expect(JSON.parse(text('android-intune'))).toEqual({
      kind: 'androidenterprise#managedConfiguration',
      productId: 'app:prod.com.pingidentity.pingid',
      managedProperty: [{ key: 'PINGID_MDM_TOKEN', valueString: value }],
    });
    expect(JSON.parse(text('android-amapi'))).toEqual({
      packageName: 'prod.com.pingidentity.pingid',
      managedConfiguration: { PINGID_MDM_TOKEN: value },
    });
    expect(text('keyvalue-csv')).toBe(
      `platform,app,key,type,value
ios,com.pingidentity.pingid.prod,PINGID_MDM_TOKEN,STRING,${value}
android,prod.com.pingidentity.pingid,PINGID_MDM_TOKEN,STRING,${value}
`,
    );
    expect(configurationFile('keyvalue-csv', pingIdApp, value, { platform: 'android' }).text).not.toContain('ios');
  });

  it.each(configurationFormats)('of the format %s holds other keys only when they are given', (format) => {
    expect(
      text(format).match(/PINGID_MDM_TOKEN|<key>(?!(CommandUUID|Command|RequestType|Settings|Item|Identifier|Configuration)<)/g),
    ).not.toContain('<key>other');
    expect(text(format)).not.toContain('server');
    expect(text(format, { server: 'a.example' })).toContain('server');
  });

  it.each(configurationFormats)('of the format %s ends its lines with LF, and has no byte order mark', (format) => {
    expect(text(format)).toMatch(/^[<{p][^\r\uFEFF]*\n$/);
    expect(text(format, { a: 'x\r\ny\rz' }).replaceAll('x\r\ny\rz', '')).not.toContain('\r\n');
    expect(configurationFile(format, pingIdApp, value, { commandUuid }).name).toMatch(
      /^managed-device-token-[a-z-]+\.(xml|plist|json|csv)$/,
    );
  });

  it.each(configurationFormats)('of the format %s is not written, and the fault holds no value, when', (format) => {
    const write =
      (one: string, key = 'k', otherKeys = {}, uuid: string | undefined = commandUuid) =>
      () =>
        configurationFile(format, { ...pingIdApp, key }, one, {
          otherKeys,
          ...(uuid === undefined ? {} : { commandUuid: uuid }),
        });
    for (const unwritable of ['secret\u0000', 'secret\u001b', 'secret\ud83d', '\udd11secret', 'secret\ufffe']) {
      expect(write(unwritable)).toThrow(new TypeError('a key, value or app id holds characters that no XML file can hold'));
      expect(write('v', unwritable)).toThrow('no XML file');
      expect(write('v', 'k', { other: unwritable })).toThrow('no XML file');
    }
    expect(write('')).toThrow('needs a value');
    expect(write('v', '')).toThrow('a name for each key');
    expect(write('v', 'k', { k: 'w' })).toThrow('the key of the value itself');
    expect(() => configurationFile('mdm-command', pingIdApp, value)).toThrow('commandUuid');
  });

  it('comes with a warning of what it replaces and that it is a secret, which never stands inside', () => {
    for (const format of configurationFormats) {
      const warnings = warningsOf(format);
      expect(warnings.at(-1)).toContain('secret');
      expect(warnings.length).toBeGreaterThan(1);
      for (const warning of warnings) {
        expect(warning).toMatch(/^[A-Z][ -~]*\.$/); // goes into a header too
        expect(text(format)).not.toContain(warning);
      }
    }
    for (const format of ['ios-dict', 'ios-plist-document', 'android-intune', 'android-amapi', 'mdm-command'] as const)
      expect(warningsOf(format)[0]).toMatch(/replaces .*: keys that stand there and not in the file are lost/);
  });

  it('is for the platform that its console configures', () => {
    expect(configurationFormats.map((format) => platformsOf(format).join('+'))).toEqual([
      ...['ios', 'ios', 'ios', 'android', 'android', 'ios+android', 'ios'],
    ]);
  });
});
