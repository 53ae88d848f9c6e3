import { type Instant, instant } from '@tallystick/kernel-core';
import { leaseMarginMs } from '@tallystick/tokens-domain';

/**
 * Both clocks of this machine at one moment, in milliseconds. `mono` never goes back, but may stand still while the machine sleeps;
 * `wall` goes on, but may be set. (A virtual machine that is stopped together with both its clocks can't notice it: a known limit.)
 */
export interface ClockReading {
  readonly mono: number;
  readonly wall: number;
}

/** The right to give verdicts: runs from *before* the renewal was sent, so it never outlives what the server knows of it. */
export interface Lease {
  readonly from: ClockReading;
  readonly leaseMs: number;
}

/** How far the wall clock may go back under a lease: not more than a revoke waits beyond the longest lease. */
export const wallBackMs = leaseMarginMs;

/**
 * True while less than `leaseMs` has passed since the lease began, by whichever clock says more. A clock that went back (the wall clock
 * by more than {@link wallBackMs}) counts as expired, and so does a reading that is no number: in doubt there is no lease.
 */
export function leaseHolds(lease: Lease | undefined, mono: number, wall: number): boolean {
  if (lease === undefined) return false;
  const elapsedMono = mono - lease.from.mono;
  const elapsedWall = wall - lease.from.wall;
  if (elapsedMono < 0 || elapsedWall < -wallBackMs) return false;
  return Math.max(elapsedMono, elapsedWall) < lease.leaseMs;
}

/** The server's clock as one renewal showed it: `serverTimeMs` was true at some moment between `sentMono` and `receivedMono`. */
export interface ServerClock {
  readonly serverTimeMs: number;
  readonly sentMono: number;
  readonly receivedMono: number;
  /** The renewal before allows the same, within {@link clockSkewMs}. Without that there is no lease. */
  readonly agreed: boolean;
}

/** How far the server's clock may be from what the renewal before lets expect, before it is no longer believed. */
export const clockSkewMs = 2_000;

/** What the next renewal makes of the server's clock. A slow answer widens what is possible and is no jump. */
export function observeServerTime(before: ServerClock | undefined, next: Omit<ServerClock, 'agreed'>): ServerClock {
  const agreed =
    before !== undefined &&
    next.serverTimeMs <= latestServerTime(before, next.receivedMono) + clockSkewMs &&
    next.serverTimeMs >= earliestServerTime(before, next.sentMono) - clockSkewMs;
  return { ...next, agreed };
}

/** The server's time at `mono` is not before this … */
const earliestServerTime = ({ serverTimeMs, receivedMono }: ServerClock, mono: number): number =>
  serverTimeMs + (mono - receivedMono);
/** … and not after this. */
const latestServerTime = ({ serverTimeMs, sentMono }: ServerClock, mono: number): number => serverTimeMs + (mono - sentMono);

/**
 * The time by which dates are judged: the server's, or earlier by as much as the renewal took to be answered; never ahead of it.
 * Nothing is accepted before its time, and a requirement takes effect that little too late at most (M5).
 */
export const serverNow = (clock: ServerClock, mono: number): Instant => instant(Math.floor(earliestServerTime(clock, mono)));
