import type { Platform } from '@tallystick/tokens-domain';
import { z } from 'zod';
import type { GraphVersion } from './graph-calls.ts';

/** Kept in the words of the service: a type that this version does not know is sent back as it came. */
export type SettingType = 'stringType' | 'integerType' | 'realType' | 'booleanType' | 'tokenType';

const setting = z.looseObject({
  appConfigKey: z.string(),
  appConfigKeyType: z.custom<SettingType>((type) => typeof type === 'string'),
  appConfigKeyValue: z.string(),
});

/** An app configuration policy as Graph gives it; members that are not named here are kept as they came. */
export const policy = z.looseObject({
  '@odata.type': z.string(),
  version: z.unknown(),
  lastModifiedDateTime: z.unknown(),
  targetedMobileApps: z.array(z.string()).nullish(),
  settings: z.array(setting).nullish(),
  encodedSettingXml: z.string().nullish(),
  packageId: z.string().nullish(),
  payloadJson: z.string().nullish(),
});
export type Policy = z.infer<typeof policy>;

/** Counts up with each change of the policy; undefined where it is missing. */
export const versionOf = ({ version }: Policy): number | undefined =>
  typeof version === 'number' && Number.isSafeInteger(version) ? version : undefined;
export type Setting = z.infer<typeof setting>;

export const odataTypes = {
  ios: '#microsoft.graph.iosMobileAppConfiguration',
  android: '#microsoft.graph.androidManagedStoreAppConfiguration',
} as const satisfies Record<Platform, string>;

/** Android policies are absent from v1.0. */
export const graphVersionOf = (platform: Platform): GraphVersion => (platform === 'ios' ? 'v1.0' : 'beta');

export const policiesPath = '/deviceAppManagement/mobileAppConfigurations';
export const policyPath = (id: string): string => `${policiesPath}/${encodeURIComponent(id)}`;

/** What a PATCH of the key sends: the one member that holds it, in the form it was found in, and nothing else of the policy. */
export interface IosSettingsPatch {
  '@odata.type': typeof odataTypes.ios;
  settings: Setting[];
}
export interface IosXmlPatch {
  '@odata.type': typeof odataTypes.ios;
  encodedSettingXml: string;
}
export interface AndroidPatch {
  '@odata.type': typeof odataTypes.android;
  payloadJson: string;
}
export type PolicyPatch = IosSettingsPatch | IosXmlPatch | AndroidPatch;
