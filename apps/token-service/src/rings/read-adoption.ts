import type { EnvironmentId, Instant } from '@tallystick/kernel-core';
import type { Logger } from '@tallystick/platform-observability';
import {
  type Adoption,
  dayOf,
  type GuardSettings,
  judgeAdoption,
  type SightingCounts,
  type SightingStore,
} from '@tallystick/tokens-domain';
import { inTime } from './in-time.ts';

export interface ReadAdoptionNeeds {
  readonly sightings: Pick<SightingStore, 'counts'>;
  readonly logger: Logger;
}

/** Longer than a count takes, shorter than somebody in a hurry notices: unknown figures are an answer, too (ADR 4). */
const patienceMs = 300;

/** The counts of the window, or undefined when the store does not give them in time. Never throws. */
export async function readCounts(
  { sightings, logger }: ReadAdoptionNeeds,
  environment: EnvironmentId,
  windowDays: number,
  now: Instant,
): Promise<SightingCounts | undefined> {
  try {
    const found = await inTime(sightings.counts(environment, dayOf(now) - windowDays + 1), patienceMs);
    if (!found) logger.warn({ environment, patienceMs }, 'the sightings did not come in time: adoption is unknown');
    return found?.value;
  } catch (error) {
    logger.warn({ environment, err: error }, 'the sightings can not be read: adoption is unknown');
    return undefined;
  }
}

/** What the guards go by. Never throws: what can't be read is unknown. */
export async function readAdoption(
  needs: ReadAdoptionNeeds,
  environment: EnvironmentId,
  guards: GuardSettings,
  now: Instant,
): Promise<Adoption> {
  return judgeAdoption(await readCounts(needs, environment, guards.windowDays, now), guards, now);
}
