// `node provider.mjs <folder> <port> [name]`: an OpenID provider on 127.0.0.1 for local use, always started by a supervisor. With a name it is
// in a container of that name, which publishes its port on 127.0.0.1 only, and other containers call it by the name.
// Its signing key and its accounts are files in the folder: a restart changes neither.
import { randomUUID, subtle } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
// @ts-expect-error it comes without types
import Provider, { errors } from 'oidc-provider';
import { AccountsFile, cliClient } from './accounts.mjs';
import { deviceFlow, grantOf, signInPage, signIns } from './people.mjs';

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

/** Clients are read from the accounts file at each request. Access tokens are not kept: each tells all by itself. */
class Clients {
  /** @param {string} id */
  async find(id) {
    const account = accounts.find(id);
    return account && { ...clientForm, ...account, client_id: id };
  }
  /** @param {string} id @param {Account} account */
  async upsert(id, account) {
    const { client_secret, roles, subject, token_seconds } = account;
    const given = { ...(subject !== undefined && { subject }), ...(token_seconds !== undefined && { token_seconds }) };
    accounts.save(id, { client_secret, roles, ...given });
  }
  async destroy() {}
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
  adapter: (/** @type {string} */ kind) => (kind === 'Client' ? new Clients() : signIns(kind)),
  clients: [
    {
      ...{ client_id: cliClient, token_endpoint_auth_method: 'none', redirect_uris: [], response_types: [], roles: {} },
      grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
    },
  ],
  findAccount: (/** @type {unknown} */ _, /** @type {string} */ accountId) =>
    accounts.find(accountId) && { accountId, claims: () => ({ sub: accounts.find(accountId)?.subject ?? accountId }) },
  loadExistingGrant: grantOf(resource),
  issueRefreshToken: (/** @type {unknown} */ _, /** @type {{ grantTypeAllowed: (type: string) => boolean }} */ client) =>
    client.grantTypeAllowed('refresh_token'),
  expiresWithSession: () => false,
  interactions: { url: (/** @type {unknown} */ _, /** @type {{ uid: string }} */ { uid }) => `/interaction/${uid}` },
  jwks: await signingKeys(join(folder, 'keys.json')),
  cookies: { keys: [randomUUID()] },
  clientAuthMethods: ['client_secret_basic', 'none'],
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
    deviceFlow,
    revocation: {
      enabled: true,
      allowedPolicy: (
        /** @type {unknown} */ _,
        /** @type {{ clientId: string }} */ client,
        /** @type {{ clientId: string }} */ token,
      ) => token.clientId === client.clientId,
    },
    registration: { enabled: true, issueRegistrationAccessToken: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => resource,
      useGrantedResource: () => true,
      getResourceServerInfo(
        /** @type {{ oidc: { account?: { accountId: string } } }} */ { oidc },
        /** @type {string} */ asked,
        /** @type {{ clientId: string }} */ { clientId },
      ) {
        if (asked !== resource) throw new errors.InvalidTarget();
        const accessTokenTTL = accounts.find(oidc.account?.accountId ?? clientId)?.token_seconds ?? tokenSeconds;
        return { audience, scope: '', accessTokenFormat: 'jwt', accessTokenTTL, jwt: { sign: { alg: 'ES256' } } };
      },
    },
  },
  ttl: {
    ...{ DeviceCode: 600, Interaction: 600, Session: tokenSeconds, Grant: 14 * 24 * 3600, RefreshToken: 14 * 24 * 3600 },
    IdToken: tokenSeconds,
    AccessToken: (/** @type {unknown} */ _, /** @type {{ resourceServer: { accessTokenTTL: number } }} */ token) =>
      token.resourceServer.accessTokenTTL,
    ClientCredentials: (/** @type {unknown} */ _, /** @type {{ resourceServer: { accessTokenTTL: number } }} */ token) =>
      token.resourceServer.accessTokenTTL,
  },
  formats: {
    customizers: {
      jwt(
        /** @type {unknown} */ _,
        /** @type {{ clientId: string, accountId?: string }} */ { clientId, accountId = clientId },
        /** @type {{ payload: Record<string, unknown> }} */ { payload },
      ) {
        const account = accounts.find(accountId);
        payload['roles'] = account?.roles ?? {};
        payload['sub'] = account?.subject ?? accountId;
      },
    },
  },
});
provider.on('server_error', (/** @type {unknown} */ _, /** @type {Error} */ error) => console.error(error));

const answer = provider.callback();
const signIn = signInPage(provider, accounts);
const ownNames = [`127.0.0.1:${port}`, ...(name === undefined ? [] : [`${name}:${port}`])];
const server = createServer((request, reply) => {
  // A page in a browser of this machine can reach this port by a name of its own: such a name is no name of ours.
  if (!ownNames.includes(request.headers.host ?? '')) return void reply.writeHead(421).end();
  void (request.url?.startsWith('/interaction/') ? signIn(request, reply) : answer(request, reply));
});
// No connection is kept: a client that was too busy to see its end would ask once more over one that is closed here already.
server.maxRequestsPerSocket = 1;
server.listen(Number(port), name === undefined ? '127.0.0.1' : '0.0.0.0', () => console.log(`listens on ${provider.issuer}`));
for (const signal of /** @type {const} */ (['SIGTERM', 'SIGINT'])) {
  process.once(signal, () => {
    server.close();
    server.closeAllConnections();
  });
}
