import { type DeviceSlot, type Outcome, type UserRef } from '@tallystick/devices-domain';
import { addressIn, type InMemoryWorld, userNumber } from '@tallystick/devices-testing';
import { instant } from '@tallystick/kernel-core';
import { TryAgain } from './directory-failure.ts';
import { reconcileUser } from './reconcile-user.ts';

/** Two people, their addresses, and the devices that the datastore gives to each. */
export const [one, two] = [userNumber(1), userNumber(2)] as const;
export const [home, work] = ['ada@home.example', 'bob@work.example'] as const;
export const asOne = { 'Email 1': home, 'SMS Number 1': '+12025550123' } as const;
export const asTwo = { 'Email 1': work, 'Voice Number 1': '+12025550124' } as const;

/** Attempts of users of a world in which accounts change hands. */
export const attempt = (world: InMemoryWorld, who: UserRef, number = 1): Promise<Outcome> =>
  reconcileUser(world.needs(), who, world.context(number));

/** Attempts until the user needs no more waiting, but for a person. */
export async function settled(world: InMemoryWorld, who: UserRef): Promise<Outcome> {
  for (let number = 1; number < 20; number += 1) {
    try {
      return await attempt(world, who, number);
    } catch (error) {
      if (!(error instanceof TryAgain)) throw error;
      world.clock += error.retryAfterMs ?? 1_000;
    }
  }
  throw new Error('twenty attempts, and no end');
}

export async function answer(world: InMemoryWorld, kind: 'approve' | 'reject', { hold: id }: Outcome): Promise<void> {
  const hold = await world.guards.read(one, id!);
  const by = { by: 'bob', reason: 'looked at', twoPeople: false };
  const result = await world.guards.answer(one, id!, { kind, hash: hold!.hash, ...by }, instant(world.clock));
  if (result !== 'answered') throw new Error(`the hold was not answered: ${result}`);
}

/** `[slot, address]` of each device of the account. */
export function devicesOf(world: InMemoryWorld, username: string): unknown[] {
  const account = world.directory.peek(username);
  return account.kind === 'present' ? account.devices.map(({ slot, address }) => [slot, address]).sort(bySlot) : [];
}

const bySlot = ([a]: unknown[], [b]: unknown[]): number => (String(a) < String(b) ? -1 : 1);

/** As {@link devicesOf} gives them. */
export const as = (values: Partial<Record<DeviceSlot, string>>): unknown[] =>
  Object.entries(values).map(([slot, text]) => [slot, addressIn(slot as DeviceSlot, text)]);
