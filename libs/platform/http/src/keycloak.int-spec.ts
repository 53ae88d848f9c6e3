import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseConfig } from '@tallystick/platform-config';
import { createLogger } from '@tallystick/platform-observability';
import { z } from 'zod';
import { authVariables, createServiceTokens, tokenVerifierOf } from './index.ts';

// Only where somebody started one: `kc.sh start-dev` with KC_BOOTSTRAP_ADMIN_USERNAME=admin and KC_BOOTSTRAP_ADMIN_PASSWORD=local-use-only.
const base = process.env['TALLYSTICK_KEYCLOAK_URL'];
const [realm, audience, clientId] = [`tallystick-${process.pid}`, 'tallystick', 'worker'];
const folder = mkdtempSync(join(tmpdir(), 'keycloak-'));
const clientSecretFile = join(folder, 'secret');
afterAll(() => rmSync(folder, { recursive: true }));

(base === undefined ? describe.skip : describe)('with Keycloak', () => {
  const issuer = `${base}/realms/${realm}`;
  let admin: string;
  const call = async (method: string, path: string, body?: object): Promise<unknown> => {
    const response = await fetch(`${base}/admin/realms${path}`, {
      method,
      headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text}`);
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  };

  beforeAll(async () => {
    const form = { client_id: 'admin-cli', grant_type: 'password', username: 'admin', password: 'local-use-only' };
    const answer = await fetch(`${base}/realms/master/protocol/openid-connect/token`, {
      method: 'POST',
      body: new URLSearchParams(form),
    });
    admin = ((await answer.json()) as { readonly access_token: string }).access_token;
    const granted = ['acme:token-admin', 'acme:viewer', '*:auditor', 'acme:root'];
    await call('POST', '', { realm, enabled: true, roles: { realm: granted.map((name) => ({ name })) } });
    writeFileSync(clientSecretFile, 'local-use-only', { mode: 0o600 });
    const mapper = {
      name: 'audience',
      protocol: 'openid-connect',
      protocolMapper: 'oidc-audience-mapper',
      config: { 'included.custom.audience': audience, 'access.token.claim': 'true' },
    };
    const flows = { serviceAccountsEnabled: true, standardFlowEnabled: false, publicClient: false };
    await call('POST', `/${realm}/clients`, { clientId, secret: 'local-use-only', ...flows, protocolMappers: [mapper] });
    const [client] = (await call('GET', `/${realm}/clients?clientId=${clientId}`)) as { readonly id: string }[];
    const user = (await call('GET', `/${realm}/clients/${client!.id}/service-account-user`)) as { readonly id: string };
    const all = (await call('GET', `/${realm}/roles`)) as { readonly name: string }[];
    await call(
      'POST',
      `/${realm}/users/${user.id}/role-mappings/realm`,
      all.filter(({ name }) => granted.includes(name)),
    );
  }, 60_000);
  afterAll(() => call('DELETE', `/${realm}`));

  const verifierFor = (variables: Readonly<Record<string, string>>) => {
    const config = parseConfig(z.object(authVariables), { AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience, ...variables });
    if (!config.ok) throw new Error('the configuration was refused');
    return tokenVerifierOf(config.value, createLogger({ service: 'test', level: 'silent' }));
  };
  const header = async () => `Bearer ${await createServiceTokens({ issuer, clientId, clientSecretFile, audience })()}`;

  it('a service comes in by discovery alone, with the roles of its realm', async () => {
    const verdict = await verifierFor({ AUTH_ROLES_CLAIM: 'realm_access.roles' }).verify(await header());
    if (verdict.kind !== 'verified') throw new Error(`it was ${verdict.kind}`);
    const { roles } = verdict.principal;
    expect({ ...roles, acme: [...(roles['acme'] ?? [])].sort() }).toEqual({ acme: ['token-admin', 'viewer'], '*': ['auditor'] });
  });

  it('it has no roles where the claim is another one, and does not come in for another audience or by another algorithm', async () => {
    expect(await verifierFor({}).verify(await header())).toMatchObject({ kind: 'verified', principal: { roles: {} } });
    for (const variables of [{ AUTH_AUDIENCE: 'somebody-else' }, { AUTH_ALGORITHMS: 'ES256,PS256' }])
      expect(await verifierFor(variables).verify(await header())).toMatchObject({ kind: 'refused', reason: 'invalid' });
  });
});
