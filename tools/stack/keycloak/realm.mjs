// The realm of the local Keycloak, in the form of its exports: the ready accounts of the local provider, as services and as people.
// A role is a realm role `<environment>:<role>`, and stands in the claim `realm_access.roles`; an audience mapper says whom tokens are for.
import { cliClient, readyAccounts, readySecret } from '../oidc/accounts.mjs';

const audience = 'tallystick';
const tokenSeconds = 8 * 3600;

const protocolMappers = [
  {
    name: 'audience',
    protocol: 'openid-connect',
    protocolMapper: 'oidc-audience-mapper',
    config: { 'included.custom.audience': audience, 'access.token.claim': 'true', 'id.token.claim': 'false' },
  },
];
const noBrowser = { standardFlowEnabled: false, implicitFlowEnabled: false, directAccessGrantsEnabled: false };

/** A service: the client-credentials grant. @param {string} clientId @param {string} secret */
const serviceClient = (clientId, secret) => ({
  ...{ clientId, secret, publicClient: false, serviceAccountsEnabled: true, protocolMappers },
  ...noBrowser,
});

/** The command line, with which people sign in on any device (RFC 8628). */
const deviceClient = {
  ...{ clientId: cliClient, publicClient: true, serviceAccountsEnabled: false, protocolMappers },
  ...noBrowser,
  attributes: { 'oauth2.device.authorization.grant.enabled': 'true', 'oauth2.device.polling.interval': '1' },
};

/** @param {Record<string, string[]>} roles @returns {string[]} as realm roles */
const wordsOf = (roles) => Object.entries(roles).flatMap(([environment, names]) => names.map((name) => `${environment}:${name}`));

const accounts = Object.entries(readyAccounts).map(([id, { roles }]) => ({ id, realmRoles: wordsOf(roles) }));

export const realm = {
  ...{
    realm: 'tallystick',
    enabled: true,
    sslRequired: 'none',
    accessTokenLifespan: tokenSeconds,
    ssoSessionMaxLifespan: tokenSeconds,
  },
  roles: { realm: [...new Set(accounts.flatMap(({ realmRoles }) => realmRoles))].map((name) => ({ name })) },
  clients: [deviceClient, ...accounts.map(({ id }) => serviceClient(id, readySecret))],
  users: accounts.flatMap(({ id, realmRoles }) => [
    { username: `service-account-${id}`, enabled: true, serviceAccountClientId: id, realmRoles },
    {
      ...{ username: id, enabled: true, realmRoles, email: `${id}@example.com`, emailVerified: true },
      ...{ firstName: id, lastName: 'Ready', credentials: [{ type: 'password', value: readySecret }] },
    },
  ]),
};
