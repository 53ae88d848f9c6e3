import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKeyRing } from '@tallystick/platform-secrets';
import { testIssuer } from './callers.ts';

const apps = join(import.meta.dirname, '../../..');

/** An app as it is shipped. `npm test` builds it before the tests, for several of them start it at the same time. @returns the file to run. */
export function builtApp(name: string): string {
  const file = join(apps, name, 'dist/main.js');
  if (!existsSync(file)) throw new Error(`${name} is not built: run "npm test -- int", which does that first`);
  return file;
}

/** What processes of one installation share: an issuer and keys, in files of a folder of their own. */
export function installation() {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-'));
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const { issuer, audience, jwks, bearer } = testIssuer();
  const keys = generateKeyRing();
  const peppersFile = write('peppers.json', keys);
  const sealKeysFile = write('seal-keys.json', generateKeyRing());
  const auth = { AUTH_JWKS: write('jwks.json', JSON.stringify(jwks)), AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience };
  return { auth, bearer, keys, peppersFile, sealKeysFile, remove: () => rmSync(folder, { recursive: true }) };
}

/** Starts a built app with this environment and nothing else. `url` is known once it listens. */
export function startProcess(file: string, variables: Readonly<Record<string, string | undefined>>) {
  const child = spawn(process.execPath, [file], {
    env: { PATH: process.env['PATH'], ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (log += String(chunk)));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return {
    ended,
    signal: (name: NodeJS.Signals) => child.kill(name),
    log: () => log,
    url: () => /"url":"([^"]+)"/.exec(log)?.[1],
  };
}
