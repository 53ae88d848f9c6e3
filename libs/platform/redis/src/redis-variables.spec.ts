import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { SettingsError } from '@tallystick/platform-config';
import { testCertificates } from '@tallystick/platform-testing';
import { z } from 'zod';
import { optionalRedisAddressOf, redisAddressOf, redisVariables } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'redis-variables-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const { authority, client } = testCertificates;
const ca = file('ca.pem', authority);
const cert = file('cert.pem', client.certificate);
const key = file('key.pem', client.key);
const password = file('password', 's3cret\n');
const other = file('other', 'an0ther\n');

const schema = z.object(redisVariables('X'));
type Env = Readonly<Record<string, string>>;
const parsed = (env: Env) =>
  schema.parse(Object.fromEntries(Object.entries(env).map(([name, value]) => [`X_REDIS_${name}`, value])));
const faultsOf = (env: Env): unknown => {
  try {
    return redisAddressOf('X', parsed(env));
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    expect(String(error)).not.toMatch(/s3cret|an0ther|BEGIN/);
    return (error as SettingsError).faults.map(({ variable, expected }) => `${variable.slice('X_REDIS_'.length)}: ${expected}`);
  }
};
const url = { URL: 'redis://r:6379' };
const led = { SENTINELS: 's1:26379,s2:26379,s3:26379', SENTINEL_PRIMARY: 'rings' };
const place = { sentinels: ['s1:26379', 's2:26379', 's3:26379'], primary: 'rings' };

describe('the variables of Redis', () => {
  it.each<[string, Env, object]>([
    ['a URL', url, { url: 'redis://r:6379' }],
    ['a URL and a password beside it', { ...url, PASSWORD_FILE: password }, { url: 'redis://r:6379', password: 's3cret' }],
    [
      'TLS, a user and a client certificate',
      { URL: 'rediss://r:6379', USERNAME: 'u', PASSWORD_FILE: password, CA_FILE: ca, CERT_FILE: cert, KEY_FILE: key },
      {
        url: 'rediss://r:6379',
        username: 'u',
        password: 's3cret',
        tls: { ca: authority, cert: client.certificate, key: client.key },
      },
    ],
    ['sentinels', led, place],
    [
      'sentinels with credentials of their own, all by TLS',
      {
        ...led,
        PASSWORD_FILE: password,
        SENTINEL_USERNAME: 'su',
        SENTINEL_PASSWORD_FILE: other,
        CA_FILE: ca,
        TLS_SERVER_NAME: 'rings.example',
      },
      {
        ...place,
        password: 's3cret',
        sentinelLogin: { username: 'su', password: 'an0ther' },
        tls: { ca: authority, serverName: 'rings.example' },
      },
    ],
    [
      'sentinels by TLS with public certificates',
      { ...led, PASSWORD_FILE: password, TLS: 'true' },
      { ...place, password: 's3cret', tls: {} },
    ],
  ])('mean, with %s', (_, env, address) => {
    expect(redisAddressOf('X', parsed(env))).toEqual(address);
  });

  it('mean nothing when nothing is set, where that may be', () => {
    expect(optionalRedisAddressOf('X', parsed({}))).toBeUndefined();
  });

  it.each<[string, Env, readonly string[]]>([
    ['nothing', {}, ['URL: is missing: say where the Redis is, or by X_REDIS_SENTINELS who knows']],
    [
      'a password of nothing',
      { PASSWORD_FILE: password },
      ['PASSWORD_FILE: is set, but neither X_REDIS_URL nor X_REDIS_SENTINELS'],
    ],
    [
      'two places',
      { ...url, SENTINELS: 's1:1' },
      ['SENTINELS: is set, and so is X_REDIS_URL: only one of them can say where the Redis is'],
    ],
    ['sentinels of nothing', { SENTINELS: 's1:1' }, ['SENTINEL_PRIMARY: is missing, because X_REDIS_SENTINELS is set']],
    [
      'a sentinel that is there twice',
      { ...led, SENTINELS: 's1:1,s1:1' },
      ['SENTINELS: names one sentinel twice: it would count as two'],
    ],
    [
      'a password, its TLS not told',
      { ...led, SENTINEL_PASSWORD_FILE: other },
      ['TLS: is missing: a password is sent, so say true, or false where nobody can listen on the way'],
    ],
    ['certificates and no TLS', { ...led, TLS: 'false', CA_FILE: ca }, ['CA_FILE: is set, but X_REDIS_TLS is false']],
    ['certificates and a plain URL', { ...url, CA_FILE: ca }, ['CA_FILE: is set, but X_REDIS_URL does not begin with rediss://']],
    [
      'two passwords',
      { URL: 'redis://:s3cret@r:6379', PASSWORD_FILE: other },
      ['PASSWORD_FILE: is set, but X_REDIS_URL has credentials already'],
    ],
    ['a user without a password', { ...url, USERNAME: 'u' }, ['PASSWORD_FILE: is missing, because X_REDIS_USERNAME is set']],
  ])('are refused, by name and without any content: %s', (_, env, faults) => {
    expect(faultsOf(env)).toEqual(faults);
  });
});
