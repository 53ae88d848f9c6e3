import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { addressesOf, parseTargets, readTargets } from './targets-file.ts';

const guid = (digit: number) => `${digit}0000000-0000-4000-8000-00000000000a`;
const environment = 'acme';
const intune = (id: string, more: object = {}, settings: object = {}) => ({
  ...{ environment, id, vendor: 'intune' },
  settings: {
    ...{ tenant: 'acme.example', clientId: guid(1), clientSecret: { file: 'graph' }, iosPolicies: [guid(2)] },
    ...settings,
  },
  ...more,
});
const workspaceOne = (id: string, more: object = {}, settings: object = {}) => ({
  ...{ environment, id, vendor: 'workspace-one' },
  settings: {
    apiUrl: 'https://as1.awmdm.example/API',
    auth: { kind: 'basic', username: 'u', password: { variable: 'UEM' }, tenantCode: { variable: 'UEM_CODE' } },
    ios: { application: guid(3) },
    ...settings,
  },
  ...more,
});
const jamf = (id: string, more: object = {}, settings: object = {}) => ({
  ...{ environment, id, vendor: 'jamf' },
  settings: {
    ...{ url: 'https://acme.jamf.example', clientId: 'c', clientSecret: { file: 'jamf' }, ios: { applications: [7, 8] } },
    ...settings,
  },
  ...more,
});
const nanomdm = (id: string, more: object = {}, settings: object = {}) => ({
  ...{ environment, id, vendor: 'nanomdm' },
  settings: {
    ...{ baseUrl: 'https://mdm.example', apiKey: { file: 'api' }, webhookKey: { file: 'hook' }, enrolmentIds: ['D-1', 'D-2'] },
    ...settings,
  },
  ...more,
});
const file = (id: string, more: object = {}) => ({ environment, id, vendor: 'file', ...more });

const parse = (...targets: readonly unknown[]) => parseTargets(JSON.stringify({ targets }));
function faultsOf(...targets: readonly unknown[]): string {
  try {
    parse(...targets);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('expected a fault');
}

describe('the file of the delivery targets', () => {
  it('is read with the app, and everything else that is not told, as it usually is', () => {
    const app = {
      key: 'PINGID_MDM_TOKEN',
      iosBundleId: 'com.pingidentity.pingid.prod',
      androidPackage: 'prod.com.pingidentity.pingid',
    };
    const all = parse(
      intune('a'),
      workspaceOne('b'),
      jamf('c'),
      file('d'),
      file('e', { vendor: 'guided', settings: { product: 'jamf' } }),
      nanomdm('f'),
    );
    expect(all.map((one) => [one.environment, one.id, one.vendor, one.app])).toEqual(
      ['intune', 'workspace-one', 'jamf', 'file', 'guided', 'nanomdm'].map((vendor, at) => ['acme', 'abcdef'[at], vendor, app]),
    );
    expect(all[0]).toMatchObject({
      settings: { graphUrl: 'https://graph.microsoft.com', androidBeta: false, androidPolicies: [] },
    });
    expect(all[2]).toMatchObject({ settings: { tokenPath: '/api/v1/oauth/token' } });
    expect(all[3]).toMatchObject({ settings: { platforms: ['ios', 'android'] } });
    expect(all[5]).toMatchObject({ settings: { push: true, otherKeys: {} } });
  });

  it('names another app, in part', () => {
    expect(parse(file('a', { app: { key: 'OTHER_KEY' } }))[0]?.app).toEqual({
      ...{ key: 'OTHER_KEY', iosBundleId: 'com.pingidentity.pingid.prod', androidPackage: 'prod.com.pingidentity.pingid' },
    });
  });

  it('is read from where it is mounted', () => {
    const folder = mkdtempSync(join(tmpdir(), 'targets-'));
    try {
      writeFileSync(join(folder, 'targets.json'), JSON.stringify({ targets: [file('a')] }));
      expect(readTargets(join(folder, 'targets.json')).map(({ id }) => id)).toEqual(['a']);
      expect(() => readTargets(join(folder, 'none.json'))).toThrow('ENOENT');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('has all its faults named at once, where they are, without what stands there', () => {
    const secret = 'hunter2-it-is-secret';
    const said = faultsOf(
      file('Not A Name'),
      intune('b', { environment: secret.toUpperCase() }, { clientSecret: secret, clientId: secret }),
      jamf(
        'c',
        { app: { key: `<${secret}>` } },
        { clientSecret: { file: `../${secret}` }, url: `https://u:${secret}@jamf.example` },
      ),
      file('d', { vendor: secret }),
      file('e', { vendor: 'guided', settings: { product: secret } }),
      workspaceOne('f', {}, { apiUrl: `https://as1.example/API?key=${secret}`, ios: { application: secret } }),
      nanomdm(
        'g',
        {},
        { baseUrl: `https://u:${secret}@mdm.example`, enrolmentIds: [`${secret},`], otherKeys: { a: `${secret}\0` } },
      ),
    );
    for (const place of [
      'targets.0.id',
      'targets.1.environment',
      'targets.1.settings.clientSecret',
      'targets.1.settings.clientId',
      'targets.2.app.key',
      'targets.2.settings.clientSecret',
      'targets.2.settings.url',
      'targets.3.vendor',
      'targets.4.settings.product',
      'targets.5.settings.apiUrl',
      'targets.5.settings.ios.application',
      'targets.6.settings.baseUrl',
      'targets.6.settings.enrolmentIds.0',
      'targets.6.settings.otherKeys.a',
    ])
      expect(said).toContain(` ${place}`);
    expect(said.toLowerCase()).not.toContain('hunter2');
  });

  it('that is no JSON is not quoted', () => {
    expect(() => parseTargets('{"targets": hunter2')).toThrow(/^the file of the delivery targets is not JSON$/);
  });

  it.each([
    ['a document without targets', {}],
    ['an unknown member beside them', { targets: [], target: [] }],
    ['an unknown member of a target', { targets: [file('a', { secret: 'x' })] }],
    ['an unknown member of its settings', { targets: [intune('a', {}, { graphURL: 'https://graph.example' })] }],
    ['a target without settings', { targets: [file('a', { vendor: 'jamf' })] }],
    ['a key that means something to a vendor', { targets: [file('a', { app: { key: '{{serialnumber}}' } })] }],
  ])('is not taken with %s', (_, document) => {
    expect(() => parseTargets(JSON.stringify(document))).toThrow('has faults');
  });

  it.each([
    ['a text', 'hunter2'],
    ['a path', { file: '../other/graph' }],
    ['a path of its own', { file: '/run/secrets/graph' }],
    ['another environment’s variable', { variable: 'TALLYSTICK_SECRET_OTHER__GRAPH' }],
    ['a variable that could be another environment’s', { variable: 'A__B' }],
    ['both a file and a variable', { file: 'a', variable: 'A' }],
    ['nothing', undefined],
  ])('takes credentials as references only, not as %s', (_, clientSecret) => {
    for (const target of [intune('a', {}, { clientSecret }), jamf('a', {}, { clientSecret })])
      expect(faultsOf(target)).toContain('targets.0.settings.clientSecret');
    const auth = { kind: 'basic', username: 'u', password: clientSecret, tenantCode: clientSecret };
    const said = faultsOf(workspaceOne('a', {}, { auth }));
    expect(said).toContain('targets.0.settings.auth.password');
    expect(said).toContain('targets.0.settings.auth.tenantCode');
    const keys = faultsOf(nanomdm('a', {}, { apiKey: clientSecret, webhookKey: clientSecret }));
    expect(keys).toContain('targets.0.settings.apiKey');
    expect(keys).toContain('targets.0.settings.webhookKey');
  });
});

describe('two targets', () => {
  it('have two ids in an environment, and may have one in two', () => {
    expect(faultsOf(file('a'), file('b'), file('a'))).toBe('the file of the delivery targets has faults: two targets are acme/a');
    expect(parse(file('a'), file('a', { environment: 'other' })).map(({ environment: of }) => of)).toEqual(['acme', 'other']);
  });

  it.each([
    ['one policy', intune('a'), intune('b'), guid(2)],
    ['one policy, written in capitals', intune('a'), intune('b', {}, { iosPolicies: [guid(2).toUpperCase()] }), guid(2)],
    ['one policy, of a tenant in capitals', intune('a'), intune('b', {}, { tenant: 'ACME.example' }), guid(2)],
    ['one policy by two apps', intune('a'), intune('b', {}, { clientId: guid(9) }), guid(2)],
    ['one of several policies', intune('a', {}, { iosPolicies: [guid(4), guid(2)] }), intune('b'), guid(2)],
    ['one policy at one port', intune('a'), intune('b', {}, { graphUrl: 'https://GRAPH.microsoft.com:443' }), guid(2)],
    [
      'one application of Workspace ONE',
      workspaceOne('a'),
      workspaceOne('b', {}, { android: { application: guid(3).toUpperCase() } }),
      guid(3),
    ],
    ['one record of Jamf', jamf('a'), jamf('b', {}, { ios: { applications: [9, 8] } }), 'acme.jamf.example 8'],
    ["one device's app", nanomdm('a'), nanomdm('b', {}, { enrolmentIds: ['D-2', 'D-3'] }), 'com.pingidentity.pingid.prod'],
    ["one device's app by another key", nanomdm('a'), nanomdm('b', { app: { key: 'OTHER' } }), 'nanomdm mdm.example'],
    ["one device's app at one port", nanomdm('a'), nanomdm('b', {}, { baseUrl: 'https://MDM.example:443/x' }), 'mdm.example'],
    ["one device's app, written in small letters", nanomdm('a'), nanomdm('b', {}, { enrolmentIds: ['d-2'] }), 'mdm.example'],
    ['one record of Jamf by another client', jamf('a'), jamf('b', {}, { clientId: 'd', url: 'https://ACME.jamf.example' }), '7'],
  ])('that write to %s are refused, also across environments', (_, one, other, place) => {
    for (const environmentOfOther of ['acme', 'other']) {
      const said = faultsOf(one, { ...other, environment: environmentOfOther });
      expect(said).toContain('two targets write to');
      expect(said).toContain(place);
    }
  });

  it('that write to places of their own are taken', () => {
    const all = [
      intune('a'),
      intune('b', {}, { iosPolicies: [guid(5)] }),
      intune('c', { environment: 'other' }, { tenant: 'other.example' }),
      workspaceOne('d'),
      workspaceOne('e', {}, { apiUrl: 'https://as2.awmdm.example/API' }),
      jamf('f'),
      jamf('g', {}, { url: 'https://other.jamf.example' }),
      file('h'),
      file('i'),
      nanomdm('j'),
      nanomdm('k', {}, { enrolmentIds: ['D-3'] }),
      nanomdm('l', {}, { baseUrl: 'https://other.example' }),
      nanomdm('m', { app: { iosBundleId: 'com.example.other' } }),
    ];
    expect(parse(...all)).toHaveLength(all.length);
  });

  it('that share devices are named once, and their devices never', () => {
    const ids = Array.from({ length: 50 }, (_, at) => `DEVICE-${at}`);
    const said = faultsOf(nanomdm('a', {}, { enrolmentIds: ids }), nanomdm('b', { environment: 'other' }, { enrolmentIds: ids }));
    expect(said).toBe(
      'the file of the delivery targets has faults: two targets write to com.pingidentity.pingid.prod on the same device of ' +
        'nanomdm mdm.example (acme/a, other/b): one would overwrite what the other delivered',
    );
  });
});

describe('the addresses of a target', () => {
  const of = (target: object) => parse(target).flatMap(addressesOf);
  it('are all that it sends credentials to', () => {
    const auth = { kind: 'oauth', tokenUrl: 'https://uat.uemauth.example/token', clientId: 'c', clientSecret: { file: 'uem' } };
    expect(of(intune('a'))).toEqual(['https://graph.microsoft.com', 'https://login.microsoftonline.com']);
    expect(of(workspaceOne('a'))).toEqual(['https://as1.awmdm.example/API']);
    expect(of(workspaceOne('a', {}, { auth }))).toEqual(['https://as1.awmdm.example/API', 'https://uat.uemauth.example/token']);
    expect(of(jamf('a'))).toEqual(['https://acme.jamf.example']);
    expect(of(nanomdm('a'))).toEqual(['https://mdm.example']);
    expect(of(file('a'))).toEqual([]);
    expect(of(file('a', { vendor: 'guided', settings: { product: 'jamf' } }))).toEqual([]);
  });

  it('knows a host by its name, with a dot at the end of it or not', () => {
    const other = (id: string, baseUrl: string) => nanomdm(id, {}, { baseUrl });
    for (const [one, two] of [
      ['https://mdm.example', 'https://mdm.example.'],
      ['https://mdm.example.:8443/x', 'https://MDM.example:8443/x'],
    ] as const)
      expect(faultsOf(other('one', one), other('two', two))).toContain('two targets write to');
    expect(parse(other('one', 'https://mdm.example'), other('two', 'https://mdm.example:8443'))).toHaveLength(2);
  });
});
