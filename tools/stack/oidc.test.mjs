// The OpenID provider of the stack, as a client of it sees it. That the services accept its tokens is tested in libs/platform/http.
import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { openBrowser, signInAt } from './browser.mjs';
import { cliClient, readySecret } from './oidc/accounts.mjs';
import { startStack } from './stack.mjs';
import { folderOf, leaveNothing, run } from './testbed.mjs';

leaveNothing();

/** @param {string} url @param {RequestInit} [options] */
async function ask(url, options) {
  const answer = await fetch(url, options);
  return { status: answer.status, body: /** @type {any} */ (await answer.json()) };
}

/** @param {string | undefined} issuer @param {string} id @param {string} secret */
const tokenOf = (issuer, id, secret = readySecret) =>
  ask(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });

/** @param {string} token @param {0 | 1} part */
const read = (token, part) => JSON.parse(Buffer.from(token.split('.')[part] ?? '', 'base64url').toString());

test('discovery, ready accounts and registered ones; a restart changes neither its key nor its accounts', async () => {
  const stack = await startStack({ name: 'oidc', servers: ['oidc'] });
  const { oidc: issuer } = stack.endpoints;
  assert.match(issuer ?? '', /^http:\/\/127\.0\.0\.1:\d+$/);
  const { body: document } = await ask(`${issuer}/.well-known/openid-configuration`);
  assert.equal(document.issuer, issuer);
  const { headers } = await fetch(`${issuer}/.well-known/openid-configuration`);
  assert.equal(
    headers.get('connection'),
    'close',
    'a client that is busy for longer than a connection is kept has no closed one',
  );
  const keys = await ask(document.jwks_uri);
  assert.deepEqual(
    keys.body.keys.map((/** @type {object} */ key) => 'd' in key),
    [false],
  );

  const { body: given } = await tokenOf(issuer, 'viewer');
  assert.deepEqual([given.token_type, given.expires_in], ['Bearer', 8 * 3600]);
  assert.deepEqual(read(given.access_token, 0).alg, 'ES256');
  const { iss, aud, sub, roles } = read(given.access_token, 1);
  assert.deepEqual({ iss, aud, sub, roles }, { iss: issuer, aud: 'tallystick', sub: 'viewer', roles: { '*': ['viewer'] } });
  assert.deepEqual(await tokenOf(issuer, 'viewer', 'wrong').then(({ status }) => status), 401);

  const register = (/** @type {object} */ account) =>
    ask(document.registration_endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(account),
    });
  const { body: ann } = await register({ subject: 'ann', roles: { acme: ['approver'] }, token_seconds: 60 });
  assert.equal((await register({ roles: ['approver'] })).status, 400);

  await stack.restart('oidc');
  assert.equal(stack.endpoints.oidc, issuer);
  assert.deepEqual(await ask(document.jwks_uri), keys);
  const { body: hers } = await tokenOf(issuer, ann.client_id, ann.client_secret);
  assert.equal(hers.expires_in, 60);
  const claims = read(hers.access_token, 1);
  assert.deepEqual([claims.sub, claims.roles], ['ann', { acme: ['approver'] }]);

  const file = join(folderOf('oidc'), 'oidc', 'accounts.json');
  const accounts = JSON.parse(readFileSync(file, 'utf8'));
  assert.equal(statSync(file).mode & 0o077, 0);
  writeFileSync(file, JSON.stringify({ ...accounts, viewer: { ...accounts.viewer, roles: { acme: ['auditor'] } } }));
  assert.deepEqual(read((await tokenOf(issuer, 'viewer')).body.access_token, 1).roles, { acme: ['auditor'] });
  assert.match((await run(['status', '--name', 'oidc']).ended).output, /oidc +http:\/\/127\.0\.0\.1:\d+ +\d+ +yes, /);
  await stack.stop();
});

test('it answers to its own address only, so that no page in a browser can reach it by another name', async () => {
  const stack = await startStack({ name: 'rebound', servers: ['oidc'] });
  const asked = request(`${stack.endpoints.oidc}/.well-known/openid-configuration`, { headers: { host: 'evil.example' } }).end();
  const status = await new Promise((done) => asked.once('response', (answer) => done(answer.resume().statusCode)));
  assert.equal(status, 421);
  await stack.stop();
});

test('a person signs in on another device with an account; who says no, or is nobody, gets no token', async () => {
  const stack = await startStack({ name: 'device-flow', servers: ['oidc'] });
  const { body: document } = await ask(`${stack.endpoints.oidc}/.well-known/openid-configuration`);
  const post = (/** @type {string} */ url, /** @type {object} */ form) =>
    ask(url, { method: 'POST', body: new URLSearchParams({ client_id: cliClient, ...form }) });
  const codes = async () =>
    (await post(document.device_authorization_endpoint, { scope: 'openid', audience: 'tallystick' })).body;
  const redeem = (/** @type {string} */ device_code) =>
    post(document.token_endpoint, { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code });

  const first = await codes();
  assert.equal((await redeem(first.device_code)).body.error, 'authorization_pending');
  const done = await signInAt(first.verification_uri_complete, { account: 'operator', secret: readySecret });
  assert.match(done.text, /Signed in/);
  const { body: given } = await redeem(first.device_code);
  const { sub, aud, roles, client_id } = read(given.access_token, 1);
  assert.deepEqual([sub, aud, roles, client_id], ['operator', 'tallystick', { '*': ['operator', 'viewer'] }, cliClient]);

  const second = await codes();
  const nobody = await signInAt(second.verification_uri_complete, { account: 'operator', secret: 'wrong' });
  assert.equal(nobody.status, 403);
  assert.equal((await redeem(second.device_code)).body.error, 'authorization_pending');
  const third = await codes();
  const browser = openBrowser();
  const confirm = await browser.submit(await browser.open(third.verification_uri_complete));
  await browser.submit(confirm, { abort: 'yes' });
  assert.equal((await redeem(third.device_code)).body.error, 'access_denied');

  const renew = (/** @type {string} */ refresh_token) =>
    post(document.token_endpoint, { grant_type: 'refresh_token', refresh_token });
  const { body: next } = await renew(given.refresh_token);
  assert.deepEqual(read(next.access_token, 1).roles, { '*': ['operator', 'viewer'] });
  const back = await fetch(document.revocation_endpoint, {
    ...{ method: 'POST', body: new URLSearchParams({ client_id: cliClient, token: next.refresh_token }) },
  });
  assert.equal(back.status, 200);
  assert.equal((await renew(next.refresh_token)).body.error, 'invalid_grant');
  assert.equal((await redeem(first.device_code)).body.error, 'invalid_grant');
  await stack.stop();
});
