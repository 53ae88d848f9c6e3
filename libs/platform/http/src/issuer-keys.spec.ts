import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { exportJWK, generateKeyPair, type JSONWebKeySet } from 'jose';
import { IssuerKeys } from './issuer-keys.ts';

let jwks: JSONWebKeySet;
let [looks, isAway] = [0, false];
beforeEach(async () => {
  jwks = { keys: [{ ...(await exportJWK((await generateKeyPair('ES256')).publicKey)), kid: 'one', alg: 'ES256' }] };
  [looks, isAway] = [0, false];
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

const keysFor = (keepMs: number) =>
  new IssuerKeys({
    load: () => {
      looks++;
      return isAway ? Promise.reject(new Error('away')) : Promise.resolve(jwks);
    },
    ...{ keepMs, staleMs: 0, now: Date.now, elapsedMs: Date.now, logger: undefined },
  });
const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);
const known = { alg: 'ES256', kid: 'one' };

describe('the keys of an issuer', () => {
  it('that hold for a short time are looked at again so early that one look may fail', async () => {
    const keys = keysFor(30_000);
    await keys.look();
    isAway = true;
    await pass(10_000);
    keys.refreshWhenDue();
    await pass(0);
    expect(looks).toBe(2);
    isAway = false;
    await pass(5_000);
    await keys.find(known, {} as never);
    await pass(29_999);
    isAway = true;
    expect(await keys.find(known, {} as never)).toMatchObject({ trustedUntil: Date.now() + 1 });
  });

  it('are looked at while nobody calls where that is asked for: an issuer that fails once, long after the last call, is not away', async () => {
    const keys = keysFor(10_000);
    keys.keepLooking();
    keys.keepLooking();
    await pass(600_000);
    expect(looks).toBeGreaterThan(100);
    expect(looks).toBeLessThan(200);
    isAway = true;
    expect(await keys.awayForMs()).toBeLessThan(5_000);
    await pass(10_000);
    expect(await keys.awayForMs()).toBeGreaterThanOrEqual(10_000);
    isAway = false;
    await pass(6_000);
    expect(await keys.awayForMs()).toBeLessThan(5_000);
  });
});
