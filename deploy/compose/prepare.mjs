// What tallystick.yaml needs beside its images. `once`: the keys, each made where it is missing, for the user of the processes alone.
// `caller-token`: a token for who calls the validator, fetched again long before it ends.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const user = 10001;
const keyRing = () => `${JSON.stringify({ current: 'k1', keys: { k1: randomBytes(32).toString('base64') } }, null, 2)}\n`;
const signingKey = () => String(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));
const localUseOnly = () => 'local-use-only';

/** @type {Record<string, () => string>} */
const files = {
  'peppers/peppers.json': keyRing,
  'seal-keys/seal-keys.json': keyRing,
  'seal-keys/payload-keys.json': keyRing,
  'identity-key/identity-key.json': keyRing,
  'audit-keys/signing.pem': signingKey,
  'audit-keys/digest-keys.json': keyRing,
  'connection-secrets/demo/pingone.secret': localUseOnly,
  'worker-secret/worker.secret': localUseOnly,
};

if (process.argv[2] === 'once') {
  for (const [name, content] of Object.entries(files)) {
    const path = `/made/${name}`;
    if (existsSync(path)) continue;
    mkdirSync(dirname(path), { recursive: true });
    // Never half a key: a first start that was broken off makes it again.
    writeFileSync(`${path}.new`, content(), { mode: 0o400 });
    chownSync(`${path}.new`, user, user);
    renameSync(`${path}.new`, path);
  }
  for (const folder of ['caller-token', 'oidc']) chownSync(`/made/${folder}`, user, user);
} else if (process.argv[2] === 'caller-token') {
  process.once('SIGTERM', () => process.exit(0));
  for (;;) await delay((await fetchToken()) ? 6 * 3600_000 : 5_000);
} else throw new Error('node prepare.mjs once | caller-token');

async function fetchToken() {
  try {
    const authorization = `Basic ${Buffer.from('validator-caller:local-use-only').toString('base64')}`;
    const body = new URLSearchParams({ grant_type: 'client_credentials' });
    const answer = await fetch('http://oidc:9000/token', { method: 'POST', headers: { authorization }, body });
    const { access_token: token } = await answer.json();
    if (typeof token !== 'string') throw new Error(`the provider answered ${answer.status}`);
    const path = '/made/caller-token/caller.token';
    writeFileSync(`${path}.new`, token, { mode: 0o600 });
    renameSync(`${path}.new`, path);
    return true;
  } catch (error) {
    console.error(`no token: ${error instanceof Error ? error.message : error}`);
    return false;
  }
}
