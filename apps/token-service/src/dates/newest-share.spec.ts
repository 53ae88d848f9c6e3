import { describe, expect, it } from '@jest/globals';
import type { Adoption, Ring } from '@tallystick/tokens-domain';
import { newestShare } from './newest-share.ts';

const token = (id: string, createdAt: number, kind = 'active') => ({ id, createdAt, state: { kind } });
const ringOf = (...tokens: ReturnType<typeof token>[]) => ({ tokens }) as unknown as Ring;
const seen = (...groups: readonly (readonly [string, number])[]) =>
  ({
    kind: 'known',
    devices: groups.reduce((sum, [, devices]) => sum + devices, 0),
    groups: groups.map(([presented, devices]) => ({ presented, devices })),
  }) as unknown as Adoption;

describe('the share of devices with the newest token', () => {
  it('counts those on the newest that is not revoked, over all that were seen', () => {
    const ring = ringOf(token('tok_new', 2), token('tok_old', 1), token('tok_gone', 3, 'revoked'));
    expect(newestShare(ring, seen(['tok_new', 30], ['tok_old', 60], ['tok_gone', 5], ['nothing', 5]))).toBe(0.3);
    expect(newestShare(ring, seen(['tok_old', 1]))).toBe(0);
  });

  it('is not told where nobody knows', () => {
    expect(newestShare(ringOf(token('tok_a', 1)), { kind: 'unknown', why: 'stale' })).toBeUndefined();
    expect(newestShare(ringOf(), seen(['nothing', 1]))).toBeUndefined();
  });
});
