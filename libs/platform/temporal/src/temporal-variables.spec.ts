import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { SettingsError } from '@tallystick/platform-config';
import { testCertificates } from '@tallystick/platform-testing';
import { z } from 'zod';
import { temporalAddressOf, temporalVariables } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'temporal-variables-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const { authority, client } = testCertificates;
const ca = file('ca.pem', authority);
const cert = file('cert.pem', client.certificate);
const key = file('key.pem', client.key);
const apiKey = file('api-key', 'ap1-key\n');
const spaced = file('spaced', 'ap1 key');

const schema = z.object({ ...temporalVariables('X'), X_TEMPORAL_ADDRESS: temporalVariables('X').X_TEMPORAL_ADDRESS.optional() });
const of = (env: Readonly<Record<string, string>>) =>
  temporalAddressOf(
    'X',
    schema.parse(Object.fromEntries(Object.entries(env).map(([name, value]) => [`X_TEMPORAL_${name}`, value]))),
  );
const faultsOf = (env: Readonly<Record<string, string>>): unknown => {
  try {
    return of(env);
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    expect(String(error)).not.toMatch(/ap1|BEGIN/);
    return (error as SettingsError).faults.map(
      ({ variable, expected }) => `${variable.slice('X_TEMPORAL_'.length)}: ${expected}`,
    );
  }
};
const address = { ADDRESS: 'temporal:7233' };
const bytes = (text: string) => Buffer.from(text);

describe('the variables of Temporal', () => {
  it.each<[string, Readonly<Record<string, string>>, object | undefined]>([
    ['nothing', {}, undefined],
    ['an address only', address, {}],
    ['a namespace', { ...address, NAMESPACE: 'acme.a1b2c' }, { namespace: 'acme.a1b2c' }],
    ['TLS with public certificates', { ...address, TLS: 'true' }, { tls: {} }],
    [
      'a client certificate, which means TLS',
      { ...address, CA_FILE: ca, CERT_FILE: cert, KEY_FILE: key, SERVER_NAME: 'temporal.internal' },
      {
        tls: {
          serverRootCACertificate: bytes(authority),
          clientCertPair: { crt: bytes(client.certificate), key: bytes(client.key) },
          serverNameOverride: 'temporal.internal',
        },
      },
    ],
    ['an API key, which means TLS', { ...address, API_KEY_FILE: apiKey }, { tls: {}, apiKey: 'ap1-key' }],
    [
      'an API key without TLS, where that is said',
      { ...address, API_KEY_FILE: apiKey, TLS: 'false' },
      { tls: false, apiKey: 'ap1-key' },
    ],
  ])('mean, with %s', (_, env, expected) => {
    expect(of(env)).toEqual(expected && { address: 'temporal:7233', namespace: 'default', ...expected });
  });

  it.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    ['settings without an address', { API_KEY_FILE: apiKey }, ['ADDRESS: is missing, because X_TEMPORAL_API_KEY_FILE is set']],
    [
      'a key without its certificate',
      { ...address, KEY_FILE: key },
      ['CERT_FILE: is missing, because X_TEMPORAL_KEY_FILE is set'],
    ],
    [
      'a server name, and TLS switched off',
      { ...address, TLS: 'false', SERVER_NAME: 'a.example' },
      ['TLS: is false, but X_TEMPORAL_SERVER_NAME is set'],
    ],
    [
      'an API key that no header can hold, and a file that is not there',
      { ...address, API_KEY_FILE: spaced, CA_FILE: '/nowhere/ca.pem' },
      [
        'CA_FILE: the file can not be read (ENOENT)',
        'API_KEY_FILE: expected an API key: letters, digits and signs, without blanks',
      ],
    ],
  ])('are refused, by name and without any content: %s', (_, env, faults) => {
    expect(faultsOf(env)).toEqual(faults);
  });
});
