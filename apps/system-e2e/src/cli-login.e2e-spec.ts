import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { endpoints, uniqueName } from '@tallystick/platform-testing';
// The servers' tool is no library: it is plain Node, because it runs before a package is installed. Here it gives a browser.
// eslint-disable-next-line @nx/enforce-module-boundaries
import { signInAt } from '../../../tools/stack/browser.mjs';
import { startSystem, type System } from './system/system.ts';
import { TokensClient } from './system/tokens-client.ts';

// A person at the command line, without an account for a script: the real issuer, its pages as a browser sees them, the shipped program.
const root = resolve(import.meta.dirname, '../../..');
const environment = uniqueName('login').toLowerCase();

let system: System;
let home: string;

interface Ran {
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
}
/** `onAddress`: what a person does who reads the address on the screen. */
async function tallystick(args: readonly string[], onAddress?: (address: string) => Promise<unknown>): Promise<Ran> {
  const child = spawn(process.execPath, [join(root, 'apps', 'cli', 'dist', 'main.js'), ...args], {
    env: {
      ...{ PATH: process.env['PATH'] ?? '', HOME: home, TALLYSTICK_ENVIRONMENT: environment },
      ...{ TALLYSTICK_TOKENS_URL: system.url('token-service'), TALLYSTICK_ISSUER: system.access.env.AUTH_ISSUER },
    },
  });
  let [out, err] = ['', ''];
  let doing: Promise<unknown> | undefined;
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
    const address = /^Open +(\S+)\n/m.exec(err)?.[1];
    if (address !== undefined) doing ??= onAddress?.(address).catch((error: unknown) => child.kill() && error);
  });
  const exit = await new Promise<number | null>((done) => child.once('close', done));
  await doing;
  return { exit, out, err };
}
const folder = () => join(home, '.config', 'tallystick', 'logins');
const kept = () => join(folder(), readdirSync(folder())[0]!);
const login = () => JSON.parse(readFileSync(kept(), 'utf8')) as { accessToken: string; refreshToken: string; renewAt: number };

beforeAll(async () => {
  const { redis, kafka, temporal, oidc } = endpoints();
  const servers = { redis, kafka: kafka.join(','), temporal, oidc };
  const parts = { halves: ['tokens'] as const, validators: 1, deviceLimit: 9, connections: () => [] };
  system = await startSystem({ root, folder: join(root, '.stack', 'test', 'cli-login'), servers, environment, ...parts });
  home = join(system.options.folder, 'home');
  mkdirSync(home);
  // An environment is there from its first token on.
  const admin = await system.access.tokenFor('admin', environment, ['token-admin', 'viewer']);
  await new TokensClient(system.url('token-service'), environment, admin).add('first');
}, 180_000);
afterAll(() => system?.stop(), 60_000);

describe('a person', () => {
  it('is told to sign in; signs in on the page of the issuer; comes in with their own roles, and no more', async () => {
    expect(await tallystick(['token', 'list'])).toMatchObject({
      exit: 4,
      err: expect.stringContaining('tallystick login') as unknown,
    });
    const signedIn = await tallystick(['login', '--json'], (address) =>
      signInAt(address, { account: 'viewer', secret: 'local-use-only' }),
    );
    expect([signedIn.exit, JSON.parse(signedIn.out)]).toMatchObject([0, { command: 'login', result: { isRenewed: true } }]);
    expect(statSync(kept()).mode & 0o777).toBe(0o600);
    const { accessToken, refreshToken } = login();
    for (const secret of [accessToken, refreshToken]) expect(signedIn.out + signedIn.err).not.toContain(secret);
    expect(await tallystick(['token', 'list'])).toMatchObject({ exit: 0, err: '' });
    expect((await tallystick(['token', 'add', 'x', '--reason', 'no role for it', '--keep-value'])).exit).toBe(4);
  }, 120_000);

  it('gets another access token when it is time for one, also by two commands at once', async () => {
    const before = login();
    writeFileSync(kept(), JSON.stringify({ ...before, renewAt: 0 }), { mode: 0o600 });
    const both = await Promise.all([tallystick(['token', 'list']), tallystick(['token', 'list'])]);
    expect(both.map(({ exit }) => exit)).toEqual([0, 0]);
    expect(login().accessToken).not.toBe(before.accessToken);
    expect(login().renewAt).toBeGreaterThan(Date.now());
  });

  it('signs out: nothing is left here, and the issuer renews nothing any more', async () => {
    const before = readFileSync(kept(), 'utf8');
    const file = kept();
    const out = await tallystick(['logout', '--json']);
    expect([out.exit, JSON.parse(out.out)]).toMatchObject([0, { result: { wasSignedIn: true, issuerTold: 'yes' } }]);
    expect(readdirSync(folder())).toEqual([]);
    writeFileSync(file, JSON.stringify({ ...JSON.parse(before), renewAt: 0, expiresAt: 0 }), { mode: 0o600 }); // as from a backup
    expect((await tallystick(['token', 'list'])).exit).toBe(4);
  });
});
