import { describe, it } from '@jest/globals';
import fc from 'fast-check';
import { judgeOwnValue } from './own-value.ts';
import { checkToken, formatToken } from './token-text.ts';

const secret = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe('the text of a token', () => {
  it('is always valid, and different for different bytes', () => {
    fc.assert(
      fc.property(secret, secret, (a, b) => {
        const [one, two] = [formatToken(a), formatToken(b)];
        return checkToken(one) === 'valid' && (one === two) === a.every((byte, at) => byte === b[at]);
      }),
    );
  });

  it('shows one character that was changed, and two that changed places', () => {
    fc.assert(
      fc.property(secret, fc.integer({ min: 4, max: 52 }), fc.constantFrom(...'0aZ9k'), (bytes, at, other) => {
        const text = formatToken(bytes);
        const changed = text.slice(0, at) + other + text.slice(at + 1);
        const swapped = text.slice(0, at - 1) + text.charAt(at) + text.charAt(at - 1) + text.slice(at + 1);
        const isFound = (damaged: string) => damaged === text || checkToken(damaged) !== 'valid';
        return isFound(changed) && isFound(swapped);
      }),
    );
  });

  it('is acceptable as an own value, as a random UUID is', () => {
    fc.assert(fc.property(secret, (bytes) => judgeOwnValue(formatToken(bytes)).kind === 'accepted'));
    // Without a bias to small numbers, which no generator of UUIDs has: 00000006-0012-4000-8000-000300000005 is weak, and judged so.
    fc.assert(fc.property(fc.noBias(fc.uuid({ version: 4 })), (uuid) => judgeOwnValue(uuid).kind === 'accepted'));
  });
});
