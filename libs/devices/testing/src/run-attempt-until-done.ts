import type { DesiredUser, DeviceLimit, DirectoryCapabilities, ObservedUser, ReconcileOptions } from '@tallystick/devices-domain';
import { instant } from '@tallystick/kernel-core';
import { pingIdManners } from './model-directory-manners.ts';
import { type DirectoryCall, ModelDirectory } from './model-directory.ts';
import { type Memory, runAttempt } from './run-attempt.ts';

const visibilityWindowMs = 30_000;

class Crash extends Error {}

/** Where a worker dies: at the n-th call that writes, with or without its effect. */
export interface CrashAt {
  readonly write: number;
  readonly when: 'before' | 'after';
}

export interface World {
  readonly final: ObservedUser;
  readonly writes: readonly DirectoryCall[];
  readonly attempts: number;
}

export interface WorldOptions {
  readonly crashes?: readonly CrashAt[];
  readonly delayMs?: number;
  readonly heir?: 'none' | 'oldest';
  /** Of PingID unless told; devices that are in a slot are called as they are called there. */
  readonly manners?: DirectoryCapabilities;
  readonly limit?: number;
  /** What the planner knows of `limit`. */
  readonly deviceLimit?: DeviceLimit;
  /** Sees the account as it really is after every call that writes. */
  readonly watch?: (user: ObservedUser) => void;
  /** What the datastore wants after the first crash. */
  readonly later?: DesiredUser;
}

/** Attempts, with crashes, until one finds nothing to do; waits out the moments that plans ask for. */
export async function runUntilDone(
  desired: DesiredUser,
  observed: ObservedUser,
  options: ReconcileOptions,
  {
    crashes = [],
    delayMs = 0,
    heir,
    later = desired,
    manners = pingIdManners,
    limit = 100,
    deviceLimit,
    watch,
  }: WorldOptions = {},
): Promise<World> {
  let clock = 1_000_000;
  let writes = 0;
  const pending = [...crashes];
  const crashNow = (when: CrashAt['when']): void => {
    if (pending[0]?.write !== writes || pending[0].when !== when) return;
    pending.shift();
    throw new Crash();
  };
  const directory = new ModelDirectory({
    manners,
    deviceLimit: limit,
    visibilityDelayMs: delayMs,
    now: () => clock,
    ...(heir && { afterPrimaryUnpaired: heir }),
    beforeCall(call) {
      if (call.method === 'observe') return undefined;
      writes += 1;
      crashNow('before');
      return undefined;
    },
    afterCall(call) {
      if (call.method === 'observe') return undefined;
      watch?.(directory.peek(desired.username));
      crashNow('after');
      return undefined;
    },
  });
  directory.put(desired.username, inWordsOf(manners, observed));
  const memory: Memory = { finished: false };
  for (let attempt = 1; attempt < 40; attempt += 1) {
    try {
      const plan = await runAttempt({
        directory,
        desired: pending.length < crashes.length ? later : desired,
        options,
        memory,
        now: instant(clock),
        visibilityWindowMs,
        ...(deviceLimit && { deviceLimit }),
      });
      if (plan.steps.length > 0) continue;
      if (plan.replanAt === undefined)
        return { final: directory.peek(desired.username), writes: directory.writes, attempts: attempt };
      // The device shows up before the window ends; look at the moment it does, and at the end.
      clock = delayMs > 0 && clock % 2 === 0 ? clock + delayMs + 1 : plan.replanAt;
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
  }
  throw new Error('forty attempts, and still something to do');
}

/** The same account at a directory that has other names for the slots. */
export function inWordsOf({ nicknames }: DirectoryCapabilities, user: ObservedUser): ObservedUser {
  if (user.kind === 'absent') return user;
  return { ...user, devices: user.devices.map((it) => (it.slot ? { ...it, nickname: nicknames[it.slot] } : it)) };
}
