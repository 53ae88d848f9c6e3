import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { exportJWK, generateKeyPair, type JSONWebKeySet, SignJWT } from 'jose';
import type { KeySource } from './key-source.ts';
import { createTokenVerifier, type TokenAlgorithm, type TokenVerifierOptions } from './token-verifier.ts';

const folder = mkdtempSync(join(tmpdir(), 'jwks-'));
afterAll(() => rmSync(folder, { recursive: true }));
const [issuer, audience] = ['https://issuer.example', 'tallystick'];

async function issuerWith(kid: string, alg: 'RS256' | 'ES256' | 'EdDSA' | 'RS512' = 'ES256') {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwks: JSONWebKeySet = { keys: [{ ...(await exportJWK(publicKey)), kid }] };
  const sign = (claims: Record<string, unknown> = {}, expiresIn = 300, typ?: string) => {
    const token = new SignJWT({ sub: 's', roles: { acme: ['viewer'] }, ...claims })
      .setProtectedHeader({ alg, kid, ...(typ === undefined ? {} : { typ }) })
      .setIssuer(issuer)
      .setAudience(audience);
    return token.setExpirationTime(Math.floor(clock / 1000) + expiresIn).sign(privateKey);
  };
  return { jwks, sign };
}
let clock = 1_800_000_000_000;
const verifierOf = (jwks: KeySource, more: Partial<TokenVerifierOptions> = {}) =>
  createTokenVerifier({ jwks, issuer, audience, now: () => clock, elapsedMs: () => clock, ...more });

describe('a token verifier', () => {
  it.each(['RS256', 'ES256', 'EdDSA'] as const)('accepts %s', async (alg) => {
    const { jwks, sign } = await issuerWith('a', alg);
    expect(await verifierOf(jwks).verify(`Bearer ${await sign()}`)).toMatchObject({
      kind: 'verified',
      principal: { subject: 's', roles: { acme: ['viewer'] } },
    });
  });

  it('refuses an algorithm that is not listed, though the key would fit', async () => {
    const { jwks, sign } = await issuerWith('a', 'RS512');
    expect(await verifierOf(jwks).verify(`Bearer ${await sign()}`)).toMatchObject({ kind: 'refused', reason: 'invalid' });
  });

  it('asks for the type of tokens only where it is told to: then no other token of the issuer opens anything', async () => {
    const { jwks, sign } = await issuerWith('a');
    const kindOf = async (typ: string | undefined, tokenType?: string) =>
      (await verifierOf(jwks, tokenType === undefined ? {} : { tokenType }).verify(`Bearer ${await sign({}, 300, typ)}`)).kind;
    for (const typ of [undefined, 'JWT', 'at+jwt']) expect(await kindOf(typ)).toBe('verified');
    for (const typ of ['at+jwt', 'AT+JWT', 'application/at+jwt']) expect(await kindOf(typ, 'at+jwt')).toBe('verified');
    for (const typ of [undefined, 'JWT', 'logout+jwt', '']) expect(await kindOf(typ, 'at+jwt')).toBe('refused');
  });

  it('accepts what it is told to of a closed list, which has nothing that is verified with a secret', async () => {
    const { jwks, sign } = await issuerWith('a', 'RS512');
    expect(await verifierOf(jwks, { algorithms: ['RS512'] }).verify(`Bearer ${await sign()}`)).toMatchObject({
      kind: 'verified',
    });
    for (const algorithms of [[], ['HS256'], ['none'], ['RS256', 'HS512']])
      expect(() => verifierOf(jwks, { algorithms: algorithms as TokenAlgorithm[] })).toThrow(RangeError);
    for (const clockToleranceSeconds of [-1, 121, Number.NaN])
      expect(() => verifierOf(jwks, { clockToleranceSeconds })).toThrow(RangeError);
  });

  it('keeps only roles that it knows, and refuses a claim of another shape', async () => {
    const { jwks, sign } = await issuerWith('a');
    const verifier = verifierOf(jwks);
    expect(await verifier.verify(`Bearer ${await sign({ roles: { acme: ['viewer', 'root'], b: ['x'] } })}`)).toMatchObject({
      principal: { roles: { acme: ['viewer'], b: [] } },
    });
    expect(await verifier.verify(`Bearer ${await sign({ roles: undefined })}`)).toMatchObject({ principal: { roles: {} } });
    expect(await verifier.verify(`Bearer ${await sign({ roles: ['viewer', 'acme:viewer'] })}`)).toMatchObject({
      principal: { roles: { acme: ['viewer'] } },
    });
    for (const roles of ['viewer', [1], { acme: 'viewer' }, { acme: [1] }])
      expect(await verifier.verify(`Bearer ${await sign({ roles })}`)).toMatchObject({ kind: 'refused', reason: 'invalid' });
  });

  it('refuses a subject that is empty, no text, or has half a surrogate pair', async () => {
    const { jwks, sign } = await issuerWith('a');
    const verifier = verifierOf(jwks);
    for (const sub of ['', 1, 'ann \ud800', '\udc00'])
      expect(await verifier.verify(`Bearer ${await sign({ sub })}`)).toMatchObject({ kind: 'refused', reason: 'invalid' });
    expect(await verifier.verify(`Bearer ${await sign({ sub: 'ann \u{1f511}' })}`)).toMatchObject({ kind: 'verified' });
  });

  it('answers from memory without a promise once verified, until the token expires', async () => {
    const { jwks, sign } = await issuerWith('a');
    const verifier = verifierOf(jwks);
    const header = `Bearer ${await sign({}, 60)}`;
    expect(verifier.cached(header)).toBeUndefined();
    await verifier.verify(header);
    expect(verifier.cached(header)?.subject).toBe('s');
    expect(verifier.cached(`${header} `)).toBeUndefined();
    expect(verifier.cached(undefined)).toBeUndefined();
    clock += 60_000;
    expect(verifier.cached(header)).toBeUndefined();
    clock += 31_000;
    expect(await verifier.verify(header)).toMatchObject({ kind: 'refused', reason: 'expired' });
  });

  it('believes its memory only for a bounded time, so that a withdrawn key ends', async () => {
    const { jwks, sign } = await issuerWith('a');
    const verifier = verifierOf(jwks, { maxCacheMs: 1_000 });
    const header = `Bearer ${await sign({}, 3_600)}`;
    await verifier.verify(header);
    clock += 999;
    expect(verifier.cached(header)).toBeDefined();
    clock += 1;
    expect(verifier.cached(header)).toBeUndefined();
  });

  it('R38: a clock that is set back keeps neither a withdrawn key nor an expired token in its memory', async () => {
    const { jwks, sign } = await issuerWith('a');
    for (const [lasts, keepMs] of [
      [3_600, 600_000],
      [300, 600_000],
    ] as const) {
      let elapsed = 0;
      let wall = clock;
      const verifier = verifierOf(jwks, { maxCacheMs: keepMs, now: () => wall, elapsedMs: () => elapsed });
      const header = `Bearer ${await sign({}, lasts)}`;
      await verifier.verify(header);
      wall -= 3_600_000;
      const holdsForMs = Math.min(keepMs, lasts * 1_000);
      elapsed = holdsForMs - 1;
      expect(verifier.cached(header)).toBeDefined();
      elapsed = holdsForMs;
      expect(verifier.cached(header)).toBeUndefined();
    }
  });

  it('forgets the token that was used longest ago when its memory is full', async () => {
    const { jwks, sign } = await issuerWith('a');
    const verifier = verifierOf(jwks, { maxCachedTokens: 2 });
    const [a, b, c] = [`Bearer ${await sign({ n: 1 })}`, `Bearer ${await sign({ n: 2 })}`, `Bearer ${await sign({ n: 3 })}`];
    await verifier.verify(a);
    await verifier.verify(b);
    verifier.cached(a);
    await verifier.verify(c);
    expect([a, b, c].map((header) => verifier.cached(header) !== undefined)).toEqual([true, false, true]);
  });

  it('never remembers a refused token', async () => {
    const { jwks } = await issuerWith('a');
    const stranger = await issuerWith('a');
    const verifier = verifierOf(jwks);
    const header = `Bearer ${await stranger.sign()}`;
    expect(await verifier.verify(header)).toMatchObject({ kind: 'refused', reason: 'invalid' });
    expect(verifier.cached(header)).toBeUndefined();
  });

  it('tells a missing token from a bad one, for the log', async () => {
    const verifier = verifierOf({ keys: [] });
    expect(await verifier.verify(undefined)).toEqual({ kind: 'refused', reason: 'missing' });
    for (const header of ['', 'Basic abc', 'Bearer', 'Bearer a.b', `Bearer ${'a'.repeat(9_000)}.b.c`])
      expect(await verifier.verify(header)).toMatchObject({ kind: 'refused', reason: 'invalid' });
  });

  it('reads a key file again for a key that it does not know, but not at every stranger', async () => {
    const path = join(folder, 'jwks.json');
    const [first, second] = [await issuerWith('one'), await issuerWith('two')];
    writeFileSync(path, JSON.stringify(first.jwks));
    const verifier = verifierOf(path);
    expect((await verifier.verify(`Bearer ${await first.sign()}`)).kind).toBe('verified');
    writeFileSync(path, JSON.stringify({ keys: [...first.jwks.keys, ...second.jwks.keys] }));
    expect((await verifier.verify(`Bearer ${await second.sign()}`)).kind).toBe('refused');
    clock += 30_000;
    expect((await verifier.verify(`Bearer ${await second.sign()}`)).kind).toBe('verified');
  });

  it('says so when the keys can not be had: nothing is known then about any token', async () => {
    const { sign } = await issuerWith('a');
    const header = `Bearer ${await sign()}`;
    for (const jwks of [join(folder, 'none.json'), 'http://127.0.0.1:9/jwks'])
      expect(await verifierOf(jwks).verify(header)).toMatchObject({ kind: 'refused', reason: 'keys-unavailable' });
  });

  it('refuses to fetch keys without TLS from another machine', () => {
    expect(() => verifierOf('http://issuer.example/jwks')).toThrow(/https/);
    expect(() => verifierOf('http://issuer.example/jwks', { allowPlainHttp: true })).not.toThrow();
  });
});
