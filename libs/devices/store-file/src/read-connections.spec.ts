import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parityOptions } from '@tallystick/devices-domain';
import { warningsOf } from './connection-warnings.ts';
import type { Connection } from './connection.ts';
import { parseConnections, readConnections } from './read-connections.ts';

const document = (changes: object = {}): object => ({
  environment: 'acme',
  connection: 'workforce',
  source: { topic: 'hr.public.person', format: { kind: 'debezium' } },
  directory: { kind: 'pingid', propertiesFile: '/run/secrets/pingid.properties' },
  defaultCountry: 'GB',
  mapping: {
    userName: { attribute: 'username' },
    mfaSms1: { attribute: ['mobile', 'telephone'], trim: true, case: 'none', default: '' },
  },
  ...changes,
});
const fileOf = (...connections: unknown[]): string => JSON.stringify({ connections });
const faultsOf = (text: string): readonly string[] => {
  const result = parseConnections(text);
  return result.ok ? [] : result.error;
};
const connectionOf = (changes: object = {}): Connection => {
  const result = parseConnections(fileOf(document(changes)));
  if (!result.ok) throw new Error(result.error.join('\n'));
  const [connection] = result.value;
  if (!connection) throw new Error('no connection');
  return connection;
};

describe('a connection document', () => {
  it('has the options of the reference, one minute of visibility and whole envelopes where it says nothing', () => {
    expect(connectionOf()).toStrictEqual({
      environment: 'acme',
      connection: 'workforce',
      source: { topic: 'hr.public.person', format: { kind: 'debezium', envelope: 'full' } },
      directory: { kind: 'pingid', propertiesFile: '/run/secrets/pingid.properties' },
      defaultCountry: 'GB',
      mapping: {
        userName: { attribute: 'username' },
        mfaSms1: { attribute: ['mobile', 'telephone'], trim: true, case: 'none', default: '' },
      },
      options: parityOptions,
      visibilityWindowMs: 60_000,
    });
  });

  it('changes only the options that it names', () => {
    const options = { manageDevices: 'overwrite', keepDeviceTypes: ['iPhone'], allowStripToZero: true };
    expect(connectionOf({ options }).options).toStrictEqual({ ...parityOptions, ...options });
  });

  it('has no default country where it says none', () => {
    expect(connectionOf({ defaultCountry: undefined })).not.toHaveProperty('defaultCountry');
  });

  it('can say how plain JSON is ordered and deleted', () => {
    const source = { topic: 'users', format: { kind: 'json', versionField: 'v', deletedField: 'gone' } };
    expect(connectionOf({ source }).source).toStrictEqual(source);
  });

  it('may share its properties file with another connection', () => {
    const second = document({ connection: 'partners', source: { topic: 'partners', format: { kind: 'json' } } });
    expect(parseConnections(fileOf(document(), second))).toMatchObject({
      ok: true,
      value: [{ connection: 'workforce' }, { connection: 'partners' }],
    });
  });
});

describe('a faulty document', () => {
  it.each<[string, object, RegExp]>([
    ['environment', { environment: 'Acme' }, /^connections\[0\]\.environment: must have 1–63 characters/],
    ['connection', { connection: '-a' }, /^connections\[0\]\.connection: must have 1–63 characters/],
    ['topic', { source: { topic: 'a b', format: { kind: 'json' } } }, /^connections\[0\]\.source\.topic: must be a topic/],
    [
      'format',
      { source: { topic: 'a', format: { kind: 'avro' } } },
      /^connections\[0\]\.source\.format\.kind: must be one of "json", "debezium"$/,
    ],
    [
      'envelope',
      { source: { topic: 'a', format: { kind: 'debezium', envelope: 'flat' } } },
      /^connections\[0\]\.source\.format\.envelope: must be one of "full", "unwrapped", "unwrapped-rewrite"$/,
    ],
    [
      'directory',
      { directory: { kind: 'ldap', propertiesFile: '/x' } },
      /^connections\[0\]\.directory\.kind: must be one of "pingid"$/,
    ],
    [
      'relative path',
      { directory: { kind: 'pingid', propertiesFile: 'x' } },
      /^connections\[0\]\.directory\.propertiesFile: must be an absolute path$/,
    ],
    ['country', { defaultCountry: 'Britain' }, /^connections\[0\]\.defaultCountry: must be an ISO 3166 code/],
    ['no username', { mapping: {} }, /^connections\[0\]\.mapping\.userName: must be of type object$/],
    [
      'unknown target',
      { mapping: { userName: { attribute: 'u' }, mfaSms4: { attribute: 'x' } } },
      /^connections\[0\]\.mapping\.mfaSms4: is not known here$/,
    ],
    [
      'empty attribute',
      { mapping: { userName: { attribute: ' ' } } },
      /^connections\[0\]\.mapping\.userName\.attribute: must not be empty$/,
    ],
    ['misspelt option', { options: { removeActoin: 'delete' } }, /^connections\[0\]\.options\.removeActoin: is not known here$/],
    ['wrong option', { options: { createUsers: 'yes' } }, /^connections\[0\]\.options\.createUsers: must be of type boolean$/],
    ['window', { visibilityWindowMs: -1 }, /^connections\[0\]\.visibilityWindowMs: Too small/],
    ['window of text', { visibilityWindowMs: '60' }, /^connections\[0\]\.visibilityWindowMs: must be of type (int|number)$/],
    ['unknown field', { guards: {} }, /^connections\[0\]\.guards: is not known here$/],
  ])('is named by its path: %s', (_, changes, fault) => {
    const faults = faultsOf(fileOf(document(changes)));
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(fault);
  });

  it('shows all faults at once and none of its values', () => {
    const secret = 'sEcReT value';
    const wrong = {
      environment: secret,
      connection: secret,
      source: { topic: secret, format: { kind: secret } },
      directory: { kind: secret, propertiesFile: secret },
      defaultCountry: secret,
      mapping: { userName: { attribute: [secret, 7], case: secret } },
      options: { manageDevices: secret, createUsers: secret, keepDeviceTypes: secret },
      visibilityWindowMs: secret,
    };
    const faults = faultsOf(fileOf(document(), wrong));
    expect(faults.length).toBeGreaterThanOrEqual(12);
    expect(faults.every((it) => it.startsWith('connections[1].'))).toBe(true);
    expect(faults.join()).not.toContain('sEcReT');
  });

  it('is one that is there before, or reads a topic that is taken', () => {
    const again = document({ source: { topic: 'other', format: { kind: 'json' } } });
    expect(faultsOf(fileOf(document(), again))).toEqual([
      'connections[1].connection: is in the file before, in the same environment',
    ]);
    const elsewhere = document({ environment: 'beta' });
    expect(faultsOf(fileOf(document(), elsewhere))).toEqual(['connections[1].source.topic: is the topic of another connection']);
  });

  it.each([
    ['{"connections":[]}', ['connections: must have at least one connection']],
    ['{}', ['connections: must be of type array']],
    ['[]', ['the file: must be of type object']],
    ['{"connections":[{"secret"', ['the connections file is not JSON (at position 25)']],
    ['secret', ['the connections file is not JSON']],
  ])('is no file of connections: %s', (text, faults) => {
    expect(faultsOf(text)).toEqual(faults);
  });
});

describe('the connections file', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'connections-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is read from its path', () => {
    const path = join(folder, 'connections.json');
    writeFileSync(path, fileOf(document()));
    expect(readConnections(path)).toMatchObject({ ok: true, value: [{ environment: 'acme' }] });
  });

  it('that is not there, or is no file, is a fault with the code of the system', () => {
    expect(readConnections(join(folder, 'none.json'))).toEqual({
      ok: false,
      error: ["the connections file can't be read (ENOENT)"],
    });
    expect(readConnections(folder)).toEqual({ ok: false, error: ["the connections file can't be read (EISDIR)"] });
  });
});

describe('warnings', () => {
  const warned = (options: object, format: object = { kind: 'json' }): readonly string[] =>
    warningsOf(connectionOf({ options, source: { topic: 't', format } }));

  it('are none for the defaults', () => {
    expect(warned({})).toEqual([]);
  });

  it('name a remove action that brings users back (P26)', () => {
    expect(warned({ removeAction: 'delete' })).toEqual(['deleted-users-come-back']);
    for (const option of ['provisionDisabledUsers', 'createUsers', 'disableUsers']) {
      expect(warned({ removeAction: 'delete', [option]: false })).toEqual([]);
    }
  });

  it('name a primary device without devices (PR9)', () => {
    expect(warned({ manageDevices: 'do-not-manage', primaryDevice: 'Email 1' })).toEqual(['primary-without-devices']);
    expect(warned({ primaryDevice: 'Email 1' })).toEqual([]);
  });

  it('name an Overwrite that spares nothing (P50)', () => {
    expect(warned({ manageDevices: 'overwrite' })).toEqual(['overwrite-removes-authenticators']);
    expect(warned({ manageDevices: 'overwrite', keepDeviceTypes: ['iPhone'] })).toEqual([]);
  });

  it('name a version field without a way to delete', () => {
    expect(warned({}, { kind: 'json', versionField: 'v' })).toEqual(['deletes-need-a-version-header']);
    expect(warned({}, { kind: 'json', versionField: 'v', deletedField: 'gone' })).toEqual([]);
  });
});
