import type { Outcome, ReconciliationStore, UserRef } from '@tallystick/devices-domain';

export interface ReconcileNowNeeds {
  readonly outcomes: Pick<ReconciliationStore, 'lastOutcome'>;
  /** Resolves when the engine has the wake-up. */
  readonly wake: (user: UserRef) => Promise<void>;
  readonly pause: (ms: number) => Promise<unknown>;
  /** Milliseconds of a clock that only goes on. */
  readonly elapsedMs: () => number;
}

const [firstLookMs, longestLookMs] = [50, 500];

/**
 * Wakes the user and waits so long for an outcome that was not there before; undefined when there is none in time. Told apart from the one
 * before by itself, not by time: clocks of workers differ. A run that was under way may give its outcome first; the wake-up makes it run once more.
 */
export async function reconcileNow(
  { outcomes, wake, pause, elapsedMs }: ReconcileNowNeeds,
  user: UserRef,
  waitMs: number,
): Promise<Outcome | undefined> {
  const before = await outcomes.lastOutcome(user);
  const begun = elapsedMs();
  await wake(user);
  for (let pauseMs = firstLookMs; elapsedMs() - begun < waitMs; pauseMs = Math.min(pauseMs * 1.5, longestLookMs)) {
    await pause(Math.min(pauseMs, waitMs));
    const outcome = await outcomes.lastOutcome(user);
    if (outcome && (outcome.at !== before?.at || outcome.version !== before.version)) return outcome;
  }
  return undefined;
}

/** Seconds of `Prefer: wait=10` (RFC 7240), at most 20; 0 without it. */
export function waitOf(prefer: string | string[] | undefined): number {
  const wait = [prefer ?? []]
    .flat()
    .join(',')
    .split(/[,;]/)
    .map((one) => /^\s*wait\s*=\s*"?(\d{1,6})"?\s*$/i.exec(one)?.[1]);
  return Math.min(20, Number(wait.find((seconds) => seconds !== undefined) ?? 0));
}
