import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as pause } from 'node:timers/promises';
import { uniqueName } from '@tallystick/platform-testing';
import type { Between, Proxy } from '../system/proxy.ts';
import type { System } from '../system/system.ts';
import { waitUntil } from '../system/wait-until.ts';
import type { HeldAt } from './held-link.ts';
import { callIn, quickRotation, RotatingWorld, startRotatingSystem } from './rotating-world.ts';

// R2, R40: the worker is killed at every kind of call that a rotation makes to the token service, before and after it was carried out. Each
// point is an environment with a rotation of its own; all go on side by side, so each kill hits the others wherever they are as well.
const base = uniqueName('turn').toLowerCase();
/** Environments that this machine carries side by side. */
const most = 24;

interface Point {
  readonly call: string;
  readonly at: HeldAt;
}
const tell = ({ call, at }: Point): string => `${at} ${call}`;

let system: System;
let proxy: Proxy;
/** By environment: the call at which it is to be held. */
const wanted = new Map<string, Point>();
const held = new Set<string>();
const callsOf = new Map<string, string[]>();

/** Holds the call that an environment waits for; the next process makes the same call, and gets its answer. */
const between: Between = async (request, pass) => {
  const { environment, call } = callIn(request);
  if (environment === '') return pass();
  callsOf.set(environment, [...(callsOf.get(environment) ?? []), call]);
  const point = wanted.get(environment);
  if (point?.call !== call) return pass();
  wanted.delete(environment);
  if (point.at === 'after') await pass();
  held.add(environment);
  return new Promise(() => undefined);
};

beforeAll(async () => {
  ({ system, proxy } = await startRotatingSystem({ name: 'rotation-sweep', base, between }));
}, 120_000);

afterAll(async () => {
  await system?.stop();
  await proxy?.close();
}, 60_000);

/** @param n of 0 and more; the environment is named by it. */
const worldOf = (n: number): Promise<RotatingWorld> => RotatingWorld.of(system, `${base}-${n}`);

/** Starts the rotation and brings it to its end. Gives the new value. */
async function rotated(world: RotatingWorld, known?: string, withinMs?: number): Promise<string> {
  try {
    await world.start();
    return await world.carriedOut(known, withinMs);
  } catch (error) {
    throw new Error(`${(error as Error).message}; ${callsOf.get(world.environment)?.join(', ')}`, { cause: error });
  }
}

describe('R2, R40: the worker, killed at every call of a rotation', () => {
  const points: Point[] = [];

  it('undisturbed, makes such calls, and ends with one new token and the old one revoked', async () => {
    const world = await worldOf(0);
    await world.expectTurned(await rotated(world), 'undisturbed');
    for (const call of new Set(callsOf.get(world.environment))) points.push({ call, at: 'before' }, { call, at: 'after' });
    expect(points.length).toBeGreaterThanOrEqual(10);
    expect(points.length).toBeLessThanOrEqual(most);
  }, 120_000);

  it('asked for its state in a process that has not heard of it, just when a timer has rung, it takes a command and goes on', async () => {
    const world = await worldOf(most + 1);
    const { rotations } = world;
    await rotations.start({ ...quickRotation, watchEveryMinutes: 5 * quickRotation.watchEveryMinutes });
    const isOpen = async () => (await rotations.look('ios'))?.slots.some(({ state }) => state === 'awaiting');
    await waitUntil('the slot to be opened', isOpen, { withinMs: 60_000, everyMs: 200 });
    const exported = () => rotations.exported('ios', 'files').catch(() => undefined);
    const value = await waitUntil('the value to be had', exported);
    const looks = () => callsOf.get(world.environment)!.filter((call) => call === 'GET /adoption').length;
    const before = looks();
    const token = (await rotations.look('ios'))!.token;
    await waitUntil('the next timer to run', () => Promise.resolve(looks() > before), { withinMs: 20_000, everyMs: 20 });
    await waitUntil('its task to be over', async () => (await rotations.look('ios'))?.doing === undefined);
    await system.process('temporal-worker').kill('SIGKILL');
    const asked = isOpen(); // if this waits for the one that is dead, the timer rings meanwhile
    await system.restart('temporal-worker');
    await asked;
    await rotations.command('ios', 'confirm-slot', { slot: 'files', token, result: 'done' });
    await system.process('temporal-worker').kill('SIGKILL'); // what stands in the history is all that is left
    await system.restart('temporal-worker');
    await world.expectTurned(await rotated(world, value, 120_000), 'asked first');
  }, 240_000);

  it('goes on in another process from each point, to one new token and the old one revoked everywhere', async () => {
    const worlds = await Promise.all(points.map((_, at) => worldOf(at + 1)));
    for (const [at, { environment }] of worlds.entries()) wanted.set(environment, points[at]!);
    let isOver = false;
    let kills = 0;
    const reached = new Set<string>();
    const killing = (async () => {
      while (!isOver) {
        await pause(200);
        if (held.size === 0) continue;
        for (const environment of held) reached.add(environment);
        held.clear();
        await system.process('temporal-worker').kill('SIGKILL');
        kills += 1;
        await system.restart('temporal-worker');
      }
    })();
    try {
      await Promise.all(worlds.map(async (world, at) => world.expectTurned(await rotated(world), tell(points[at]!))));
    } finally {
      isOver = true;
      await killing;
    }
    expect(worlds.flatMap(({ environment }, at) => (reached.has(environment) ? [] : [tell(points[at]!)]))).toEqual([]);
    process.stdout.write(`  ${points.length} points survived, in ${kills} kills\n`);
  }, 600_000);
});
