import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { highestClean, nextRate, type Tried } from './highest-rate.ts';

/** A server that drops beyond `capacity`. */
function search(capacity: number, from: number): readonly Tried[] {
  const tried: Tried[] = [];
  for (let rate = nextRate(tried, from); rate !== undefined; rate = nextRate(tried, from)) {
    tried.push({ rate, clean: rate <= capacity });
    if (tried.length > 100) throw new Error('no end');
  }
  return tried;
}

describe('the search for the highest rate without drops', () => {
  it('ends near what the server can do, from wherever it begins, and never tells a rate with drops', () => {
    fc.assert(
      fc.property(fc.integer({ min: 400, max: 60_000 }), fc.integer({ min: 200, max: 60_000 }), (capacity, from) => {
        const tried = search(capacity, from);
        const best = highestClean(tried) ?? NaN;
        expect(best).toBeLessThanOrEqual(capacity);
        expect(best).toBeGreaterThan(capacity / 1.1);
        expect(tried.length).toBeLessThan(40);
      }),
    );
  });

  it('gives up at a server that drops everything', () => {
    const tried = search(0, 1_000);
    expect(highestClean(tried)).toBeUndefined();
    expect(tried.at(-1)?.rate).toBe(50);
  });

  it('begins a second round where the first one ended', () => {
    expect(search(5_000, 4_900).length).toBeLessThan(6);
  });
});
