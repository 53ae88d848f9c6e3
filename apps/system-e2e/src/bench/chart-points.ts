import type { ChartPoint } from './chart.ts';
import { spreadOf } from './spread.ts';

/** All rounds at one place. @throws RangeError without any */
export function pointOf(x: number, rounds: readonly number[]): ChartPoint {
  const spread = spreadOf(rounds);
  if (!spread) throw new RangeError('nothing was measured at a place of a chart');
  const { median, least, most } = spread;
  return { x, median, least, most };
}
