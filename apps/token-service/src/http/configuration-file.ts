import { z } from 'zod';

/** What administrators know the key by (M35). */
export const defaultKey = 'PINGID_MDM_TOKEN';

export const configurationFormats = ['json', 'ios-plist', 'android-managed-configuration'] as const;
type Format = (typeof configurationFormats)[number];

export const configurationKey = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9._-]{0,99}$/, { error: 'expected a key: a letter, then letters, digits, ".", "_" and "-"' })
  .default(defaultKey);

export const valueExport = z
  .strictObject({
    format: z.enum(configurationFormats),
    key: configurationKey,
    slot: z
      .string()
      .regex(/^[A-Za-z0-9-]{1,64}$/, { error: 'expected the id of a delivery slot' })
      .optional()
      .meta({ description: 'Which delivery it is for; kept in the audit' }),
  })
  .meta({ id: 'ValueExport' });

/** Every value that is accepted at all is made of these, so that no format has anything to escape. */
const harmless = /^[A-Za-z0-9._-]+$/;

export interface ConfigurationFile {
  readonly name: string;
  readonly type: string;
  readonly text: string;
}

/**
 * A token's value as an MDM takes it in: key, type and value; the `<dict>` of an iOS app configuration (Intune, Workspace ONE, Jamf); or the
 * managed configuration of Android (AMAPI). @throws TypeError on a key or value that would have to be escaped.
 */
export function configurationFile(format: Format, key: string, value: string): ConfigurationFile {
  if (!harmless.test(key) || !harmless.test(value)) throw new TypeError('a key or value can not be written safely');
  switch (format) {
    case 'json':
      return json('managed-device-token.json', { key, type: 'string', value });
    case 'ios-plist':
      return {
        name: 'managed-device-token-ios.plist',
        type: 'application/x-plist',
        text: `<dict>\n  <key>${key}</key>\n  <string>${value}</string>\n</dict>\n`,
      };
    case 'android-managed-configuration':
      return json('managed-device-token-android.json', { managedConfiguration: { [key]: value } });
  }
}

const json = (name: string, content: object): ConfigurationFile => ({
  name,
  type: 'application/json; charset=utf-8',
  text: `${JSON.stringify(content, null, 2)}\n`,
});
