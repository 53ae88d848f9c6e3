import { Draws } from './draws.ts';
import { type FaultKind, faultKinds, faults, type Shape, shapes, targetsOf, whyNotTogether } from './faults.ts';

/** One fault at one target. Times are milliseconds from the beginning of the load. */
export interface Strike {
  readonly atMs: number;
  readonly fault: FaultKind;
  readonly target: string;
  /** Until healing begins; that takes as long as the machine needs. */
  readonly forMs: number;
}

/** Before the first strike: every lease is there, and the load runs. */
const calmAtFirstMs = 5_000;
/** After the last heal: the system has so long under load to be whole again before anybody judges it. */
export const calmAtLastMs = 20_000;
/** What a killed process or server takes to be back, on a busy machine; strikes that exclude each other keep this distance. */
const healingMs = 6_000;
const gapMs = [2_000, 7_000] as const;

const endOf = ({ atMs, forMs }: Strike): number => atMs + forMs;

/** Where a run of this seed keeps its rings. */
export const shapeOf = (seed: string): Shape => new Draws(seed, 'redis').one(shapes);

/**
 * What strikes when: a pure function of the seed. Kinds come in shuffled rounds, so that none is left out that there is room for; who may not
 * meet one that is under way lets the next of the round go first.
 */
export function schedule(seed: string, minutes: number): readonly Strike[] {
  const shape = shapeOf(seed);
  const kinds = faultKinds.filter((kind) => targetsOf(kind, shape).length > 0);
  const draws = new Draws(seed, 'strikes');
  const lastMs = minutes * 60_000 - calmAtLastMs;
  const strikes: Strike[] = [];
  let at = calmAtFirstMs;
  for (;;) {
    const round = draws.shuffled(kinds).map((fault) => {
      const { forMs } = faults[fault];
      return { fault, target: draws.one(targetsOf(fault, shape)), forMs: draws.between(forMs[0], forMs[1]) };
    });
    while (round.length > 0) {
      const [first] = round
        .map((one, place) => ({ place, strike: { ...one, atMs: freeFrom(at, one, strikes) } }))
        .sort((a, b) => a.strike.atMs - b.strike.atMs);
      const { place, strike } = first!;
      if (endOf(strike) > lastMs) return strikes;
      strikes.push(strike);
      round.splice(place, 1);
      at = strike.atMs + draws.between(...gapMs);
    }
  }
}

/** The first moment from `at` on at which nothing is under way that this one may not meet. */
function freeFrom(at: number, one: Omit<Strike, 'atMs'>, strikes: readonly Strike[]): number {
  const inTheWay = strikes.filter((other) => endOf(other) + healingMs > at && whyNotTogether(one, other) !== undefined);
  return Math.max(at, ...inTheWay.map((other) => endOf(other) + healingMs));
}

export const tellStrike = ({ fault, target, forMs }: Strike): string =>
  `${fault} (${target}) for ${(forMs / 1_000).toFixed(1)} s`;
