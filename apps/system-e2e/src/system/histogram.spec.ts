import { describe, expect, it } from '@jest/globals';
import { histogram, quantile } from './histogram.ts';

describe('a histogram', () => {
  it('has one bar per bin, the longest for the fullest, and tells the quantiles', () => {
    expect(histogram([1, 2, 3, 12, 45], { width: 10 })).toEqual([
      ' 0– 5 ms ██████████ 3',
      ' 5–10 ms',
      '10–15 ms ███ 1',
      '15–20 ms',
      '20–25 ms',
      '25–30 ms',
      '30–35 ms',
      '35–40 ms',
      '40–45 ms',
      '45–50 ms ███ 1',
      '5 measured: p50 3 ms, p90 45 ms, p99 45 ms, max 45 ms',
    ]);
  });

  it('of nothing says so', () => {
    expect(histogram([])).toEqual(['(nothing was measured)']);
    expect(quantile([], 0.5)).toBeNaN();
  });
});
