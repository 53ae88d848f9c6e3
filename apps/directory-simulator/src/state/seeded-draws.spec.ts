import { describe, expect, it } from '@jest/globals';
import { SeededDraws } from './seeded-draws.ts';

const idsOf = (seed: string, count: number) => {
  const draws = new SeededDraws(seed);
  return Array.from({ length: count }, () => draws.next(() => false).deviceId);
};

describe('drawn device ids', () => {
  it('fit 63 bits, differ, and none survives a pass through a double', () => {
    const ids = idsOf('one', 2000);
    expect(new Set(ids).size).toBe(2000);
    for (const id of ids) {
      expect(id >= 1n << 58n && id < 1n << 63n).toBe(true);
      expect(BigInt(Number(id))).not.toBe(id);
    }
  });

  it('are the same for the same seed only', () => {
    expect(idsOf('one', 5)).toEqual(idsOf('one', 5));
    expect(idsOf('two', 5)).not.toEqual(idsOf('one', 5));
  });

  it('are never one that exists', () => {
    const [first = 0n] = idsOf('one', 1);
    const taken = new Set([first, first + 2n]);
    expect(new SeededDraws('one').next((id) => taken.has(id)).deviceId).toBe(first + 4n);
  });
});

it('activation codes have 12 digits', () => {
  const draws = new SeededDraws('one');
  for (let n = 0; n < 200; n += 1) expect(draws.next(() => false).activationCode).toMatch(/^\d{12}$/);
});
