import type { ManagedApp, Platform } from '@tallystick/tokens-domain';
import { readPayload } from './android-payload.ts';
import { readEncodedXml } from './encoded-xml.ts';
import { type Fault, fault } from './intune-faults.ts';
import { odataTypes, type Policy, type PolicyPatch, type Setting } from './intune-policy.ts';

export interface HeldKey {
  readonly key: string;
  /** Undefined where it is no text: a number, a list, a variable by its type. */
  readonly text: string | undefined;
  /** All of it, as plain data, to be compared. */
  readonly content: unknown;
}

/** The app's configuration as a policy holds it, in one of three forms. */
export interface HeldKeys {
  readonly form: 'settings' | 'xml' | 'json';
  readonly keys: readonly HeldKey[];
  /** What the form holds beside the keys. */
  readonly around?: unknown;
  /** The same with the text under the app's key, in the same form; all other keys, their types and their order stay. */
  patchWith(text: string): PolicyPatch;
}

/** Reads what a policy holds. A fault where it is no policy of this slot, or would not come back as it is. */
export function readKeys(policy: Policy, platform: Platform, app: ManagedApp, what: string): HeldKeys | Fault {
  if (policy['@odata.type'] !== odataTypes[platform])
    return fault('slot-not-found', `${what} is no app configuration policy for managed devices of this platform`);
  if (platform === 'android') return readPayload(policy, app, what);
  const hasSettings = (policy.settings?.length ?? 0) > 0;
  const { encodedSettingXml } = policy;
  if (typeof encodedSettingXml !== 'string' || encodedSettingXml === '') return settingsKeys(policy.settings ?? [], app);
  if (hasSettings)
    return fault(
      'unreadable',
      `${what} holds both a list of settings and XML, and it is not known which counts: leave one in it`,
    );
  return readEncodedXml(encodedSettingXml, app, what);
}

const settingsKeys = (settings: readonly Setting[], { key }: ManagedApp): HeldKeys => ({
  form: 'settings',
  keys: settings.map((setting) => ({
    key: setting.appConfigKey,
    text: setting.appConfigKeyType === 'stringType' ? setting.appConfigKeyValue : undefined,
    content: setting,
  })),
  patchWith: (text) => ({
    '@odata.type': odataTypes.ios,
    settings: settings.some((setting) => setting.appConfigKey === key)
      ? settings.map((setting) => (setting.appConfigKey === key ? { ...setting, appConfigKeyValue: text } : setting))
      : [...settings, { appConfigKey: key, appConfigKeyType: 'stringType', appConfigKeyValue: text }],
  }),
});

/** Blanks and case are what people get wrong, and what the app does not forgive. */
export const isNearMiss = (name: string, key: string): boolean => name !== key && bare(name) === bare(key);
const bare = (name: string): string => name.replace(/[\s\u200b_-]/g, '').toLowerCase();

/** What stands under the app's key; undefined where it is not set. A fault where a delivery would not reach the app, or would change more. */
export function findKey({ keys }: HeldKeys, { key }: ManagedApp, what: string): { readonly text: string | undefined } | Fault {
  const [held, ...more] = keys.filter((one) => one.key === key);
  if (more.length > 0) return fault('near-miss-key', `${what} holds the key ${key} more than once: leave one`);
  if (held === undefined)
    return keys.some((one) => isNearMiss(one.key, key))
      ? fault('near-miss-key', `${what} holds a key that differs from ${key} in blanks, case or hyphens: correct its name`)
      : { text: undefined };
  if (held.text === undefined)
    return fault('unreadable', `${what} holds the key ${key} as another type than a text: make it a string`);
  return { text: held.text };
}
