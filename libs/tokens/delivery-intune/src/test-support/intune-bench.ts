import { createHmac } from 'node:crypto';
import { instant, ok, type Result, type SecretFault } from '@tallystick/kernel-core';
import { createOutbound, type Outbound } from '@tallystick/platform-outbound';
import { type DeliveryTarget, pingIdApp, type Platform } from '@tallystick/tokens-domain';
import { createIntuneTarget } from '../create-intune-target.ts';
import { type IntuneSettings, intuneSettings } from '../intune-settings.ts';
import { FakeIntune, type Json } from './fake-intune.ts';

export const ids = {
  list: 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaa1',
  xml: 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaa2',
  workProfile: 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaa3',
  managed: 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaa4',
  iosApp: 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbb1',
  androidApp: 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbb2',
  otherApp: 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbb3',
} as const;

export const { key } = pingIdApp;
export const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
export const textOf = (encoded: unknown): string => Buffer.from(String(encoded), 'base64').toString('utf8');

export const xmlWith = (value: string): string =>
  `<dict>\n\t<!-- by hand -->\n\t<key>10</key><real>1.0</real>\n\t<key>${key}</key>\n\t<string>${value}</string>\n\t<key>2</key><integer>9007199254740993</integer>\n\t<key>a&amp;b</key><array><true/><string>{{deviceid}}</string></array>\n</dict>\n`;
export const payloadWith = (value: string): string =>
  JSON.stringify({
    kind: 'androidenterprise#managedConfiguration',
    productId: `app:${pingIdApp.androidPackage}`,
    managedProperty: [
      { key: 'mode', valueInteger: 3 },
      { key, valueString: value },
      { key: 'servers', valueBundleArray: [{ managedProperty: [{ key, valueString: 'nested' }] }] },
    ],
  });

const common = (id: string, name: string, apps: readonly string[]): Json => ({
  ...{ id, displayName: name, description: null, targetedMobileApps: apps, version: 4 },
  ...{ createdDateTime: '2026-01-01T00:00:00.1234567Z', lastModifiedDateTime: '2026-02-01T00:00:00.1234567Z' },
});
const ios = '#microsoft.graph.iosMobileAppConfiguration';
const android = '#microsoft.graph.androidManagedStoreAppConfiguration';

export const listPolicy = (value: string, id: string = ids.list): Json => ({
  '@odata.type': ios,
  ...common(id, 'iOS list', [ids.iosApp]),
  encodedSettingXml: null,
  settings: [
    { appConfigKey: 'retries', appConfigKeyType: 'integerType', appConfigKeyValue: '3' },
    { appConfigKey: key, appConfigKeyType: 'stringType', appConfigKeyValue: value },
    { appConfigKey: 'user', appConfigKeyType: 'tokenType', appConfigKeyValue: '{{userprincipalname}}' },
  ],
});
export const xmlPolicy = (value: string): Json => ({
  '@odata.type': ios,
  ...common(ids.xml, 'iOS XML', [ids.iosApp]),
  encodedSettingXml: base64(xmlWith(value)),
  settings: [],
});
export const androidPolicy = (value: string, id: string): Json => ({
  '@odata.type': android,
  ...common(id, 'Android', [ids.androidApp]),
  roleScopeTagIds: ['0'],
  packageId: `app:${pingIdApp.androidPackage}`,
  payloadJson: base64(payloadWith(value)),
  permissionActions: [{ permission: 'android.permission.CAMERA', action: 'autoGrant' }],
  profileApplicability: id === ids.managed ? 'androidDeviceOwner' : 'androidWorkProfile',
  connectedAppsEnabled: false,
});

/** A target on a stand-in with a policy of each form and a clock that stands until it is set. */
export interface IntuneBench {
  readonly intune: FakeIntune;
  readonly target: DeliveryTarget;
  readonly outbound: Outbound;
  readonly clock: { ms: number };
  readonly settings: IntuneSettings;
  valueOf(id: string): string | undefined;
  setValue(id: string, value: string): void;
  close(): Promise<void>;
}

export async function intuneBench(
  value: string,
  more: Partial<IntuneSettings> = {},
  secret?: () => Result<string, SecretFault>,
): Promise<IntuneBench> {
  const intune = await new FakeIntune().listen();
  const clock = { ms: Date.UTC(2026, 10, 22, 12) };
  intune.now = () => clock.ms;
  intune.apps.set(ids.iosApp, { '@odata.type': '#microsoft.graph.iosVppApp', id: ids.iosApp, bundleId: pingIdApp.iosBundleId });
  intune.apps.set(ids.androidApp, {
    ...{ '@odata.type': '#microsoft.graph.androidManagedStoreApp', id: ids.androidApp },
    ...{ packageId: pingIdApp.androidPackage, appIdentifier: pingIdApp.androidPackage },
  });
  intune.apps.set(ids.otherApp, {
    '@odata.type': '#microsoft.graph.iosStoreApp',
    id: ids.otherApp,
    bundleId: 'com.example.other',
  });
  for (const policy of [
    ...[listPolicy(value), xmlPolicy(value)],
    ...[androidPolicy(value, ids.workProfile), androidPolicy(value, ids.managed)],
  ])
    intune.policies.set(String(policy['id']), policy);
  const settings = intuneSettings.parse({
    tenant: intune.tenant,
    clientId: intune.clientId,
    clientSecret: { file: 'intune' },
    iosPolicies: [ids.list, ids.xml],
    androidPolicies: [ids.workProfile, ids.managed],
    androidBeta: true,
    graphUrl: intune.base,
    loginUrl: intune.base,
    ...more,
  });
  const outbound = createOutbound({ hosts: [], insecureHosts: ['127.0.0.1'], now: () => instant(clock.ms) });
  const target = createIntuneTarget(settings, {
    outbound,
    app: pingIdApp,
    secret: secret ?? (() => ok(intune.secret)),
    now: () => instant(clock.ms),
    digest: (name, text) => createHmac('sha256', `of this test/${name}`).update(text).digest('hex'),
  });
  return {
    ...{ intune, target, outbound, clock, settings },
    valueOf: (id) => heldIn(intune.policies.get(id)!),
    setValue: (id, next) => intune.change(id, withHeld(intune.policies.get(id)!, next)),
    async close() {
      await outbound.close();
      await intune.close();
    },
  };
}

type Keyed = { appConfigKey?: string; appConfigKeyValue?: string; key?: string; valueString?: string };
const settingsOf = (policy: Json): Keyed[] => (policy['settings'] ?? []) as Keyed[];
const propertiesOf = (policy: Json): Keyed[] =>
  (JSON.parse(textOf(policy['payloadJson'])) as { managedProperty: Keyed[] }).managedProperty;
const inXml = new RegExp(`(<key>${key}</key>\\s*<string>)([^<]*)(</string>)`);

/** The value by the stand-in's own state, read in another way than the adapter reads it. */
function heldIn(policy: Json): string | undefined {
  if (policy['payloadJson']) return propertiesOf(policy).find((one) => one.key === key)?.valueString;
  if (policy['encodedSettingXml']) return inXml.exec(textOf(policy['encodedSettingXml']))?.[2];
  return settingsOf(policy).find((one) => one.appConfigKey === key)?.appConfigKeyValue;
}

function withHeld(policy: Json, value: string): Json {
  if (policy['payloadJson']) return { payloadJson: base64(payloadWith(value)) };
  if (policy['encodedSettingXml'])
    return { encodedSettingXml: base64(textOf(policy['encodedSettingXml']).replace(inXml, `$1${value}$3`)) };
  return {
    settings: settingsOf(policy).map((one) => (one.appConfigKey === key ? { ...one, appConfigKeyValue: value } : one)),
  };
}

export const policiesFor = (platform: Platform): readonly string[] =>
  platform === 'ios' ? [ids.list, ids.xml] : [ids.workProfile, ids.managed];
