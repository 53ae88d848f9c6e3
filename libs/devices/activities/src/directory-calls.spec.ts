// I10 where time passes between a grant and its call: a Redis that fails over, a process that is stopped and goes on.
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Outcome } from '@tallystick/devices-domain';
import { ada, type CallGate, InMemoryWorld, userNumber } from '@tallystick/devices-testing';
import { reconcileUser } from './reconcile-user.ts';

const user = userNumber(1);
const marginMs = 2_000;

let world: InMemoryWorld;
let granted: number;
let givenBack: number;
beforeEach(async () => {
  world = new InMemoryWorld();
  [granted, givenBack] = [0, 0];
  await world.want(user, ada({ 'Email 1': 'ada@home.example' }));
});

/** An attempt in which `call` takes `ms`, so many times. */
const runThat = (stalls: { readonly in: string; readonly ms: number; times: number }): Promise<Outcome> => {
  const gate: CallGate = {
    after: (call) => {
      if (call === 'budget.acquire') granted += 1;
      if (call === 'budget.done') givenBack += 1;
      if (call === stalls.in && stalls.times-- > 0) world.clock += stalls.ms;
    },
  };
  return reconcileUser(world.needs(gate), user, world.context());
};
const ops = () => world.directory.writes.map(({ method }) => method);

describe.each(['budget.acquire', 'store.assertMayWrite'])('a grant and a stall in %s', (stalled) => {
  it('I10: one that is too old when its call could begin is given back, and the call is made with another', async () => {
    expect(await runThat({ in: stalled, ms: marginMs + 1, times: 1 })).toMatchObject({ kind: 'changed' });
    expect(ops()).toEqual(['createUser', 'pair', 'nameDevice']);
    expect(granted).toBe(world.directory.calls.length + 1);
    expect(givenBack).toBe(granted);
  });

  it('within the time that its lease leaves for the checks is used', async () => {
    expect(await runThat({ in: stalled, ms: marginMs, times: Infinity })).toMatchObject({ kind: 'changed' });
    expect(granted).toBe(world.directory.calls.length);
  });

  it('that never ends makes no call: after three grants the attempt is made again later', async () => {
    const before = world.directory.calls.length;
    const attempt = runThat({ in: stalled, ms: marginMs + 1, times: Infinity });
    await expect(attempt).rejects.toMatchObject({ name: 'TryAgain', reason: 'directory-busy' });
    expect(ops()).toEqual([]);
    expect(granted).toBe(world.directory.calls.length - before + 3);
    expect(givenBack).toBe(granted);
  });
});

it('what was announced, and not asked for since every grant had grown old, is not taken for ours later (P20)', async () => {
  const attempt = runThat({ in: 'store.assertMayWrite', ms: marginMs + 1, times: Infinity });
  await expect(attempt).rejects.toMatchObject({ reason: 'directory-busy' });
  const { intent } = (await world.store.begin(user)).work!;
  expect(intent).toMatchObject({ createdByUs: false });
  expect(intent.begun).toEqual([{ username: 'ada', how: 'claimed' }]);
});
