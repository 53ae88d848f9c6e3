import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { configSchema } from './config.ts';
import { start } from './start.ts';
import { RawClient } from './test-support/raw-client.ts';

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
    [{ SIMULATOR_ERROR_BODIES: 'both' }, 'SIMULATOR_ERROR_BODIES'],
    [{ SIMULATOR_VALIDATOR_URLS: 'ftp://example.com' }, 'SIMULATOR_VALIDATOR_URLS'],
    [{ SIMULATOR_CALLER_TOKEN: 'a', SIMULATOR_CALLER_TOKEN_FILE: 'b' }, 'SIMULATOR_CALLER_TOKEN_FILE'],
  ])('refuses %j by name', (env, variable) => {
    expect(configSchema.safeParse(env).error?.issues[0]?.path[0]).toBe(variable);
  });
});
