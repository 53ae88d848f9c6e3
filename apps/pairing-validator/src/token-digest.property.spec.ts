import { describe, expect, it } from '@jest/globals';
import { hmacDigest } from '@tallystick/platform-secrets';
import fc from 'fast-check';
import { tokenDigest } from './token-digest.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 600 }),
  fc.string({ maxLength: 80 }),
  fc.constantFrom('', '\u{ffff}'.repeat(512), '\u{ffff}'.repeat(513)),
);

describe('the digest of a token', () => {
  it('is the one that the token service makes, for every key and text, one after another', () => {
    const keys = fc.array(fc.uint8Array({ minLength: 1, maxLength: 70 }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(keys, fc.array(text, { minLength: 1, maxLength: 5 }), (keys, texts) => {
        for (const value of texts) for (const key of keys) expect(tokenDigest(key, value)).toBe(hmacDigest(key, value));
      }),
      { numRuns: 300 },
    );
  });
});
