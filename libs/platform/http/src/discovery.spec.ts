import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger } from '@tallystick/platform-observability';
import { eventually } from '@tallystick/platform-testing';
import { makeKey, TestIssuer } from './test-issuer.fixture.ts';
import { createTokenVerifier, type TokenVerifier } from './token-verifier.ts';

const configuration = '/.well-known/openid-configuration';
const minute = 60_000;
let issuer: TestIssuer;
let first: Awaited<ReturnType<typeof makeKey>>;
let clock: number;
let lines: string[];
let verifier: TokenVerifier;
const bearer = (key = first) => issuer.bearer(key, clock / 1000 + 7_200);
const reasonOf = async (header: string) => {
  const verdict = await verifier.verify(header);
  return verdict.kind === 'refused' ? verdict.reason : verdict.kind;
};
const looks = () => issuer.asked.filter((path) => path === configuration).length;

beforeEach(async () => {
  issuer = new TestIssuer();
  await issuer.start();
  first = await makeKey('one');
  issuer.keys = [first];
  clock = 1_800_000_000_000;
  lines = [];
  const logger = createLogger({ service: 'test', level: 'info', destination: { write: (line) => void lines.push(line) } });
  verifier = createTokenVerifier({ issuer: issuer.url, audience: 'tallystick', now: () => clock, logger });
});
afterEach(() => issuer.stop());

describe('a token verifier that knows only its issuer', () => {
  it('finds the keys by discovery, once for all who ask at the same moment', async () => {
    const [a, b] = [await bearer(), await bearer()];
    expect(await Promise.all([reasonOf(a), reasonOf(b)])).toEqual(['verified', 'verified']);
    expect(issuer.asked).toEqual([configuration, '/keys']);
  });

  it.each([
    ['is of another issuer', () => ({ ...issuer.document(), issuer: 'https://evil.example' })],
    ['writes the issuer otherwise than tokens do', () => ({ ...issuer.document(), issuer: `${issuer.url}/` })],
    ['names no keys', () => ({ issuer: issuer.url })],
    ['names keys on another machine without TLS', () => ({ ...issuer.document(), jwks_uri: 'http://keys.example/keys' })],
    ['is no document', () => 'hello'],
  ])('knows nobody when the document %s', async (_, document) => {
    issuer.spoilt.set(configuration, { status: 200, body: document() });
    expect(await reasonOf(await bearer())).toBe('keys-unavailable');
    expect(issuer.asked).not.toContain('/keys');
  });

  it('follows no redirect to keys of somebody else', async () => {
    const other = new TestIssuer();
    await other.start();
    other.keys = [first];
    issuer.keys = [];
    for (const path of [configuration, '/keys']) {
      issuer.spoilt.set(path, { status: 302, body: '', headers: { location: `${other.url}${path}` } });
      expect(await reasonOf(await bearer())).toBe('keys-unavailable');
      issuer.spoilt.delete(path);
      clock += 5_000;
    }
    expect(other.asked).toEqual([]);
    await other.stop();
  });

  it('starts while the issuer is down, says so once, asks again after a pause and not before, and says when it is well', async () => {
    await issuer.stop();
    await verifier.prepare();
    expect(await reasonOf(await bearer())).toBe('keys-unavailable');
    await issuer.start();
    expect(await reasonOf(await bearer())).toBe('keys-unavailable');
    expect(issuer.asked).toEqual([]);
    clock += 5_000;
    expect(await reasonOf(await bearer())).toBe('verified');
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
      "the issuer's keys can not be had; every caller gets 503 until they are there",
      "the issuer's keys are there again",
    ]);
  });

  it('keeps the old keys for ten minutes when the issuer goes away, and no longer', async () => {
    const header = await bearer();
    expect(await reasonOf(header)).toBe('verified');
    await issuer.stop();
    clock += 10 * minute - 1;
    expect(verifier.cached(header)).toBeDefined();
    expect(await reasonOf(await bearer())).toBe('verified');
    await verifier.prepare();
    clock += 1;
    expect(verifier.cached(header)).toBeUndefined();
    expect(await reasonOf(header)).toBe('keys-unavailable');
    expect(lines[0]).toContain('"oldKeysHoldUntil":"2027-01-15T08:10:00.000Z"');
  });

  it('lets a withdrawn key open nothing ten minutes after the last look that had it, whoever came in meanwhile', async () => {
    await verifier.prepare();
    clock += minute - 1;
    const header = await bearer();
    expect(await reasonOf(header)).toBe('verified');
    issuer.keys = [await makeKey('two')];
    clock += 9 * minute + 1;
    await verifier.prepare();
    expect(verifier.cached(header)).toBeUndefined();
    expect(await reasonOf(header)).toBe('invalid');
  });

  it('looks at the keys again each minute while it is asked anything, without making anybody wait', async () => {
    const header = await bearer();
    await reasonOf(header);
    clock += minute - 1;
    verifier.cached(header);
    expect(looks()).toBe(1);
    clock += 1;
    expect(verifier.cached(header)).toBeDefined();
    await eventually(() => looks() === 2, { withinMs: 5_000, what: 'another look at the keys' });
  });

  it('accepts a new key at once, but strangers with unknown keys make it ask at most every 30 s', async () => {
    await reasonOf(await bearer());
    const second = await makeKey('two');
    issuer.keys = [first, second];
    expect(await reasonOf(await bearer(second))).toBe('invalid');
    expect(looks()).toBe(1);
    clock += 30_000;
    expect(await reasonOf(await bearer(second))).toBe('verified');
    expect(await reasonOf(await bearer(await makeKey('stranger')))).toBe('invalid');
    expect(looks()).toBe(2);
  });

  it('needs TLS to reach an issuer on another machine, unless that is allowed', () => {
    const make =
      (url: string, allowPlainHttp = false) =>
      () =>
        createTokenVerifier({ issuer: url, audience: 'tallystick', allowPlainHttp });
    for (const bad of ['http://issuer.example', 'http://127.0.0.1.evil.example', 'ftp://issuer.example', 'issuer', ''])
      expect(make(bad)).toThrow(/https/);
    for (const right of ['https://issuer.example', 'http://localhost:9000', 'http://[::1]:9000'])
      expect(make(right)).not.toThrow();
    expect(make('http://issuer.example', true)).not.toThrow();
  });
});
