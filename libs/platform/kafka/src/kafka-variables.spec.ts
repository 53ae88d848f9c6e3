import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { SettingsError } from '@tallystick/platform-config';
import { testCertificates } from '@tallystick/platform-testing';
import { z } from 'zod';
import { kafkaAddressOf, kafkaVariables } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'kafka-variables-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const { authority, server, client } = testCertificates;
const ca = file('ca.pem', authority);
const cert = file('cert.pem', client.certificate);
const key = file('key.pem', client.key);
const otherKey = file('other-key.pem', server.key);
const password = file('password', 's3cret words\n');
const nothing = file('nothing', '\n');
const garbage = file('garbage', 'c0ntent-that-is-nothing');

const schema = z.object({ ...kafkaVariables('X'), X_KAFKA_BROKERS: kafkaVariables('X').X_KAFKA_BROKERS.optional() });
const of = (env: Readonly<Record<string, string>>) =>
  kafkaAddressOf('X', schema.parse(Object.fromEntries(Object.entries(env).map(([name, value]) => [`X_KAFKA_${name}`, value]))));
const faultsOf = (env: Readonly<Record<string, string>>): unknown => {
  try {
    return of(env);
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    expect(String(error)).not.toMatch(/s3cret|c0ntent|BEGIN/);
    return (error as SettingsError).faults.map(({ variable, expected }) => `${variable.slice('X_KAFKA_'.length)}: ${expected}`);
  }
};
const brokers = { BROKERS: 'k1:9092,k2:9092' };
const login = { SASL_MECHANISM: 'scram-sha-512', SASL_USERNAME: 'tally', SASL_PASSWORD_FILE: password };

describe('the variables of Kafka', () => {
  it.each<[string, Readonly<Record<string, string>>, object | undefined]>([
    ['nothing', {}, undefined],
    ['brokers only', brokers, {}],
    ['TLS with public certificates', { ...brokers, TLS: 'true' }, { ssl: true }],
    ['an authority, which means TLS', { ...brokers, CA_FILE: ca }, { ssl: { ca: authority } }],
    [
      'a client certificate',
      { ...brokers, CA_FILE: ca, CERT_FILE: cert, KEY_FILE: key },
      { ssl: { ca: authority, cert: client.certificate, key: client.key } },
    ],
    [
      'a password by TLS, without the line break behind it',
      { ...brokers, ...login, CA_FILE: ca },
      { ssl: { ca: authority }, sasl: { mechanism: 'scram-sha-512', username: 'tally', password: 's3cret words' } },
    ],
    [
      'a password without TLS, where that is said',
      { ...brokers, ...login, SASL_MECHANISM: 'plain', TLS: 'false' },
      { sasl: { mechanism: 'plain', username: 'tally', password: 's3cret words' } },
    ],
  ])('mean, with %s', (_, env, address) => {
    expect(of(env)).toEqual(address && { brokers: ['k1:9092', 'k2:9092'], ...address });
  });

  it.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    ['settings without brokers', { TLS: 'true' }, ['BROKERS: is missing, because X_KAFKA_TLS is set']],
    [
      'a password without user name and mechanism',
      { ...brokers, TLS: 'true', SASL_PASSWORD_FILE: password },
      [
        'SASL_MECHANISM: is missing, because X_KAFKA_SASL_PASSWORD_FILE is set',
        'SASL_USERNAME: is missing, because X_KAFKA_SASL_PASSWORD_FILE is set',
      ],
    ],
    [
      'a password and not a word about TLS',
      { ...brokers, ...login },
      ['TLS: is missing: a password is sent, so say true, or false where nobody can listen on the way'],
    ],
    [
      'files of TLS, and TLS switched off',
      { ...brokers, TLS: 'false', CA_FILE: ca },
      ['TLS: is false, but X_KAFKA_CA_FILE is set'],
    ],
    [
      'a certificate without its key',
      { ...brokers, CERT_FILE: cert },
      ['KEY_FILE: is missing, because X_KAFKA_CERT_FILE is set'],
    ],
    [
      "a certificate with another one's key",
      { ...brokers, CERT_FILE: cert, KEY_FILE: otherKey },
      ['KEY_FILE: is not the key of the certificate of X_KAFKA_CERT_FILE'],
    ],
    [
      'files that are none, or hold something else: all of them',
      { ...brokers, ...login, CA_FILE: garbage, CERT_FILE: garbage, KEY_FILE: garbage, SASL_PASSWORD_FILE: '/nowhere/password' },
      [
        'CA_FILE: expected certificates in PEM',
        'CERT_FILE: expected a certificate in PEM',
        'KEY_FILE: expected a private key in PEM that is not encrypted',
        'SASL_PASSWORD_FILE: the file can not be read (ENOENT)',
      ],
    ],
    [
      'an empty password',
      { ...brokers, ...login, TLS: 'true', SASL_PASSWORD_FILE: nothing },
      ['SASL_PASSWORD_FILE: expected a file with one line, which is not empty'],
    ],
  ])('are refused, by name and without any content: %s', (_, env, faults) => {
    expect(faultsOf(env)).toEqual(faults);
  });
});
