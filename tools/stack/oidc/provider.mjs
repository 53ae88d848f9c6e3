// `node provider.mjs <folder> <port> [name]`: an OpenID provider on 127.0.0.1 for local use, always started by a supervisor. With a name it is
// in a container of that name, which publishes its port on 127.0.0.1 only, and other containers call it by the name.
// Its signing key and its accounts are files in the folder: a restart changes neither.
import { randomUUID, subtle } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
// @ts-expect-error it comes without types
import Provider, { errors } from 'oidc-provider';
import { AccountsFile } from './accounts.mjs';

/** @typedef {import('./accounts.mjs').Account} Account */

const audience = 'tallystick';
const resource = 'urn:tallystick';
const tokenSeconds = 8 * 3600;

const [folder = '', port = '', name] = process.argv.slice(2);
const accounts = new AccountsFile(join(folder, 'accounts.json'));

/** @param {string} path @returns {Promise<{ keys: object[] }>} */
async function signingKeys(path) {
  if (!existsSync(path)) {
    const { privateKey } = await subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
    const { kty, crv, x, y, d } = await subtle.exportKey('jwk', privateKey);
    const key = { kty, crv, x, y, d, kid: randomUUID(), alg: 'ES256', use: 'sig' };
    writeFileSync(path, JSON.stringify({ keys: [key] }), { mode: 0o600 });
  }
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** Clients are read from the accounts file at each request. Nothing else is kept: every token of this provider tells all by itself. */
class Store {
  /** @param {string} kind */
  constructor(kind) {
    this.clients = kind === 'Client';
  }
  /** @param {string} id */
  async find(id) {
    const account = this.clients ? accounts.find(id) : undefined;
    return account && { ...clientForm, ...account, client_id: id };
  }
  /** @param {string} id @param {Account} account */
  async upsert(id, account) {
    const { client_secret, roles, subject, token_seconds } = account;
    const given = { ...(subject !== undefined && { subject }), ...(token_seconds !== undefined && { token_seconds }) };
    if (this.clients) accounts.save(id, { client_secret, roles, ...given });
  }
  async destroy() {}
  async consume() {}
}

const clientForm = {
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
  token_endpoint_auth_method: 'client_secret_basic',
};

/** @param {unknown} roles */
const areRoles = (roles) =>
  typeof roles === 'object' &&
  roles !== null &&
  Object.values(roles).every((names) => Array.isArray(names) && names.every((name) => typeof name === 'string'));

const provider = new Provider(`http://${name ?? '127.0.0.1'}:${port}`, {
  adapter: Store,
  jwks: await signingKeys(join(folder, 'keys.json')),
  cookies: { keys: [randomUUID()] },
  clientAuthMethods: ['client_secret_basic'],
  responseTypes: [],
  enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
  clientDefaults: { ...clientForm, id_token_signed_response_alg: 'ES256' },
  // RFC 7591: who may reach this port may register an account; it can do no more than the ready ones.
  extraClientMetadata: {
    properties: ['roles', 'subject', 'token_seconds'],
    validator(/** @type {unknown} */ _, /** @type {string} */ key, /** @type {unknown} */ value) {
      const right =
        key === 'roles'
          ? areRoles(value)
          : value === undefined || (key === 'subject' ? typeof value === 'string' && value !== '' : Number.isInteger(value));
      if (!right) throw new errors.InvalidClientMetadata(`${key} has not the expected form`);
    },
  },
  features: {
    devInteractions: { enabled: false },
    userinfo: { enabled: false },
    rpInitiatedLogout: { enabled: false },
    clientCredentials: { enabled: true },
    registration: { enabled: true, issueRegistrationAccessToken: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => resource,
      getResourceServerInfo(
        /** @type {unknown} */ _,
        /** @type {string} */ asked,
        /** @type {{ clientId: string }} */ { clientId },
      ) {
        if (asked !== resource) throw new errors.InvalidTarget();
        const accessTokenTTL = accounts.find(clientId)?.token_seconds ?? tokenSeconds;
        return { audience, scope: '', accessTokenFormat: 'jwt', accessTokenTTL, jwt: { sign: { alg: 'ES256' } } };
      },
    },
  },
  ttl: {
    ClientCredentials: (/** @type {unknown} */ _, /** @type {{ resourceServer: { accessTokenTTL: number } }} */ token) =>
      token.resourceServer.accessTokenTTL,
  },
  formats: {
    customizers: {
      jwt(
        /** @type {unknown} */ _,
        /** @type {{ clientId: string }} */ { clientId },
        /** @type {{ payload: Record<string, unknown> }} */ { payload },
      ) {
        const account = accounts.find(clientId);
        payload['roles'] = account?.roles ?? {};
        payload['sub'] = account?.subject ?? clientId;
      },
    },
  },
});
provider.on('server_error', (/** @type {unknown} */ _, /** @type {Error} */ error) => console.error(error));

const answer = provider.callback();
const ownNames = [`127.0.0.1:${port}`, ...(name === undefined ? [] : [`${name}:${port}`])];
const server = createServer((request, reply) => {
  // A page in a browser of this machine can reach this port by a name of its own: such a name is no name of ours.
  if (ownNames.includes(request.headers.host ?? '')) return void answer(request, reply);
  reply.writeHead(421).end();
});
server.listen(Number(port), name === undefined ? '127.0.0.1' : '0.0.0.0', () => console.log(`listens on ${provider.issuer}`));
for (const signal of /** @type {const} */ (['SIGTERM', 'SIGINT'])) {
  process.once(signal, () => {
    server.close();
    server.closeAllConnections();
  });
}
