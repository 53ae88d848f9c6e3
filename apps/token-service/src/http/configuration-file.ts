import {
  configurationFile as deliveryFile,
  type ConfigurationFile,
  type ConfigurationFormat as DeliveryFormat,
  configurationFormats as deliveryFormats,
  warningsOf,
} from '@tallystick/tokens-delivery-file';
import { type ManagedApp, pingIdApp, type Platform } from '@tallystick/tokens-domain';
import { z } from 'zod';

/** What administrators know the key by (M35). */
export const defaultKey = pingIdApp.key;

/** From before there were formats by console. Their files stay as they are, byte by byte. */
const firstFormats = ['json', 'ios-plist', 'android-managed-configuration'] as const;
export const configurationFormats = [...firstFormats, ...deliveryFormats] as const;
type Format = (typeof configurationFormats)[number];

export const formatDescription = [
  'ios-dict: a bare <dict> (Intune "Enter XML data", Jamf Pro "App Configuration"). ios-plist-document: a whole property list (Ivanti, MaaS360).',
  'appconfig-spec: a template of AppConfig with the value as its default. android-intune: Intune "Enter JSON data".',
  'android-amapi: packageName and managedConfiguration. keyvalue-csv: to copy from by hand.',
  "mdm-command: a command of Apple's protocol (NanoMDM), with a CommandUUID of its own in each file.",
  'json: key, type and value. android-managed-configuration: android-amapi without packageName. ios-plist: the same as ios-dict, in spite of its name.',
].join(' ');

export const keyPattern = '^[A-Za-z][A-Za-z0-9._-]{0,99}$';
export const configurationKey = z
  .string()
  .regex(new RegExp(keyPattern), { error: 'expected a key: a letter, then letters, digits, ".", "_" and "-"' })
  .default(defaultKey);

export const appIdPattern = '^[A-Za-z][A-Za-z0-9._-]{0,154}$';
const appId = z.string().regex(new RegExp(appIdPattern), { error: 'expected the id of an app, like com.example.app' });
/** Which app a file is for; left out: PingID. */
export const appIds = {
  iosBundleId: appId.default(pingIdApp.iosBundleId),
  androidPackage: appId.default(pingIdApp.androidPackage),
};

export const valueExport = z
  .strictObject({
    format: z.enum(configurationFormats).meta({ description: formatDescription }),
    key: configurationKey,
    ...appIds,
    slot: z
      .string()
      .regex(/^[A-Za-z0-9-]{1,64}$/, { error: 'expected the id of a delivery slot' })
      .optional()
      .meta({ description: 'Which delivery it is for; kept in the audit' }),
  })
  .meta({ id: 'ValueExport' });

/** Every value that is accepted at all is made of these, so that no format has anything to escape, and no MDM anything to replace. */
const harmless = /^[A-Za-z0-9._-]+$/;

export interface ConfigurationFileOptions {
  /** `keyvalue-csv`: for these devices only. */
  readonly platform?: Platform;
  /** `mdm-command`: unique over all commands. */
  readonly commandUuid: string;
}

/** A token's value as an MDM takes it in. @throws TypeError on a key or value that would have to be escaped. */
export function configurationFile(
  format: Format,
  app: ManagedApp,
  value: string,
  options: ConfigurationFileOptions,
): ConfigurationFile {
  if (!harmless.test(app.key) || !harmless.test(value)) throw new TypeError('a key or value can not be written safely');
  switch (format) {
    case 'json':
      return json('managed-device-token.json', { key: app.key, type: 'string', value });
    case 'ios-plist': {
      const { text } = deliveryFile('ios-dict', app, value);
      return { name: 'managed-device-token-ios.plist', type: 'application/x-plist', text };
    }
    case 'android-managed-configuration':
      return json('managed-device-token-android.json', { managedConfiguration: { [app.key]: value } });
    default:
      return deliveryFile(format, app, value, options);
  }
}

/** What the first formats replace is what the formats by console replace that are imported in the same way. */
const sameImport: Readonly<Record<(typeof firstFormats)[number], DeliveryFormat>> = {
  json: 'keyvalue-csv',
  'ios-plist': 'ios-dict',
  'android-managed-configuration': 'android-amapi',
};
const isFirst = (format: Format): format is (typeof firstFormats)[number] => (firstFormats as readonly string[]).includes(format);

/** What to know before the file is imported, to be shown beside it; ASCII. */
export const importWarnings = (format: Format): readonly string[] => warningsOf(isFirst(format) ? sameImport[format] : format);

const json = (name: string, content: object): ConfigurationFile => ({
  name,
  type: 'application/json; charset=utf-8',
  text: `${JSON.stringify(content, null, 2)}\n`,
});
