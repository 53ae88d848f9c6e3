import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { createLogger } from '@tallystick/platform-observability';
import { parseConfig } from '@tallystick/platform-config';
import { endpoints } from '@tallystick/platform-testing';
import { z } from 'zod';
import { authVariables, createServiceTokens, tokenVerifierOf } from './index.ts';

// A real OpenID provider, its ready accounts, and what a service does with nothing but its address.
const issuer = endpoints().oidc;
const audience = 'tallystick';
const folder = mkdtempSync(join(tmpdir(), 'oidc-'));
afterAll(() => rmSync(folder, { recursive: true }));
const clientSecretFile = join(folder, 'secret');
writeFileSync(clientSecretFile, 'local-use-only\n', { mode: 0o600 });

const verifierFor = (variables: Readonly<Record<string, string>>) => {
  const config = parseConfig(z.object(authVariables), { AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience, ...variables });
  if (!config.ok) throw new Error('the configuration was refused');
  return tokenVerifierOf(config.value, createLogger({ service: 'test', level: 'silent' }));
};
const bearerOf = async (clientId: string) =>
  `Bearer ${await createServiceTokens({ issuer, clientId, clientSecretFile, audience })()}`;

describe('with a real OpenID provider', () => {
  it.each([
    ['viewer', ['viewer']],
    ['second-admin', ['approver', 'token-admin', 'viewer']],
    ['validator-caller', ['validator-caller']],
  ])('the ready account %s comes in with its roles, known by discovery alone', async (clientId, roles) => {
    const verifier = verifierFor({});
    const header = await bearerOf(clientId);
    expect(await verifier.verify(header)).toMatchObject({
      kind: 'verified',
      principal: { subject: clientId, roles: { '*': roles } },
    });
    expect(verifier.cached(header)?.subject).toBe(clientId);
  });

  it('a token for another audience, or with a changed signature, does not', async () => {
    const header = await bearerOf('viewer');
    const [last] = header.slice(-5);
    const changed = `${header.slice(0, -5)}${last === 'A' ? 'B' : 'A'}${header.slice(-4)}`;
    const other = verifierFor({ AUTH_AUDIENCE: 'somebody-else' });
    for (const verdict of [await verifierFor({}).verify(changed), await other.verify(header)])
      expect(verdict).toMatchObject({ kind: 'refused', reason: 'invalid' });
  });

  it('a wrong secret gives no token, and no word of the secret', async () => {
    const wrong = join(folder, 'wrong');
    writeFileSync(wrong, 'wrong-secret');
    const tokens = createServiceTokens({ issuer, clientId: 'worker', clientSecretFile: wrong, audience });
    await expect(tokens()).rejects.toMatchObject({
      reason: 'refused',
      message: 'the issuer refuses a token to the client worker: invalid_client',
    });
  });
});
