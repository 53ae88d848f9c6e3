import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { configSchema } from './config.ts';
import { start } from './start.ts';
import { RawClient } from './test-support/raw-client.ts';
import { type PingOneFile, RawPingOneClient } from './test-support/raw-pingone-client.ts';

const folder = mkdtempSync(join(tmpdir(), 'start-'));
afterAll(() => rmSync(folder, { recursive: true }));

const config = (env: Record<string, string>) =>
  configSchema.parse({ SIMULATOR_PROPERTIES_FILE: join(folder, 'pingid.properties'), ...env });

/** What a client written for the real service does with the file. */
function client() {
  const text = readFileSync(join(folder, 'pingid.properties'), 'utf8');
  const entries = new Map(
    text.split('\n').map((line): [string, string] => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  const entry = (name: string) => entries.get(name) ?? '';
  return new RawClient(entry('idp_url').replace(/\/pingid$/, ''), {
    base64Key: entry('use_base64_key').replaceAll('\\=', '='),
    token: entry('token'),
    orgAlias: entry('org_alias'),
  });
}

describe('a start', () => {
  it('writes a properties file that a client can use at once, and a second start keeps its key', async () => {
    const first = await start(config({ SIMULATOR_DEVICE_LIMIT: '2' }), Date.now);
    const before = client();
    expect(await before.outcome('adduser', { username: 'u', activateUser: false })).toEqual([200, 200]);
    expect((await before.admin('GET', '/settings')).body.deviceLimit).toBe(2);
    await first.close();

    const second = await start(config({}), Date.now);
    const after = client();
    expect(after.file).toEqual(before.file);
    expect(await after.outcome('getuserdetails', { userName: 'u' })).toEqual([400, 10564]);
    expect((await after.admin('GET', '/settings')).body.deviceLimit).toBe(1);
    await second.close();
  });

  it('writes a file that a PingOne client can use at once, and a second start keeps its secret', async () => {
    const pingone = () => JSON.parse(readFileSync(join(folder, 'pingone.json'), 'utf8')) as PingOneFile;
    const first = await start(config({ SIMULATOR_PINGONE_DEVICE_LIMIT: '7' }), Date.now);
    const before = pingone();
    expect(first.pingoneFile).toBe(join(folder, 'pingone.json'));
    expect(statSync(first.pingoneFile).mode & 0o777).toBe(0o600);
    const client = new RawPingOneClient(before);
    expect((await client.ok('GET', '/mfaSettings')).pairing.maxAllowedDevices).toBe(7);
    const user = await client.ok('POST', '/users', { username: 'u' });
    expect(user).toMatchObject({ population: { id: before.populationId } });
    expect(user._links['self']?.href).toContain(`${first.url}/v1/environments/${before.environmentId}/users/`);
    await first.close();

    const second = await start(config({}), Date.now);
    const { authUrl, apiUrl, ...kept } = pingone();
    expect(before).toMatchObject(kept);
    expect([authUrl, apiUrl]).toEqual([second.url, `${second.url}/v1`]);
    await second.close();
  });

  it('takes the credentials of PingOne from settings where they are set', async () => {
    const id = '11111111-2222-4333-8444-555555555555';
    const running = await start(
      config({
        SIMULATOR_PINGONE_FILE: join(folder, 'own', 'p1.json'),
        SIMULATOR_PINGONE_ENVIRONMENT_ID: id.toUpperCase(),
        SIMULATOR_PINGONE_CLIENT_SECRET: 'own-secret',
        SIMULATOR_PINGONE_TOKEN_LIFE: '90s',
      }),
      Date.now,
    );
    const file = JSON.parse(readFileSync(running.pingoneFile, 'utf8')) as PingOneFile;
    expect(file).toMatchObject({ environmentId: id, clientSecret: 'own-secret' });
    expect((await new RawPingOneClient(file).requestToken('post')).body.expires_in).toBe(90);
    await running.close();
  });

  it.each([
    ['hello', 'it is not JSON'],
    ['{"environmentId":"secret"}', 'environmentId: expected a UUID'],
  ])('fails on a PingOne file with %j, names what is wrong and no value, and leaves it alone', async (content, reason) => {
    const path = join(folder, 'broken.json');
    writeFileSync(path, content);
    await expect(start(config({ SIMULATOR_PINGONE_FILE: path }), Date.now)).rejects.toThrow(
      `${path} is not a usable PingOne credentials file: ${reason}`,
    );
    expect(readFileSync(path, 'utf8')).toBe(content);
  });

  it('points clients at the public URL where one is given', async () => {
    const running = await start(config({ SIMULATOR_PUBLIC_URL: 'https://directory.example.com/' }), Date.now);
    expect(readFileSync(running.propertiesFile, 'utf8')).toContain('\nidp_url=https://directory.example.com/pingid\n');
    await running.close();
  });

  it('fails on a file that is something else, and leaves it alone', async () => {
    writeFileSync(join(folder, 'other.txt'), 'hello');
    await expect(start(config({ SIMULATOR_PROPERTIES_FILE: join(folder, 'other.txt') }), Date.now)).rejects.toThrow(
      'is not a usable PingID properties file',
    );
    expect(readFileSync(join(folder, 'other.txt'), 'utf8')).toBe('hello');
  });

  it.each([
    [{ SIMULATOR_DEVICE_LIMIT: '21' }, 'SIMULATOR_DEVICE_LIMIT'],
    [{ SIMULATOR_PINGONE_DEVICE_LIMIT: '16' }, 'SIMULATOR_PINGONE_DEVICE_LIMIT'],
    [{ SIMULATOR_PINGONE_CLIENT_ID: 'worker' }, 'SIMULATOR_PINGONE_CLIENT_ID'],
    [{ SIMULATOR_PINGONE_TOKEN_LIFE: '10ms' }, 'SIMULATOR_PINGONE_TOKEN_LIFE'],
    [{ SIMULATOR_ERROR_BODIES: 'both' }, 'SIMULATOR_ERROR_BODIES'],
    [{ SIMULATOR_VALIDATOR_URLS: 'ftp://example.com' }, 'SIMULATOR_VALIDATOR_URLS'],
    [{ SIMULATOR_CALLER_TOKEN: 'a', SIMULATOR_CALLER_TOKEN_FILE: 'b' }, 'SIMULATOR_CALLER_TOKEN_FILE'],
  ])('refuses %j by name', (env, variable) => {
    expect(configSchema.safeParse(env).error?.issues[0]?.path[0]).toBe(variable);
  });
});
