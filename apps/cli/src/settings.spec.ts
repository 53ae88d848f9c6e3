import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from './settings.ts';

let home: string;
const file = (settings: unknown): void =>
  writeFileSync(join(home, '.config', 'tallystick', 'config.json'), JSON.stringify(settings));
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'tallystick-settings-'));
  mkdirSync(join(home, '.config', 'tallystick'), { recursive: true });
});
afterAll(() => rmSync(home, { recursive: true }));

describe('settings', () => {
  it('are the flags before the variables before the file, each with its own address for both services', () => {
    file({ environment: 'from-file', connection: 'staff', url: 'https://file.example/', clientId: 'me' });
    const env = { TALLYSTICK_ENVIRONMENT: 'from-env', TALLYSTICK_PROVISIONING_URL: 'https://env.example' };
    expect(readSettings({ env, home }, { tokensUrl: 'https://flag.example' })).toMatchObject({
      ...{ environment: 'from-env', connection: 'staff', clientId: 'me', audience: 'tallystick' },
      ...{ tokensUrl: 'https://flag.example', provisioningUrl: 'https://env.example' },
    });
    expect(readSettings({ env, home }, { url: 'https://both.example' })).toMatchObject({
      ...{ tokensUrl: 'https://both.example', provisioningUrl: 'https://both.example' },
    });
  });

  it('hold no secret: the file that has one is refused by name, without its value', () => {
    file({ clientSecret: 'hush-hush' });
    const read = () => readSettings({ env: {}, home }, {});
    expect(read).toThrow(/clientSecret is no setting/);
    expect(read).not.toThrow(/hush-hush/);
  });

  it.each([
    [{ TALLYSTICK_URL: 'ftp://x' }, /^TALLYSTICK_URL: /],
    [{ TALLYSTICK_ENVIRONMENT: 'No Such' }, /^TALLYSTICK_ENVIRONMENT: /],
    [{ TALLYSTICK_HEALTH_URLS: 'worker' }, /^TALLYSTICK_HEALTH_URLS: /],
    [{ TALLYSTICK_CONFIG: '/nonexistent' }, /can not be read/],
  ])('that are wrong are named: %j', (env, message) => {
    file({});
    expect(() => readSettings({ env, home }, {})).toThrow(message);
  });
});
