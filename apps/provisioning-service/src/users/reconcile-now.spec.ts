import { describe, expect, it } from '@jest/globals';
import type { Outcome, UserHash } from '@tallystick/devices-domain';
import { connectionDocument } from '@tallystick/devices-testing';
import { instant } from '@tallystick/kernel-core';
import { reconcileNow, waitOf } from './reconcile-now.ts';

const { environment, connection } = connectionDocument();
const user = { environment, connection, user: 'a'.repeat(32) as UserHash };
const outcome = (at: number): Outcome => ({ ...user, kind: 'in-sync', version: 'v', steps: [], findings: [], at: instant(at) });

/** `tells`: the outcome that is there from so many milliseconds after the wake-up on. */
function world(before: Outcome | undefined, tells: { readonly afterMs: number; readonly outcome: Outcome }) {
  let clock = 0;
  let wokenAt: number | undefined;
  return {
    woken: () => wokenAt !== undefined,
    outcomes: {
      lastOutcome: () => Promise.resolve(wokenAt !== undefined && clock >= wokenAt + tells.afterMs ? tells.outcome : before),
    },
    wake: () => {
      wokenAt = clock;
      return Promise.resolve();
    },
    pause: (ms: number) => Promise.resolve(void (clock += ms)),
    elapsedMs: () => clock,
  };
}

describe('reconcile now', () => {
  it('answers an outcome that was not there before, also one whose clock is behind', async () => {
    const needs = world(outcome(2_000), { afterMs: 700, outcome: outcome(1_000) });
    expect(await reconcileNow(needs, user, 10_000)).toEqual(outcome(1_000));
  });

  it('never answers the outcome of before', async () => {
    const needs = world(outcome(1_000), { afterMs: 20_000, outcome: outcome(2_000) });
    expect(await reconcileNow(needs, user, 10_000)).toBeUndefined();
  });

  it('wakes and does not wait where nobody asked to', async () => {
    const needs = world(undefined, { afterMs: 0, outcome: outcome(1) });
    expect([await reconcileNow(needs, user, 0), needs.woken()]).toEqual([undefined, true]);
  });
});

describe('the preference to wait', () => {
  it.each([
    [undefined, 0],
    ['wait=10', 10],
    ['respond-async, WAIT = "5"', 5],
    ['wait=100000', 20],
    ['wait=-1', 0],
    ['waiting=3', 0],
  ])('%j is so many seconds: %d', (header, seconds) => {
    expect(waitOf(header)).toBe(seconds);
  });
});
