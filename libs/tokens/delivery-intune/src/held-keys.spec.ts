import { describe, expect, it } from '@jest/globals';
import { pingIdApp, type Platform } from '@tallystick/tokens-domain';
import { findKey, type HeldKeys, readKeys } from './held-keys.ts';
import { type Fault, isFault } from './intune-faults.ts';
import type { AndroidPatch, IosSettingsPatch, IosXmlPatch, Policy } from './intune-policy.ts';
import {
  androidPolicy,
  base64,
  ids,
  key,
  listPolicy,
  payloadWith,
  textOf,
  xmlPolicy,
  xmlWith,
} from './test-support/intune-bench.ts';

const before = 'old-value-0123456789';
const after = 'new-value-9876543210';
const read = (policy: unknown, platform: Platform = 'ios'): HeldKeys | Fault =>
  readKeys(policy as Policy, platform, pingIdApp, 'policy 1');
const found = (policy: unknown, platform: Platform = 'ios') => {
  const keys = read(policy, platform);
  return isFault(keys) ? keys : findKey(keys, pingIdApp, 'policy 1');
};
const patched = (policy: unknown, platform: Platform = 'ios') => {
  const keys = read(policy, platform);
  if (isFault(keys)) throw new Error(keys.detail);
  return keys.patchWith(after);
};
const ios = (settings: unknown): unknown => ({ ...listPolicy(before), settings });
const inXml = (xml: string): unknown => ({ ...xmlPolicy(before), encodedSettingXml: base64(xml) });
const inPayload = (payload: unknown): unknown => ({
  ...androidPolicy(before, ids.managed),
  payloadJson: base64(typeof payload === 'string' ? payload : JSON.stringify(payload)),
});
const setting = (name: string, value = 'x', type = 'stringType') => ({
  appConfigKey: name,
  appConfigKeyType: type,
  appConfigKeyValue: value,
});

describe('a write back', () => {
  it('of a list changes the value of the key: other settings, their types, their order and unknown members stay', () => {
    const others = [
      { ...setting('b', '1', 'futureType'), note: 'kept' },
      setting(key, before),
      setting('a', '{{deviceid}}', 'tokenType'),
    ];
    const { settings } = patched(ios(others)) as IosSettingsPatch;
    expect(JSON.stringify(settings)).toBe(JSON.stringify(others).replace(before, after));
  });

  it('of XML changes the value where it stands, and no other byte', () => {
    const { encodedSettingXml } = patched(xmlPolicy(before)) as IosXmlPatch;
    expect(textOf(encodedSettingXml)).toBe(xmlWith(after));
  });

  it('of a payload keeps the digits of numbers, the order of members and what is nested', () => {
    const text = payloadWith(before).replace('"valueInteger":3', '"valueInteger":9007199254740993,"x":1.0');
    const { payloadJson } = patched(inPayload(text), 'android') as AndroidPatch;
    expect(textOf(payloadJson)).toBe(text.replace(before, after));
  });

  it('adds the key where there is none', () => {
    expect(patched(ios(null))).toMatchObject({ settings: [setting(key, after)] });
    const pair = `<key>${key}</key><string>${after}</string>`;
    const added = (xml: string) => textOf((patched(inXml(xml)) as IosXmlPatch).encodedSettingXml);
    expect(added('<dict/>')).toBe(`<dict>${pair}</dict>`);
    expect(added('<dict><key>a</key><true/></dict>')).toBe(`<dict><key>a</key><true/>${pair}</dict>`);
    const payload = patched(inPayload({ managedProperty: [] }), 'android') as AndroidPatch;
    expect(JSON.parse(textOf(payload.payloadJson))).toEqual({ managedProperty: [{ key, valueString: after }] });
  });
});

describe('what is not written to', () => {
  const valid = `<key>${key}</key><string>${before}</string>`;
  it.each<[string, unknown, Platform, string]>([
    ['both a list and XML', { ...xmlPolicy(before), settings: [setting('a')] }, 'ios', 'unreadable'],
    ['a policy of the other platform', androidPolicy(before, ids.managed), 'ios', 'slot-not-found'],
    ['a key of another type', ios([setting(key, before, 'tokenType')]), 'ios', 'unreadable'],
    ['a key twice', ios([setting(key), setting(key)]), 'ios', 'near-miss-key'],
    ['a key with a blank', ios([setting(`${key} `)]), 'ios', 'near-miss-key'],
    ['a key in other letters', ios([setting(key.toLowerCase())]), 'ios', 'near-miss-key'],
    ['a key with hyphens', ios([setting(key.replaceAll('_', '-'))]), 'ios', 'near-miss-key'],
    ['no base64', { ...xmlPolicy(before), encodedSettingXml: '<dict/>' }, 'ios', 'unreadable'],
    ['no UTF-8', { ...xmlPolicy(before), encodedSettingXml: '//8=' }, 'ios', 'unreadable'],
    ['XML with the key twice', inXml(`<dict>${valid}${valid}</dict>`), 'ios', 'near-miss-key'],
    ['XML with the key as a number', inXml(`<dict><key>${key}</key><integer>1</integer></dict>`), 'ios', 'unreadable'],
    ['XML with an entity of its own', inXml(`<dict>${valid}<key>a</key><string>&other;</string></dict>`), 'ios', 'unreadable'],
    ['XML with a stray text', inXml(`<dict>a${valid}</dict>`), 'ios', 'unreadable'],
    ['XML that is cut', inXml(`<dict>${valid}`), 'ios', 'unreadable'],
    ['XML of two dictionaries', inXml(`<dict>${valid}</dict><dict/>`), 'ios', 'unreadable'],
    ['XML with a comment in the value', inXml(`<dict><key>${key}</key><string>a<!-- -->b</string></dict>`), 'ios', 'unreadable'],
    ['a payload that is no JSON', inPayload('{'), 'android', 'unreadable'],
    ['a payload with a member twice', inPayload('{"managedProperty":[],"a":1,"a":2}'), 'android', 'unreadable'],
    ['a payload of another app', inPayload({ productId: 'app:com.example', managedProperty: [] }), 'android', 'app-not-found'],
    [
      'a policy of another app',
      { ...androidPolicy(before, ids.managed), packageId: 'app:com.example' },
      'android',
      'app-not-found',
    ],
    ['a property of another type', inPayload({ managedProperty: [{ key, valueBool: true }] }), 'android', 'unreadable'],
    [
      'a property of two types',
      inPayload({ managedProperty: [{ key, valueString: 'x', valueBool: true }] }),
      'android',
      'unreadable',
    ],
  ])('%s', (_, policy, platform, reason) => {
    expect(found(policy, platform)).toMatchObject({ kind: 'fault', reason });
  });

  it('but a near miss beside the key itself does no harm', () => {
    expect(found(ios([setting(key, before), setting(`${key} `)]))).toEqual({ text: before });
  });
});
