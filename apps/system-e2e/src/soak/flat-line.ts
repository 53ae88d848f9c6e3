/** One reading of something that must not grow for ever. */
export interface Sample {
  /** Milliseconds; only differences count. */
  readonly at: number;
  readonly value: number;
}

export interface FlatBound {
  /** What a growth may be in the long run. */
  readonly percentPerHour: number;
  /** What it may be in all besides, in a short run: warm-up and the grain of a garbage collector. It fades in a long one. */
  readonly percentInAll: number;
  /** Growth below so much is none, whatever it is a share of: ten handles more than two are no leak. */
  readonly atLeast: number;
}

export interface FlatVerdict {
  readonly isFlat: boolean;
  /** By the robust slope, over the judged half. */
  readonly grown: number;
  readonly allowed: number;
  /** Median of the judged half's first quarter. */
  readonly base: number;
}

const median = (numbers: readonly number[]): number => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 0 ? (sorted[middle - 1]! + sorted[middle]!) / 2 : sorted[Math.floor(middle)]!;
};

/** Pairs of readings grow with the square of their number; so many readings, evenly drawn, say the same. */
const most = 400;
const fewest = 4;
/** After so long everything is warm. */
const warmMs = 900_000;

/**
 * Whether a line is flat: the Theil–Sen slope (the median slope of all pairs) over the second half, when everything is warm. Up to 29 % of the
 * readings may be anything: a peak is no leak. A line with less than four readings in that half is flat, for nobody can know.
 */
export function flatLine(samples: readonly Sample[], { percentPerHour, percentInAll, atLeast }: FlatBound): FlatVerdict {
  const half = samples.slice(Math.floor(samples.length / 2));
  const judged = half.filter((_, at) => half.length <= most || at % Math.ceil(half.length / most) === 0);
  if (judged.length < fewest) return { isFlat: true, grown: 0, allowed: atLeast, base: samples.at(-1)?.value ?? 0 };
  const slopes = judged.flatMap((one, at) =>
    judged.slice(at + 1).flatMap((later) => (later.at > one.at ? [(later.value - one.value) / (later.at - one.at)] : [])),
  );
  const span = judged.at(-1)!.at - judged[0]!.at;
  const base = median(judged.slice(0, Math.ceil(judged.length / 4)).map(({ value }) => value));
  const grown = (slopes.length === 0 ? 0 : median(slopes)) * span;
  const warmUp = percentInAll * Math.min(1, warmMs / Math.max(span, 1));
  const allowed = Math.max(atLeast, (base / 100) * (warmUp + (percentPerHour * span) / 3_600_000));
  return { isFlat: grown <= allowed, grown, allowed, base };
}
