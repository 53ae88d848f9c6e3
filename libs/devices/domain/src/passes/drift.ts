/** How much of a connection differs from the datastore, as a sample shows it (R33). */
export interface Drift {
  /** Users of the sample that could be planned. */
  readonly of: number;
  /** 0–1 of them; absent when none could be planned. */
  readonly share?: number;
  /** Between these two (0–1) the share of all users lies, in 95 of 100 samples. */
  readonly low: number;
  readonly high: number;
}

/** Two-sided 95 %. */
const z = 1.959963984540054;

/**
 * Wilson's score interval: unlike the usual normal one it says something true of small samples, and of samples without a difference: 0 of
 * 100 is not "none", it is "at most 3.7 %". Users that could not be observed or planned are not in `inSync` and `differ`, so a directory
 * that hides those who differ also hides them here: show their number beside it.
 * @throws RangeError on what is no number of users
 */
export function estimateDrift({ inSync, differ }: { readonly inSync: number; readonly differ: number }): Drift {
  for (const count of [inSync, differ])
    if (!Number.isSafeInteger(count) || count < 0) throw new RangeError('this is no number of users');
  const of = inSync + differ;
  if (of === 0) return { of, low: 0, high: 1 };
  const share = differ / of;
  const weight = 1 + (z * z) / of;
  const centre = (share + (z * z) / (2 * of)) / weight;
  const half = (z / weight) * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of));
  // The ends of the scale are exact; rounding would leave them a hair inside, or outside.
  return {
    of,
    share,
    low: differ === 0 ? 0 : Math.max(0, centre - half),
    high: inSync === 0 ? 1 : Math.min(1, centre + half),
  };
}
