import { randomBytes, randomUUID } from 'node:crypto';
import { ask, type LocalAccess, tokenOf } from './local-access.ts';

interface Named {
  readonly id: string;
  readonly name: string;
}

/**
 * By the realm of ours in a Keycloak on this machine (tools/stack/keycloak), where a role is a realm role. Accounts are made like the ready
 * one that it has. The subject of a token is Keycloak's own id of the account, whatever it is called here. @throws Error when it does not answer.
 */
export async function createKeycloakAccess(issuer: string): Promise<LocalAccess> {
  const { token_endpoint: token } = await ask(`${issuer}/.well-known/openid-configuration`);
  if (!token) throw new Error(`${issuer} names no token_endpoint`);
  const realm = issuer.replace('/realms/', '/admin/realms/');
  const call = createAdmin(issuer.slice(0, issuer.indexOf('/realms/')));

  const accountFor: LocalAccess['accountFor'] = async (_, environment, roles) => {
    const [clientId, secret] = [randomUUID(), randomBytes(24).toString('base64url')];
    const [ready] = (await call('GET', `${realm}/clients?clientId=viewer`)) as [{ readonly protocolMappers: readonly Named[] }];
    const protocolMappers = ready.protocolMappers.map((mapper) => ({ ...mapper, id: undefined }));
    await call('POST', `${realm}/clients`, { ...ready, id: undefined, clientId, secret, protocolMappers });
    const [client] = (await call('GET', `${realm}/clients?clientId=${clientId}`)) as [Named];
    const user = (await call('GET', `${realm}/clients/${client.id}/service-account-user`)) as Named;
    const given: unknown[] = [];
    for (const name of roles.map((role) => `${environment}:${role}`)) {
      await call('POST', `${realm}/roles`, { name }); // it may be there
      given.push(await call('GET', `${realm}/roles/${encodeURIComponent(name)}`));
    }
    await call('POST', `${realm}/users/${user.id}/role-mappings/realm`, given);
    return { clientId, clientSecret: secret };
  };
  return {
    accountFor,
    env: { AUTH_ISSUER: issuer, AUTH_AUDIENCE: 'tallystick', AUTH_ROLES_CLAIM: 'realm_access.roles' },
    tokenFor: async (subject, environment, roles) => tokenOf(token, await accountFor(subject, environment, roles)),
  };
}

/** Keycloak's admin API, as its first administrator. A conflict is no fault. */
const createAdmin =
  (base: string) =>
  async (method: string, url: string, body?: object): Promise<unknown> => {
    const form = { client_id: 'admin-cli', grant_type: 'password', username: 'admin', password: 'local-use-only' };
    const signedIn = await ask(`${base}/realms/master/protocol/openid-connect/token`, {
      method: 'POST',
      body: new URLSearchParams(form),
    });
    const headers = { authorization: `Bearer ${signedIn['access_token']}`, 'content-type': 'application/json' };
    const request = { method, headers, signal: AbortSignal.timeout(30_000), ...(body && { body: JSON.stringify(body) }) };
    const answer = await fetch(url, request);
    const text = await answer.text();
    if (!answer.ok && answer.status !== 409)
      throw new Error(`Keycloak answers ${method} ${new URL(url).pathname} ${answer.status}`);
    return answer.ok && text !== '' ? JSON.parse(text) : undefined;
  };
