import { describe, expect, it } from '@jest/globals';
import { medianOf, spreadOf, spreadText } from './spread.ts';

const whole = (value: number) => value.toFixed(0);

describe('several rounds', () => {
  it('are told by the one in the middle, or the mean of two', () => {
    expect(medianOf([3, 1, 100])).toBe(3);
    expect(medianOf([4, 1, 2, 100])).toBe(3);
    expect(medianOf([])).toBeNaN();
  });

  it('are spread by what one odd round does not move', () => {
    expect(spreadOf([10, 11, 12, 13, 900])).toEqual({ rounds: 5, median: 12, mad: 1, least: 10, most: 900 });
    expect(spreadOf([])).toBeUndefined();
  });

  it('show their ends; many single events show where nine in ten of them lie', () => {
    expect(spreadText([12, 10, 11, 13, 14], whole)).toBe('10–14, 5 rounds');
    expect(spreadText([7], whole)).toBe('once');
    expect(spreadText([], whole)).toBe('–');
    const hundred = Array.from({ length: 100 }, (_, n) => (n === 99 ? 10_000 : n));
    expect(spreadText(hundred, whole)).toBe('5–95 (5–95 %), 100 times');
  });
});
