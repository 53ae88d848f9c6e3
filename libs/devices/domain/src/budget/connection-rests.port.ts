import type { ConnectionRef } from '../connection/connection-document.ts';

/**
 * Connections whose directory is in quarantine: their users stay pending, and a sweep leaves them alone instead of waking each of them again
 * and again. Nobody has to say that the directory is well: after a rest some users are tried, and while none of them meets the quarantine
 * each sweep wakes ten times as many, so that a healed directory is not met by all at once. Throws when the store can't be reached.
 */
export interface ConnectionRests {
  /** A run met the quarantine: nobody is woken for so long, and then a few first. A longer rest stays. */
  rest(ref: ConnectionRef, forMs: number): Promise<void>;
  /** How many waiting users may be woken now: `all`, unless the connection rests or comes back from it. Counted as woken when it is asked. */
  mayWake(ref: ConnectionRef): Promise<'all' | number>;
  /** All who waited were woken. A rest that began meanwhile stays. */
  woken(ref: ConnectionRef): Promise<void>;
}

/** Woken first after a rest: one of them gets the probe. */
export const firstAfterRest = 5;
export const growthAfterRest = 10;
