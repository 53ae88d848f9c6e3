import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { parseConfig } from '@tallystick/platform-config';
import { createLogger } from '@tallystick/platform-observability';
import { z } from 'zod';
import { authVariables, createServiceTokens, tokenVerifierOf } from './index.ts';

const audience = 'tallystick';

/**
 * What a service has to make of any issuer that has the ready accounts of the local stack, knowing no more than `variables`.
 * @param otherAlgorithm  one that the issuer does not sign with
 */
export function issuerConformance(issuer: string, variables: Readonly<Record<string, string>>, otherAlgorithm: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'issuer-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const clientSecretFile = join(folder, 'secret');
  writeFileSync(clientSecretFile, 'local-use-only\n', { mode: 0o600 });

  const verifierFor = (more: Readonly<Record<string, string>> = {}) => {
    const given = { AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience, ...variables, ...more };
    const config = parseConfig(z.object(authVariables), given);
    if (!config.ok) throw new Error('the configuration was refused');
    return tokenVerifierOf(config.value, createLogger({ service: 'test', level: 'silent' }));
  };
  const bearerOf = async (clientId: string) =>
    `Bearer ${await createServiceTokens({ issuer, clientId, clientSecretFile, audience })()}`;

  it.each([
    ['viewer', ['viewer']],
    ['second-admin', ['approver', 'token-admin', 'viewer']],
    ['validator-caller', ['validator-caller']],
  ])('the ready account %s comes in with its roles, known by discovery alone', async (clientId, roles) => {
    const verifier = verifierFor();
    const header = await bearerOf(clientId);
    const verdict = await verifier.verify(header);
    if (verdict.kind !== 'verified') throw new Error(`it was ${verdict.kind}`);
    const { subject, roles: given } = verdict.principal;
    expect(Object.fromEntries(Object.entries(given).map(([where, names]) => [where, [...names].sort()]))).toEqual({ '*': roles });
    expect(subject).toMatch(/./);
    expect(verifier.cached(header)?.subject).toBe(subject);
  });

  it('each account is somebody else, and the same one at each token', async () => {
    const subjectOf = async (clientId: string) => {
      const verdict = await verifierFor().verify(await bearerOf(clientId));
      return verdict.kind === 'verified' ? verdict.principal.subject : verdict.kind;
    };
    const [first, again, other] = [await subjectOf('viewer'), await subjectOf('viewer'), await subjectOf('operator')];
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  it('a token for another audience, by another algorithm, or with a changed signature does not come in', async () => {
    const header = await bearerOf('viewer');
    const [last] = header.slice(-5);
    const changed = `${header.slice(0, -5)}${last === 'A' ? 'B' : 'A'}${header.slice(-4)}`;
    const [other, strict] = [{ AUTH_AUDIENCE: 'somebody-else' }, { AUTH_ALGORITHMS: otherAlgorithm }].map(verifierFor);
    for (const verdict of [await verifierFor().verify(changed), await other!.verify(header), await strict!.verify(header)])
      expect(verdict).toMatchObject({ kind: 'refused', reason: 'invalid' });
  });

  it('it comes in without roles where they stand in another claim', async () => {
    const verdict = await verifierFor({ AUTH_ROLES_CLAIM: 'somewhere.else' }).verify(await bearerOf('viewer'));
    expect(verdict).toMatchObject({ kind: 'verified', principal: { roles: {} } });
  });

  it('a wrong secret gives no token, and no word of the secret', async () => {
    const wrong = join(folder, 'wrong');
    writeFileSync(wrong, 'wrong-secret');
    const tokens = createServiceTokens({ issuer, clientId: 'worker', clientSecretFile: wrong, audience });
    await expect(tokens()).rejects.toMatchObject({
      reason: 'refused',
      message: expect.stringMatching(
        /^the issuer refuses a token to the client worker: (?:invalid_client|unauthorized_client)$/,
      ) as unknown,
    });
  });
}
