/** One round at a fixed rate; `clean`: every request was begun when it was due, and answered well. */
export interface Tried {
  readonly rate: number;
  readonly clean: boolean;
}

/** How much higher each step is while nothing is dropped. */
const step = 1.25;
/** The search is over when what is clean and what is not are as near as that. */
const nearEnough = 1.06;
const coarsest = 50;

/**
 * The next rate to try in the search for the highest one without drops, from what was tried so far; undefined when it is found. Upwards by
 * a quarter, then halves the gap. A rate that was clean once counts as clean, for what drops is also the machine's other work; but a rate
 * below one that failed must be found clean by itself.
 */
export function nextRate(tried: readonly Tried[], from: number): number | undefined {
  const best = highestClean(tried);
  const failed = tried.filter(({ rate, clean }) => !clean && rate > (best ?? 0)).map(({ rate }) => rate);
  const lowestFailed = failed.length > 0 ? Math.min(...failed) : undefined;
  if (tried.length === 0) return rounded(from);
  if (best === undefined) return lowestFailed !== undefined && lowestFailed > coarsest ? rounded(lowestFailed / step) : undefined;
  if (lowestFailed === undefined) return rounded(best * step);
  return lowestFailed / best <= nearEnough ? undefined : rounded(Math.sqrt(best * lowestFailed));
}

/** @returns undefined when every rate had drops */
export function highestClean(tried: readonly Tried[]): number | undefined {
  const clean = tried.filter((one) => one.clean).map(({ rate }) => rate);
  return clean.length > 0 ? Math.max(...clean) : undefined;
}

const rounded = (rate: number): number => Math.max(coarsest, Math.round(rate / 10) * 10);
