import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServiceTokens, ServiceTokenError } from './index.ts';
import { TestIssuer } from './test-issuer.fixture.ts';

let folder: string;
let issuer: TestIssuer;
let clock: number;
let tokens: () => Promise<string>;
const granted = (token: string, seconds = 3_600) =>
  issuer.tokenReplies.push({ status: 200, body: { access_token: token, token_type: 'Bearer', expires_in: seconds } });
const faultOf = async () => {
  const error = await tokens().catch((thrown: unknown) => thrown);
  if (!(error instanceof ServiceTokenError)) throw new Error('it gave a token');
  return error;
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tokens-'));
  writeFileSync(join(folder, 'secret'), 's3cret/of:the+worker\n');
  issuer = new TestIssuer();
  await issuer.start();
  clock = 1_800_000_000_000;
  const clientSecretFile = join(folder, 'secret');
  const client = { clientId: 'worker', clientSecretFile, audience: 'tallystick', scope: 'rotate' };
  tokens = createServiceTokens({ issuer: issuer.url, ...client, now: () => clock });
});
afterEach(async () => {
  await issuer.stop();
  rmSync(folder, { recursive: true });
});

describe('the tokens of a service', () => {
  it('are fetched once for all who ask, and again a minute before they expire', async () => {
    granted('one');
    granted('two');
    expect(await Promise.all([tokens(), tokens()])).toEqual(['one', 'one']);
    clock += 3_540_000 - 1;
    expect(await tokens()).toBe('one');
    clock += 1;
    expect(await tokens()).toBe('two');
    expect(issuer.tokenRequests).toHaveLength(2);
    const [{ authorization = '', body } = { body: '' }] = issuer.tokenRequests;
    const [id, secret] = Buffer.from(authorization.replace('Basic ', ''), 'base64').toString().split(':');
    expect([id, decodeURIComponent(secret ?? '')]).toEqual(['worker', 's3cret/of:the+worker']);
    const sent = { audience: 'tallystick', scope: 'rotate', grant_type: 'client_credentials' };
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual(sent);
  });

  it('are still given while the issuer is away, as long as they hold', async () => {
    granted('short', 100);
    await tokens();
    await issuer.stop();
    clock += 99_999;
    expect(await tokens()).toBe('short');
    clock += 1;
    expect(await faultOf()).toMatchObject({ reason: 'issuer-unavailable' });
  });

  it('are taken with the secret as it is in the file now', async () => {
    issuer.tokenReplies.push({ status: 401, body: { error: 'invalid_client', error_description: 'bad s3cret/of:the+worker' } });
    granted('late');
    const fault = await faultOf();
    expect(fault).toMatchObject({
      reason: 'refused',
      message: 'the issuer refuses a token to the client worker: invalid_client',
    });
    expect(`${fault.stack} ${JSON.stringify(fault)} ${String(fault.cause)}`).not.toContain('s3cret');
    writeFileSync(join(folder, 'secret'), 'new');
    expect(await tokens()).toBe('late');
    expect(atob(issuer.tokenRequests[1]?.authorization?.replace('Basic ', '') ?? '')).toBe('worker:new');
  });

  it('are refused in the same words by an issuer that answers with a challenge', async () => {
    issuer.tokenReplies.push({
      status: 401,
      body: { error: 'invalid_client' },
      headers: { 'www-authenticate': 'Basic realm="x"' },
    });
    expect(await faultOf()).toMatchObject({
      reason: 'refused',
      message: expect.stringMatching(/client worker: invalid_client$/),
    });
  });

  it('are not there without a secret, and the message says whose', async () => {
    for (const spoil of [() => writeFileSync(join(folder, 'secret'), ' \n'), () => rmSync(join(folder, 'secret'))]) {
      spoil();
      expect(await faultOf()).toMatchObject({ reason: 'secret-unreadable', message: expect.stringContaining('client worker') });
    }
    expect(issuer.asked).toEqual([]);
  });

  it('send the secret to nobody whom the configured issuer does not vouch for', async () => {
    issuer.document = () => ({ issuer: issuer.url, token_endpoint: 'http://evil.example/token' });
    expect(await faultOf()).toMatchObject({ reason: 'issuer-unavailable' });
    issuer.document = () => ({ issuer: 'https://evil.example', token_endpoint: `${issuer.url}/token` });
    expect(await faultOf()).toMatchObject({ reason: 'issuer-unavailable' });
    expect(issuer.tokenRequests).toEqual([]);
  });
});
