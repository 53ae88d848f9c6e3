import { quantile } from '../system/histogram.ts';

/** What several rounds of one measurement say. */
export interface Spread {
  readonly rounds: number;
  readonly median: number;
  readonly least: number;
  readonly most: number;
  /** Median of the distances from the median: unlike a standard deviation, one odd round does not move it. */
  readonly mad: number;
}

/** The middle one; of an even number the mean of the two in the middle. NaN of none. */
export function medianOf(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const [below, above] = [sorted[(sorted.length - 1) >> 1] ?? NaN, sorted[sorted.length >> 1] ?? NaN];
  return (below + above) / 2;
}

/** @returns undefined of none, for then nothing was measured */
export function spreadOf(rounds: readonly number[]): Spread | undefined {
  if (rounds.length === 0) return undefined;
  const median = medianOf(rounds);
  return {
    ...{ rounds: rounds.length, median, mad: medianOf(rounds.map((one) => Math.abs(one - median))) },
    ...{ least: Math.min(...rounds), most: Math.max(...rounds) },
  };
}

/** As it stands in a table: `0.81–0.86, 5 rounds`; of many single events, as `5–95 %`, since their greatest says little. */
export function spreadText(rounds: readonly number[], write: (value: number) => string): string {
  const spread = spreadOf(rounds);
  if (!spread) return '–';
  if (spread.rounds >= 40) return `${write(quantile(rounds, 0.05))}–${write(quantile(rounds, 0.95))} (5–95 %), ${spread.rounds} times`; // prettier-ignore
  if (spread.rounds === 1) return 'once';
  return `${write(spread.least)}–${write(spread.most)}, ${spread.rounds} rounds`;
}
