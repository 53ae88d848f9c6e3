import { describe, expect, it } from '@jest/globals';
import { generateKeyRing, hmacDigest, type KeyRing, parseKeyRing } from '@tallystick/platform-secrets';
import { longestToken, present } from './present.ts';

const peppers: KeyRing = {
  current: 'k2',
  keys: new Map([...parseKeyRing(generateKeyRing('k1')).keys, ...parseKeyRing(generateKeyRing('k2')).keys]),
};
const of = (presentedToken: string | null | undefined) =>
  present({ kind: 'pairing', method: 'mobile-app', presentedToken }, peppers);

describe('what was presented', () => {
  it.each([
    [undefined, 'empty'],
    [null, 'empty'],
    ['', 'empty'],
    [' ', 'well-formed'],
    ['x'.repeat(longestToken), 'well-formed'],
    ['x'.repeat(longestToken + 1), 'malformed'],
    ['\u{1f511}', 'well-formed'],
    ['a\ud83d', 'malformed'],
    ['\udd11a', 'malformed'],
  ] as const)('%j is %s', (text, form) => {
    expect(of(text).form).toBe(form);
  });

  it('is digested under every pepper', () => {
    expect(of('value').digests).toEqual(
      [...peppers.keys].map(([pepperId, key]) => ({ pepperId, digest: hmacDigest(key, 'value') })),
    );
  });

  it.each([null, '', 'x'.repeat(1_000_000), 'a\ud83d'])('costs the same digests when it is no token', (text) => {
    expect(of(text).digests).toEqual(of(undefined).digests);
    expect(of(text).digests).toHaveLength(2);
  });
});
