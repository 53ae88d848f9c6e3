import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../run-cli.ts';
import { asked, given, type IssuerScript, refusal, scriptedIssuer } from '../test-support/scripted-issuer.ts';
import { scriptedServer } from '../test-support/scripted-server.ts';
import { testTerminal } from '../test-support/test-terminal.ts';

// What `login`, `logout` and the token that is kept between them make of an issuer. Real issuers: apps/system-e2e, cli.e2e-spec.

let home: string;
const open: { readonly close: () => Promise<unknown> }[] = [];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tallystick-login-'));
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
  rmSync(home, { recursive: true });
});
const issuerWith = async (script: IssuerScript) => {
  const issuer = await scriptedIssuer(script);
  open.push(issuer);
  return issuer;
};
async function run(issuer: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { terminal, shown } = testTerminal({ home, env: { TALLYSTICK_ISSUER: issuer, TALLYSTICK_ENVIRONMENT: 'acme', ...env } });
  const exit = await runCli(args, terminal);
  return { exit, ...shown };
}
const folder = () => join(home, '.config', 'tallystick', 'logins');
const kept = () => join(folder(), readdirSync(folder())[0] ?? 'none');
const renewable = { refresh_token: 'the-refresh-token' };
const secrets = /the-access-token|the-refresh-token|the-device-code/;

describe('tallystick login', () => {
  it('shows address and code, waits as the issuer says, and keeps the token where only its owner reads it', async () => {
    const token = [refusal('authorization_pending'), refusal('slow_down'), { status: 503 }, given('the-access-token', renewable)];
    const issuer = await issuerWith({ device: [asked], token });
    const { exit, out, err } = await run(issuer.url, ['login', '--json']);
    expect(exit).toBe(0);
    expect(err).toMatch(/https:\/\/issuer\.example\/device[\s\S]*ABCD-EFGH/);
    expect(JSON.parse(out)).toMatchObject({ command: 'login', result: { issuer: issuer.url, isRenewed: true, file: kept() } });
    expect(out + err).not.toMatch(secrets);
    expect([statSync(kept()).mode & 0o777, statSync(folder()).mode & 0o777]).toEqual([0o600, 0o700]);
    expect(readFileSync(kept(), 'utf8')).toContain('the-access-token');
    expect(issuer.seen.map(({ at }) => at)).toEqual(['device', 'token', 'token', 'token', 'token']);
    expect(issuer.seen[0]?.form).toEqual({ client_id: 'tallystick-cli', scope: 'openid', audience: 'tallystick' });
  });

  it.each<[string, IssuerScript, number, RegExp]>([
    ['has no such sign-in', {}, 2, /no device sign-in \(RFC 8628\)/],
    ['does not let this client', { device: [refusal('unauthorized_client')] }, 4, /refuses the client tallystick-cli/],
    ['does not know the scope', { device: [refusal('invalid_scope')] }, 4, /TALLYSTICK_SCOPE/],
    ['was told no by the person', { device: [asked], token: [refusal('access_denied')] }, 9, /refused on the page/],
    ['got no answer from the person', { device: [asked], token: [refusal('expired_token')] }, 9, /in time/],
    ['is in trouble', { device: [{ status: 502 }] }, 6, /no usable answer/],
  ])('at an issuer that %s keeps nothing and says why', async (_, script, exit, words) => {
    const issuer = await issuerWith(script);
    const ended = await run(issuer.url, ['login']);
    expect([ended.exit, ended.err]).toEqual([exit, expect.stringMatching(words)]);
    expect(readdirSync(folder())).toEqual([]);
  });

  it('asks nobody to sign in when the token could not be kept', async () => {
    const issuer = await issuerWith({ device: [asked], token: [given('the-access-token')] });
    mkdirSync(join(home, '.config', 'tallystick'), { recursive: true });
    writeFileSync(folder(), 'a file where the folder should be');
    expect(await run(issuer.url, ['login'])).toMatchObject({
      exit: 2,
      err: expect.stringContaining('can not be made') as unknown,
    });
    expect(issuer.seen).toEqual([]);
  });

  it('sends no token over plain HTTP to another machine, and is not made where it would not be used', async () => {
    expect(await run('http://issuer.example', ['login'])).toMatchObject({
      exit: 2,
      err: expect.stringContaining('https://') as unknown,
    });
    const script = { TALLYSTICK_CLIENT_ID: 'me', TALLYSTICK_CLIENT_SECRET_FILE: '/nonexistent' };
    const ended = await run('https://issuer.example', ['login'], script);
    expect(ended).toMatchObject({ exit: 2, err: expect.stringContaining('CLIENT_SECRET_FILE') as unknown });
  });
});

describe('a command of who signed in', () => {
  const list = async (issuer: string, env: Readonly<Record<string, string>> = {}) => {
    const service = await scriptedServer([{ status: 200, body: { version: 1, items: [] } }]);
    open.push(service);
    const ended = await run(issuer, ['token', 'list'], { TALLYSTICK_URL: service.url, ...env });
    return { ...ended, bearer: service.seen[0]?.authorization };
  };

  it('has the token that was kept; nobody, or somebody of another issuer or client, is told to sign in', async () => {
    const issuer = await issuerWith({ device: [asked], token: [given('the-access-token')] });
    expect(await list(issuer.url)).toMatchObject({ exit: 4, err: expect.stringContaining('tallystick login') as unknown });
    await run(issuer.url, ['login']);
    expect(await list(issuer.url)).toMatchObject({ exit: 0, bearer: 'Bearer the-access-token' });
    const other = await issuerWith({});
    for (const ended of [await list(other.url), await list(issuer.url, { TALLYSTICK_CLIENT_ID: 'another' })])
      expect(ended).toMatchObject({ exit: 4, bearer: undefined });
  });

  it('renews it in time, once for all commands that run at the same time', async () => {
    const old = given('old', { ...renewable, expires_in: 0 });
    const next = given('new', { refresh_token: 'the-next-refresh-token' });
    const issuer = await issuerWith({ device: [asked], token: [old, next, refusal('invalid_grant')] });
    await run(issuer.url, ['login']);
    const both = await Promise.all([list(issuer.url), list(issuer.url)]);
    expect(both.map(({ bearer }) => bearer)).toEqual(['Bearer new', 'Bearer new']);
    expect(issuer.seen.filter(({ form }) => form['grant_type'] === 'refresh_token')).toHaveLength(1);
    expect(readFileSync(kept(), 'utf8')).toContain('the-next-refresh-token');
    expect(readdirSync(folder())).toHaveLength(1);
  });

  it('is told to sign in again when the issuer has ended it, or gave nothing to renew it with', async () => {
    const script = { device: [asked], token: [given('old', { ...renewable, expires_in: 0 }), refusal('invalid_grant')] };
    const ended = await issuerWith(script);
    await run(ended.url, ['login']);
    const short = await issuerWith({ device: [asked], token: [given('old', { expires_in: 0 })] });
    await run(short.url, ['login']);
    for (const { url } of [ended, short])
      expect(await list(url)).toMatchObject({ exit: 4, err: expect.stringContaining('tallystick login again') as unknown });
  });

  it('does not use a file that others can read, or that is none of ours', async () => {
    const issuer = await issuerWith({ device: [asked], token: [given('the-access-token')] });
    await run(issuer.url, ['login']);
    chmodSync(kept(), 0o644);
    expect(await list(issuer.url)).toMatchObject({ exit: 2, bearer: undefined });
    chmodSync(kept(), 0o600);
    writeFileSync(kept(), '{"accessToken": 7}');
    expect(await list(issuer.url)).toMatchObject({ exit: 2, bearer: undefined });
  });
});

describe('tallystick logout', () => {
  const signedIn = async (script: IssuerScript) => {
    const issuer = await issuerWith({ device: [asked], token: [given('the-access-token', renewable)], ...script });
    await run(issuer.url, ['login']);
    return issuer;
  };

  it('removes the file and has the issuer forget the refresh token; twice is no fault', async () => {
    const issuer = await signedIn({ revocation: [{ status: 200 }] });
    const { exit, out } = await run(issuer.url, ['logout']);
    expect([exit, readdirSync(folder())]).toEqual([0, []]);
    expect(out).not.toMatch(secrets);
    expect(issuer.seen.at(-1)).toMatchObject({
      at: 'revocation',
      form: { token: 'the-refresh-token', client_id: 'tallystick-cli' },
    });
    expect(await run(issuer.url, ['logout'])).toMatchObject({ exit: 0, out: 'You were not signed in.\n' });
  });

  it('removes it also where the issuer offers no such thing (0), or could not be told (7)', async () => {
    const plain = await signedIn({});
    expect(await run(plain.url, ['logout'])).toMatchObject({ exit: 0, out: expect.stringContaining('holds until') as unknown });
    const sick = await signedIn({ revocation: [{ status: 503 }] });
    expect((await run(sick.url, ['logout', '--json'])).out).toContain('"issuerTold":"no"');
    const away = await signedIn({});
    await away.close();
    expect((await run(away.url, ['logout'])).exit).toBe(7);
    expect(readdirSync(folder())).toEqual([]);
  });
});
