import { describe, expect, it } from '@jest/globals';
import { type ConnectionDocument, neverLessOptions, parityOptions, usualBudget, usualGuards } from '@tallystick/devices-domain';
import { connectionDocument } from '@tallystick/devices-testing';
import { parseConnection, parseConnections } from './parse-connection.ts';
import { referenceSettings } from './reference-names.ts';

const document = (changes: object = {}): object => ({
  environment: 'acme',
  connection: 'workforce',
  source: { topic: 'hr.public.person', format: { kind: 'debezium' } },
  directory: { kind: 'pingid', properties: { file: 'pingid.properties' } },
  defaultCountry: 'GB',
  mapping: {
    userName: { attribute: 'username' },
    mfaSms1: { attribute: ['mobile', 'telephone'], trim: true, case: 'none', default: '' },
  },
  ...changes,
});
const faultsOf = (json: unknown): readonly string[] => {
  const result = parseConnection(json);
  return result.ok ? [] : result.error;
};
const connectionOf = (changes: object = {}): ConnectionDocument => {
  const result = parseConnection(document(changes));
  if (!result.ok) throw new Error(result.error.join('\n'));
  return result.value;
};
const pingOne = (changes: object = {}) => ({
  directory: {
    kind: 'pingone',
    region: 'eu',
    environmentId: '11111111-2222-3333-4444-555555555555',
    clientId: '11111111-2222-3333-4444-666666666666',
    clientSecret: { variable: 'PINGONE' },
    ...changes,
  },
});

describe('a connection document', () => {
  it('has the usual settings where it says nothing', () => {
    expect(connectionOf()).toStrictEqual({
      environment: 'acme',
      connection: 'workforce',
      source: { topic: 'hr.public.person', format: { kind: 'debezium', envelope: 'full' } },
      directory: { kind: 'pingid', properties: { file: 'pingid.properties' } },
      defaultCountry: 'GB',
      mapping: {
        userName: { attribute: 'username' },
        mfaSms1: { attribute: ['mobile', 'telephone'], trim: true, case: 'none', default: '' },
      },
      preset: 'parity',
      options: parityOptions,
      guards: usualGuards,
      budget: usualBudget,
      keepAttributes: 'all',
      visibilityWindowMs: 60_000,
    });
  });

  it('names the accounts that are never touched (P15)', () => {
    expect(connectionOf({ protectedUsernames: ['root'] }).protectedUsernames).toEqual(['root']);
    const faults = faultsOf(document({ protectedUsernames: ['', 'x'.repeat(251), 7] }));
    expect(faults.map((fault) => fault.split(':')[0])).toEqual([0, 1, 2].map((n) => `protectedUsernames[${n}]`));
  });

  it('has the options of its preset, but for those that it names', () => {
    expect(connectionOf({ preset: 'never-less' }).options).toStrictEqual(neverLessOptions);
    const options = { order: 'remove-first', manageDevices: 'overwrite', keepDeviceTypes: ['iPhone'] };
    expect(connectionOf({ preset: 'never-less', options }).options).toStrictEqual({ ...neverLessOptions, ...options });
    expect(connectionOf({ guards: { deletions: { atMost: 5 }, enabled: false } }).guards).toStrictEqual({
      ...usualGuards,
      enabled: false,
      deletions: { ...usualGuards.deletions, atMost: 5 },
    });
  });

  it('reads back as it was saved', () => {
    for (const one of [connectionOf(), connectionOf(pingOne()), connectionDocument({ scope: 'source.a == "b"' })])
      expect(parseConnection(JSON.parse(JSON.stringify(one)))).toStrictEqual({ ok: true, value: one });
  });

  it('may be about PingOne, in a region or at addresses of its own', () => {
    expect(connectionOf(pingOne()).directory).toMatchObject({ region: 'eu' });
    const region = { authUrl: 'http://127.0.0.1:1/as', apiUrl: 'http://127.0.0.1:1/v1' };
    expect(connectionOf(pingOne({ region })).directory).toMatchObject({ region });
  });
});

describe('the names of the reference', () => {
  const labels = {
    'Manage Devices': 'Overwrite devices',
    'Primary Device on Create': 'MFA SMS Number 1',
    'User Create': 'false',
    'User Disable / Delete': true,
    'Remove User Action': 'Delete',
  };
  const ours = {
    ...parityOptions,
    manageDevices: 'overwrite',
    primaryDevice: 'SMS Number 1',
    createUsers: false,
    removeAction: 'delete',
  };

  it('of its forms and its exports are taken (d.1, d.3)', () => {
    expect(connectionOf({ options: labels }).options).toStrictEqual(ours);
    const keys = {
      manageDevices: 'Overwrite devices',
      primaryDevice: 'MFA SMS Number 1',
      createNewUsers: 'false',
      disableNewUsers: 'true',
      removeAction: 'Delete',
    };
    expect(connectionOf({ options: keys }).options).toStrictEqual(ours);
    const mapping = {
      Username: { attribute: 'uid' },
      'First Name': { attribute: 'sn' },
      'MFA Voice Number 3': { attribute: 'desk' },
    };
    expect(connectionOf({ mapping }).mapping).toStrictEqual({
      userName: { attribute: 'uid' },
      fName: { attribute: 'sn' },
      mfaVoice3: { attribute: 'desk' },
    });
  });

  it('show every setting as its forms do, and what they show can be saved', () => {
    const shown = referenceSettings(connectionOf({ options: labels }));
    expect(shown).toContainEqual({ label: 'Manage Devices', key: 'manageDevices', value: 'Overwrite devices' });
    expect(shown).toContainEqual({ label: 'User Create', key: 'createNewUsers', value: 'false' });
    expect(connectionOf({ options: Object.fromEntries(shown.map(({ label, value }) => [label, value])) }).options).toStrictEqual(
      ours,
    );
    expect(connectionOf({ options: Object.fromEntries(shown.map(({ key, value }) => [key, value])) }).options).toStrictEqual(
      ours,
    );
  });

  it('and ours for one setting are a fault', () => {
    expect(faultsOf(document({ options: { createUsers: true, 'User Create': false } }))).toEqual([
      'options.createUsers: is there twice, under two names',
    ]);
  });
});

describe('a faulty document', () => {
  it.each<[object, RegExp]>([
    [{ environment: 'Acme' }, /^environment: must have 1–63 characters/],
    [{ source: { topic: 'a b', format: { kind: 'json' } } }, /^source\.topic: must be a topic/],
    [{ source: { topic: 'tallystick.parked', format: { kind: 'json' } } }, /^source\.topic: must be a topic of the datastore/],
    [{ source: { topic: '__consumer_offsets', format: { kind: 'json' } } }, /^source\.topic: must be a topic of the datastore/],
    [{ source: { topic: 'a', format: { kind: 'avro' } } }, /^source\.format\.kind: must be one of .*"json"/],
    [{ directory: { kind: 'ldap' } }, /^directory\.kind: must be one of "pingid", "pingone"$/],
    [
      { directory: { kind: 'pingid', properties: { file: '/etc/passwd' } } },
      /^directory\.properties\.file: must be the name of a file/,
    ],
    [
      { directory: { kind: 'pingid', properties: { file: 'a/../../b' } } },
      /^directory\.properties\.file: must be the name of a file/,
    ],
    [
      { directory: { kind: 'pingid', properties: { variable: 'TALLYSTICK_SECRET_GLOBEX__PINGID' } } },
      /^directory\.properties\.variable: must be NAME of/,
    ],
    [
      { directory: { kind: 'pingid', properties: { variable: 'EU__PINGID' } } },
      /^directory\.properties\.variable: must be NAME of/,
    ],
    [{ directory: { kind: 'pingid', properties: 'token=abc' } }, /^directory\.properties: must be/],
    [pingOne({ region: { authUrl: 'ftp://x', apiUrl: 'https://x' } }), /^directory\.region\.authUrl: must be an address/],
    [pingOne({ region: { authUrl: 'https://u:p@x', apiUrl: 'https://x' } }), /^directory\.region\.authUrl: must be an address/],
    [pingOne({ environmentId: '../..' }), /^directory\.environmentId: must be an id/],
    [{ defaultCountry: 'Britain' }, /^defaultCountry: must be an ISO 3166 code/],
    [{ mapping: {} }, /^mapping\.userName: must be of type object$/],
    [{ mapping: { userName: { attribute: 'u', default: 'x' } } }, /^mapping\.userName\.default: must not be there/],
    [{ mapping: { userName: { attribute: 'u', createOnly: true } } }, /^mapping\.userName\.createOnly: must not be there/],
    [{ mapping: { userName: { attribute: 'u' }, mfaSms4: { attribute: 'x' } } }, /^mapping\.mfaSms4: is not known here$/],
    [
      { mapping: { userName: { attribute: 'u', expression: 'source.u' } } },
      /^mapping\.userName: must have an attribute or an expression/,
    ],
    [{ mapping: { userName: {} } }, /^mapping\.userName: must have an attribute or an expression/],
    [{ mapping: { userName: { attribute: ' ' } } }, /^mapping\.userName\.attribute: must not be empty/],
    [{ options: { removeActoin: 'delete' } }, /^options\.removeActoin: is not known here$/],
    [{ options: { createUsers: 'yes' } }, /^options\.createUsers: must be of type boolean$/],
    [{ guards: { deletions: { atLeast: 9, atMost: 1 } } }, /^guards\.deletions\.atLeast: must not be more than atMost$/],
    [{ guards: { shrinkage: 2 } }, /^guards\.shrinkage: Too big/],
    [{ budget: { burst: 0 } }, /^budget\.burst: Too small/],
    [{ visibilityWindowMs: -1 }, /^visibilityWindowMs: Too small/],
    [{ scope: ' ' }, /^scope: must not be empty$/],
    [{ secret: 'x' }, /^secret: is not known here$/],
  ])('is named by its path: %j', (changes, fault) => {
    const faults = faultsOf(document(changes));
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(fault);
  });

  it('with very many unknown fields is answered with the first of them, and soon', () => {
    const many = Object.fromEntries(Array.from({ length: 60_000 }, (_, n) => [`field${n}`, 0]));
    const startedAt = performance.now();
    const faults = faultsOf(document({ options: many, mapping: { ...many, userName: { attribute: 'u' } } }));
    // Looked for one by one in a list of them, it takes a minute and nobody else is answered.
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(faults).toHaveLength(100);
    expect(faults[0]).toMatch(/^mapping\.field0: is not known here$/);
  });

  it('shows all faults at once and none of its values', () => {
    const secret = 'sEcReT value';
    const faults = faultsOf({
      environment: secret,
      connection: secret,
      source: { topic: secret, format: { kind: secret } },
      directory: { kind: 'pingone', region: secret, environmentId: secret, clientId: secret, clientSecret: secret },
      defaultCountry: secret,
      scope: 7,
      mapping: { userName: { attribute: [7], case: secret } },
      preset: secret,
      options: { manageDevices: secret, createUsers: secret, keepDeviceTypes: secret },
      guards: { enabled: secret, deletions: secret },
      budget: secret,
      visibilityWindowMs: secret,
      [`${secret}\n`]: 1,
    });
    expect(faults.length).toBeGreaterThanOrEqual(18);
    expect(faults.join()).not.toContain('sEcReT');
  });
});

describe('a file of documents', () => {
  const fileOf = (...connections: unknown[]): string => JSON.stringify({ connections });
  const fileFaultsOf = (text: string): readonly string[] => {
    const result = parseConnections(text);
    return result.ok ? [] : result.error;
  };

  it('may name one secret in two of them, but no topic and no name twice', () => {
    const second = document({ connection: 'partners', source: { topic: 'partners', format: { kind: 'json' } } });
    expect(parseConnections(fileOf(document(), second))).toMatchObject({
      ok: true,
      value: [{ connection: 'workforce' }, { connection: 'partners' }],
    });
    expect(fileFaultsOf(fileOf(document(), document({ source: { topic: 'other', format: { kind: 'json' } } })))).toEqual([
      'connections[1].connection: is in the file before, in the same environment',
    ]);
    expect(fileFaultsOf(fileOf(document(), document({ environment: 'beta' })))).toEqual([
      'connections[1].source.topic: is the topic of another connection',
    ]);
  });

  it.each([
    ['{"connections":[{"secret"', ['the connections file is not JSON (at position 25)']],
    ['{}', ['the connections file must be an object with the one field "connections", a list']],
    ['[]', ['the connections file must be an object with the one field "connections", a list']],
    ['{"connections":[7]}', ['connections[0].the document: must be of type object']],
  ])('is no file of connections: %s', (text, faults) => {
    expect(fileFaultsOf(text)).toEqual(faults);
  });
});
