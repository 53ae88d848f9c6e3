// An OpenID provider with ready accounts, so that nothing on this machine runs without authentication. For local use only.
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { repository } from '../folders.mjs';

const program = fileURLToPath(new URL('../oidc/provider.mjs', import.meta.url));

/** @param {import('./index.mjs').Ports} ports */
const issuer = (ports) => `http://127.0.0.1:${ports['port']}`;

/** @type {import('./index.mjs').Server} */
export const oidc = {
  name: 'oidc',
  usualPorts: { port: 9000 },
  onlyAsProcess: true, // in a container it would have to listen beyond 127.0.0.1
  startWithinMs: 30_000,
  stopWithinMs: 5_000,
  async find() {
    if (existsSync(join(repository, 'node_modules', 'oidc-provider', 'package.json'))) return { tool: { program } };
    const why = 'the OpenID provider that gives out tokens for local use';
    return { missing: [{ what: 'the npm packages of this repository (oidc-provider)', why, command: 'npm ci' }] };
  },
  async prepare({ folder, ports, tool }) {
    const data = join(folder, 'oidc');
    mkdirSync(data, { recursive: true });
    const args = [/** @type {string} */ (tool['program']), data, String(ports['port'])];
    const { NODE_OPTIONS: _, ...env } = process.env;
    return { command: process.execPath, args, cwd: data, env, mark: data };
  },
  async answers(ports) {
    const signal = AbortSignal.timeout(2_000);
    const answer = await fetch(`${issuer(ports)}/.well-known/openid-configuration`, { signal });
    const { issuer: named } = /** @type {{ issuer?: string }} */ (await answer.json());
    if (named !== issuer(ports)) throw new Error('another issuer answers there');
  },
  addresses: (ports) => ({ oidc: issuer(ports) }),
};
