import { highestClean, nextRate, type Tried } from './highest-rate.ts';
import type { K6Round } from './k6.ts';

type AskAt = (perSecond: number) => Promise<K6Round>;

/** Tries rates until the highest one without drops is known. @returns that round @throws Error when there is none */
export async function highestRound(ask: AskAt, from: number, trying: (perSecond: number) => void): Promise<K6Round> {
  const tried: Tried[] = [];
  const rounds: K6Round[] = [];
  for (let rate = nextRate(tried, from); rate !== undefined; rate = nextRate(tried, from)) {
    trying(rate);
    const round = await ask(rate);
    rounds.push(round);
    tried.push({ rate, clean: round.clean });
  }
  const best = rounds.find(({ clean, perSecond }) => clean && perSecond === highestClean(tried));
  if (!best) throw new Error('requests were dropped at every rate');
  return best;
}

/** How much lower a round with drops is repeated. */
const lower = 0.8;
const lowest = 50;

/**
 * Asks until nobody drops: a round in which one did is repeated with all of them at a lower rate.
 * @returns the clean rounds in the order of `asks`, at the same rate; `lowered` says of each that had drops what it dropped
 * @throws Error when requests were dropped at every rate
 */
export async function cleanRounds(
  asks: readonly AskAt[],
  perSecond: number,
): Promise<{ readonly rounds: readonly K6Round[]; readonly lowered: readonly string[] }> {
  const lowered: string[] = [];
  for (let rate = perSecond; rate >= lowest; rate = Math.round(rate * lower)) {
    const rounds: K6Round[] = [];
    for (const ask of asks) rounds.push(await ask(rate));
    const dirty = rounds.filter(({ clean }) => !clean);
    if (dirty.length === 0) return { rounds, lowered };
    for (const { dropped, failed } of dirty) lowered.push(`${dropped} dropped and ${failed} failed at ${rate} a second`);
  }
  throw new Error('requests were dropped at every rate');
}
