import { afterEach, describe, expect, it } from '@jest/globals';
import { Client, type Context, HTTPMessageHandler, type Middleware } from '@microsoft/microsoft-graph-client';
import type { IosMobileAppConfiguration } from '@microsoft/microsoft-graph-types';
import type { AndroidManagedStoreAppConfiguration } from '@microsoft/microsoft-graph-types-beta';
import { pingIdApp, type Platform } from '@tallystick/tokens-domain';
import { readKeys } from './held-keys.ts';
import { isFault } from './intune-faults.ts';
import type { AndroidPatch, IosSettingsPatch, IosXmlPatch, Policy } from './intune-policy.ts';
import {
  androidPolicy,
  base64,
  ids,
  intuneBench,
  type IntuneBench,
  key,
  listPolicy,
  textOf,
} from './test-support/intune-bench.ts';

const before = 'old-value-0123456789';
const after = 'new-value-9876543210';

describe("Microsoft's published types", () => {
  /** Members that are not in the type: none but the one that names the type. */
  type Foreign<Body, Type> = Exclude<keyof Body, keyof Type | '@odata.type'>;
  const none = <Names extends never>(...names: Names[]): Names[] => names;

  // What is said here is checked by the compiler; the runner only sees that these are the bodies of the adapter.
  it('take the bodies of the writes, and would not take a misspelt member or another type of a setting', () => {
    const patch = (policy: unknown, platform: Platform) => {
      const keys = readKeys(policy as Policy, platform, pingIdApp, 'it');
      if (isFault(keys)) throw new Error(keys.detail);
      return keys.patchWith(after);
    };
    const list = patch(listPolicy(before), 'ios') as IosSettingsPatch;
    const android = patch(androidPolicy(before, ids.managed), 'android') as AndroidPatch;
    const xml: IosXmlPatch = { '@odata.type': list['@odata.type'], encodedSettingXml: base64('<dict/>') };

    const asMicrosoft: IosMobileAppConfiguration[] = [list, xml];
    const asBeta: AndroidManagedStoreAppConfiguration = android;
    none<Foreign<IosSettingsPatch, IosMobileAppConfiguration>>();
    none<Foreign<IosXmlPatch, IosMobileAppConfiguration>>();
    none<Foreign<AndroidPatch, AndroidManagedStoreAppConfiguration>>();

    // @ts-expect-error a member that there is not
    none<Foreign<{ setings: [] }, IosMobileAppConfiguration>>();
    // @ts-expect-error a type of a setting that there is not
    const wrong: IosMobileAppConfiguration = { settings: [{ appConfigKey: key, appConfigKeyType: 'string' }] };
    // @ts-expect-error v1.0 knows no payload
    none<Foreign<AndroidPatch, IosMobileAppConfiguration>>();

    expect(asMicrosoft[0]!.settings?.find((one) => one.appConfigKey === key)?.appConfigKeyValue).toBe(after);
    expect(textOf(asBeta.payloadJson)).toContain(after);
    expect(wrong).not.toEqual(list);
  });
});

describe("Microsoft's client as a second writer", () => {
  let bench: IntuneBench;
  afterEach(() => bench.close());

  /** It sends access tokens by https only, so here they are put in behind it. */
  class WithToken implements Middleware {
    readonly #next = new HTTPMessageHandler();
    async execute(context: Context): Promise<void> {
      const { headers } = context.options!;
      context.options!.headers = { ...(headers as Record<string, string>), authorization: 'Bearer of-the-second-writer' };
      await this.#next.execute(context);
    }
  }
  const client = (version: 'v1.0' | 'beta'): Client => {
    bench.intune.accessTokens.add('of-the-second-writer');
    return Client.initWithMiddleware({
      baseUrl: `${bench.intune.base}/`,
      defaultVersion: version,
      customHosts: new Set(['127.0.0.1']),
      middleware: new WithToken(),
    });
  };
  const writes = () => bench.intune.requests.filter(({ method }) => method === 'PATCH');
  const soon = () => AbortSignal.timeout(20_000);
  const delivery = (platform: Platform) => ({ platform, value: after, name: 'r/1' });

  it('sends the same for a list of settings: method, address and body', async () => {
    bench = await intuneBench(before, { iosPolicies: [ids.list] });
    const resource = client('v1.0').api(`/deviceAppManagement/mobileAppConfigurations/${ids.list}`);
    const found = (await resource.get()) as IosMobileAppConfiguration & { '@odata.type': string };
    for (const setting of found.settings!) if (setting.appConfigKey === key) setting.appConfigKeyValue = after;
    await resource.update({ '@odata.type': found['@odata.type'], settings: found.settings });
    bench.setValue(ids.list, before);
    expect(await bench.target.apply(delivery('ios'), soon())).toMatchObject({ kind: 'stored', isNew: true });
    const [theirs, ours] = writes();
    expect(ours).toEqual(theirs);
  });

  it('sends the same for an Android payload', async () => {
    bench = await intuneBench(before, { androidPolicies: [ids.managed] });
    const resource = client('beta').api(`/deviceAppManagement/mobileAppConfigurations/${ids.managed}`);
    const found = (await resource.get()) as AndroidManagedStoreAppConfiguration & { '@odata.type': string };
    const payload = JSON.parse(textOf(found.payloadJson)) as { managedProperty: { key: string; valueString?: string }[] };
    for (const property of payload.managedProperty) if (property.key === key) property.valueString = after;
    await resource.update({ '@odata.type': found['@odata.type'], payloadJson: base64(JSON.stringify(payload)) });
    bench.setValue(ids.managed, before);
    expect(await bench.target.apply(delivery('android'), soon())).toMatchObject({ kind: 'stored', isNew: true });
    const [theirs, ours] = writes();
    expect(ours).toEqual(theirs);
  });

  it('finds what the adapter wrote, and the adapter finds what it wrote', async () => {
    bench = await intuneBench(before, { iosPolicies: [ids.list] });
    const resource = client('v1.0').api(`/deviceAppManagement/mobileAppConfigurations/${ids.list}`);
    await bench.target.apply(delivery('ios'), soon());
    const found = (await resource.get()) as IosMobileAppConfiguration;
    expect(found.settings?.find((one) => one.appConfigKey === key)?.appConfigKeyValue).toBe(after);
    const settings = [{ appConfigKey: key, appConfigKeyType: 'stringType', appConfigKeyValue: 'third-value-0000' }];
    await resource.update({ '@odata.type': '#microsoft.graph.iosMobileAppConfiguration', settings });
    expect(await bench.target.read('ios', soon())).toMatchObject({ values: ['third-value-0000'], version: '6' });
  });
});

/**
 * In the shape of a portal exchange of 2025-11 that others published: the members, their order, base64 of compact JSON. Both texts were
 * encoded by `base64` of the coreutils.
 */
describe('the Android payload as the portal writes it', () => {
  const recorded =
    'eyJraW5kIjoiYW5kcm9pZGVudGVycHJpc2UjbWFuYWdlZENvbmZpZ3VyYXRpb24iLCJwcm9kdWN0SWQiOiJhcHA6cHJvZC5jb20ucGluZ2lkZW50aXR5LnBpbmdpZCIsIm1hbmFnZWRQcm9wZXJ0eSI6W3sia2V5IjoiUElOR0lEX01ETV9UT0tFTiIsInZhbHVlU3RyaW5nIjoib2xkLXZhbHVlLTAxMjM0NTY3ODkifV19';
  const expected =
    'eyJraW5kIjoiYW5kcm9pZGVudGVycHJpc2UjbWFuYWdlZENvbmZpZ3VyYXRpb24iLCJwcm9kdWN0SWQiOiJhcHA6cHJvZC5jb20ucGluZ2lkZW50aXR5LnBpbmdpZCIsIm1hbmFnZWRQcm9wZXJ0eSI6W3sia2V5IjoiUElOR0lEX01ETV9UT0tFTiIsInZhbHVlU3RyaW5nIjoibmV3LXZhbHVlLTk4NzY1NDMyMTAifV19';

  it('is changed in its value alone, to the byte', () => {
    const keys = readKeys(
      { ...androidPolicy(before, ids.managed), payloadJson: recorded } as unknown as Policy,
      'android',
      pingIdApp,
      'it',
    );
    if (isFault(keys)) throw new Error(keys.detail);
    expect(keys.patchWith(after)).toEqual({
      '@odata.type': '#microsoft.graph.androidManagedStoreAppConfiguration',
      payloadJson: expected,
    });
  });
});
