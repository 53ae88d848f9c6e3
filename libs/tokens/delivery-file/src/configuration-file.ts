import type { ManagedApp, Platform } from '@tallystick/tokens-domain';
import { appConfigSpec } from './app-config-spec.ts';
import { PlistDict, plistDocument, plistFragment } from './apple-files.ts';
import { csv } from './key-value-csv.ts';
import { isXmlText } from './xml-text.ts';

/**
 * | format           | content                                                   | for                                                             |
 * | ---------------- | --------------------------------------------------------- | --------------------------------------------------------------- |
 * | `ios-dict`       | a bare `<dict>`                                           | Intune "Enter XML data", Jamf Pro "App Configuration"           |
 * | `ios-plist-document`      | the same as a whole property list                         | Ivanti, MaaS360, SimpleMDM and others that take a plist         |
 * | `appconfig-spec` | a specification file of AppConfig, the value its default  | Workspace ONE, Ivanti, MaaS360, as a template                   |
 * | `android-intune` | `androidenterprise#managedConfiguration`                  | Intune "Enter JSON data"                                        |
 * | `android-amapi`  | `packageName` and `managedConfiguration`                  | consoles of the Android Management API                          |
 * | `keyvalue-csv`   | platform, app, key, type, value                           | people who type it in                                           |
 * | `mdm-command`    | `Settings` with `ApplicationConfiguration`                | NanoMDM and others that speak Apple's protocol                  |
 */
export const configurationFormats = [
  'ios-dict',
  'ios-plist-document',
  'appconfig-spec',
  'android-intune',
  'android-amapi',
  'keyvalue-csv',
  'mdm-command',
] as const;
export type ConfigurationFormat = (typeof configurationFormats)[number];

/** For whose devices a format is. */
export const platformsOf = (format: ConfigurationFormat): readonly Platform[] => {
  if (format === 'keyvalue-csv') return ['ios', 'android'];
  return format === 'android-intune' || format === 'android-amapi' ? ['android'] : ['ios'];
};

/** A secret: UTF-8 without a byte order mark, LF at the ends of lines. Short-lived, never in a log. */
export interface ConfigurationFile {
  readonly name: string;
  readonly type: string;
  readonly text: string;
}

export interface ConfigurationFileOptions {
  /** What else belongs into the app's configuration, as texts: a console that replaces the whole of it would lose it otherwise. */
  readonly otherKeys?: Readonly<Record<string, string>>;
  /** `keyvalue-csv`: for these devices only; left out: a row for each platform. */
  readonly platform?: Platform;
  /** `mdm-command`, which asks for it: unique over all commands, for a server takes each once. */
  readonly commandUuid?: string;
}

/**
 * The value as an MDM takes it in. Escapes what has to be, and adds nothing: what is read out of the file is exactly what was given.
 * Whether a value is fit for the variables of a product is not judged here.
 * @throws TypeError without any value in it: on an empty value or key, on what XML can't hold at all, on an other key that is the app's own one,
 * on an `mdm-command` without `commandUuid`
 */
export function configurationFile(
  format: ConfigurationFormat,
  app: ManagedApp,
  value: string,
  { otherKeys = {}, platform, commandUuid }: ConfigurationFileOptions = {},
): ConfigurationFile {
  const others = Object.entries(otherKeys);
  if (others.some(([key]) => key === app.key)) throw new TypeError('one of the other keys is the key of the value itself');
  const keys = [[app.key, value] as const, ...others];
  if (value === '' || keys.some(([key]) => key === ''))
    throw new TypeError('a configuration file needs a value, and a name for each key');
  const texts = [app.iosBundleId, app.androidPackage, commandUuid ?? '', ...keys.flat()];
  if (!texts.every(isXmlText)) throw new TypeError('a key, value or app id holds characters that no XML file can hold');

  switch (format) {
    case 'ios-dict':
      return xml('ios-dict.xml', plistFragment(new PlistDict(keys)));
    case 'ios-plist-document':
      return plist('ios-document.plist', plistDocument(new PlistDict(keys)));
    case 'appconfig-spec':
      return xml('appconfig-spec.xml', appConfigSpec(app.iosBundleId, keys));
    case 'android-intune':
      return json('android-intune.json', {
        kind: 'androidenterprise#managedConfiguration',
        productId: `app:${app.androidPackage}`,
        managedProperty: keys.map(([key, valueString]) => ({ key, valueString })),
      });
    case 'android-amapi':
      return json('android-amapi.json', { packageName: app.androidPackage, managedConfiguration: Object.fromEntries(keys) });
    case 'keyvalue-csv': {
      const on = platform === undefined ? platformsOf(format) : [platform];
      const rows = on.flatMap((one) => keys.map(([key, held]) => [one, appIdOf(app, one), key, 'STRING', held]));
      return named('keyvalue.csv', 'text/csv; charset=utf-8', csv([['platform', 'app', 'key', 'type', 'value'], ...rows]));
    }
    case 'mdm-command': {
      if (!commandUuid) throw new TypeError('a command needs a commandUuid');
      const setting = new PlistDict([
        ['Item', 'ApplicationConfiguration'],
        ['Identifier', app.iosBundleId],
        ['Configuration', new PlistDict(keys)],
      ]);
      const command = new PlistDict([
        ['RequestType', 'Settings'],
        ['Settings', [setting]],
      ]);
      const whole = new PlistDict([
        ['CommandUUID', commandUuid],
        ['Command', command],
      ]);
      return plist('mdm-command.plist', plistDocument(whole));
    }
  }
}

const appIdOf = (app: ManagedApp, platform: Platform): string => (platform === 'ios' ? app.iosBundleId : app.androidPackage);

const named = (name: string, type: string, text: string): ConfigurationFile => ({
  name: `managed-device-token-${name}`,
  type,
  text,
});
const xml = (name: string, text: string) => named(name, 'application/xml; charset=utf-8', text);
const plist = (name: string, text: string) => named(name, 'application/x-plist', text);
const json = (name: string, content: object) =>
  named(name, 'application/json; charset=utf-8', `${JSON.stringify(content, null, 2)}\n`);
