/** The value below which a share (0…1) of the numbers lies; NaN of none. */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

/**
 * A histogram as lines of text: one bar per bin, bins of equal width from 0 to the greatest number, and the quantiles below.
 * @param unit written behind each number.
 */
export function histogram(numbers: readonly number[], { unit = 'ms', bins = 12, width = 40 } = {}): readonly string[] {
  if (numbers.length === 0) return ['(nothing was measured)'];
  const step = niceStep(Math.max(...numbers) / bins);
  const counts = new Map<number, number>();
  for (const number of numbers) counts.set(Math.floor(number / step), (counts.get(Math.floor(number / step)) ?? 0) + 1);
  const most = Math.max(...counts.values());
  const [first, last] = [Math.min(...counts.keys()), Math.max(...counts.keys())];
  const digits = String(Math.round((last + 1) * step)).length;
  const lines = Array.from({ length: last - first + 1 }, (_, index) => {
    const count = counts.get(first + index) ?? 0;
    const from = String(Math.round((first + index) * step)).padStart(digits);
    const to = String(Math.round((first + index + 1) * step)).padStart(digits);
    const bar = count === 0 ? '' : '█'.repeat(Math.max(1, Math.round((count / most) * width)));
    return `${from}–${to} ${unit} ${bar} ${count || ''}`.trimEnd();
  });
  const told = ([0.5, 0.9, 0.99, 1] as const).map(
    (share) => `${share === 1 ? 'max' : `p${share * 100}`} ${Math.round(quantile(numbers, share) * 10) / 10} ${unit}`,
  );
  return [...lines, `${numbers.length} measured: ${told.join(', ')}`];
}

/** 1, 2 or 5 times a power of ten, not below `width` and at least 1. */
function niceStep(width: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(width, 1)));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= width) ?? 10 * power;
}
