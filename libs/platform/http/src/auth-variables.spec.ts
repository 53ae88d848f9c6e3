import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { createLogger } from '@tallystick/platform-observability';
import { z } from 'zod';
import { authVariables, breakGlassOf, revokingVariables, type TokenVerifier } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'auth-variables-'));
afterAll(() => rmSync(folder, { recursive: true }));

const schema = z.object({ ...authVariables, ...revokingVariables });
const needed = { AUTH_ISSUER: 'https://issuer.example', AUTH_AUDIENCE: 'tallystick' };
const read = (more: object) => schema.safeParse({ ...needed, ...more });

describe('the settings of access', () => {
  it('ask for no type of tokens, believe keys for ten minutes, and let the break-glass credential revoke sixty tokens a minute', () => {
    const defaults = { AUTH_FRESH_KEYS: 600_000, AUTH_STALE_KEYS: 14_400_000, AUTH_BREAK_GLASS_PER_MINUTE: 60 };
    expect(read({}).data).toMatchObject(defaults);
    expect(read({}).data).not.toHaveProperty('AUTH_ACCESS_TOKEN_TYPE');
    const given = { AUTH_FRESH_KEYS: '10s', AUTH_ACCESS_TOKEN_TYPE: 'at+jwt', AUTH_BREAK_GLASS_PER_MINUTE: '5' };
    expect(read(given).data).toMatchObject({ ...given, AUTH_FRESH_KEYS: 10_000, AUTH_BREAK_GLASS_PER_MINUTE: 5 });
  });

  it.each([
    ['AUTH_FRESH_KEYS', ['9s', '11m', '0s']],
    ['AUTH_STALE_KEYS', ['25h']],
    ['AUTH_BREAK_GLASS_PER_MINUTE', ['0', '10001']],
    ['AUTH_ACCESS_TOKEN_TYPE', ['', ' ', 'at jwt', 'a'.repeat(65)]],
  ])('refuse for %s what would leave a door open, or shut it', (name, values) => {
    for (const value of values) expect(read({ [name]: value }).error?.issues.map(({ path }) => path[0])).toEqual([name]);
  });

  it('have the issuer looked at while nobody calls where a break-glass credential is mounted, and only there', () => {
    const file = join(folder, 'break-glass.json');
    writeFileSync(file, JSON.stringify({ credentials: [], environments: ['acme'] }));
    let kept = 0;
    const auth = { keepLooking: () => kept++ } as unknown as TokenVerifier;
    const needs = { auth, logger: createLogger({ service: 'test', level: 'silent' }), onUse: () => undefined };
    expect([breakGlassOf({}, needs), kept]).toEqual([undefined, 0]);
    expect([breakGlassOf({ AUTH_BREAK_GLASS_FILE: file }, needs), kept]).toEqual([{ admit: expect.any(Function) }, 1]);
  });
});
