import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Outcome, UserRef } from '@tallystick/devices-domain';
import { freePort } from '@tallystick/platform-testing';
import { countedEvents, outcomeAt, UserWorld } from './user-world.fixture.ts';

const users = 100;
const passes = 8;
const newsDuringAPass = 3;
const cached = 3;

let world: UserWorld;
let metricsAddress: string;
/** Passes of each user that were made, by the user's hash. */
const made = new Map<string, number>();

/** While a user has passes to come, there is news during each: more than one wake-up, for one more pass. */
async function reconcile(user: UserRef): Promise<Outcome> {
  const pass = (made.get(user.user) ?? 0) + 1;
  made.set(user.user, pass);
  if (pass < passes) for (let news = 0; news < newsDuringAPass; news += 1) await world.wake(user);
  return outcomeAt(user, pass);
}

/** How many workflows were thrown out of the cache for want of room, by the SDK's own count. */
async function evictions(): Promise<number> {
  const text = await (await fetch(`http://${metricsAddress}/metrics`)).text();
  const counts = text.matchAll(/^temporal_sticky_cache_total_forced_eviction\S* (\d+)/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

beforeAll(async () => {
  world = new UserWorld();
  metricsAddress = `127.0.0.1:${await freePort()}`;
  const workflowBundlePath = await world.bundle('workflows.ts');
  await world.work({ workflowBundlePath, activities: { reconcile }, maxCachedWorkflows: cached, metricsAddress });
}, 60_000);
afterAll(() => world.close(), 60_000);

it('R11: a hundred users with long histories and a cache of three workflows: each is replayed again and again, none loses a wake-up or makes a pass too many', async () => {
  const crowd = Array.from({ length: users }, () => world.newUser());
  const handles = await Promise.all(crowd.map((user) => world.wake(user)));
  const outcomes = await Promise.all(handles.map((handle) => handle.result() as Promise<Outcome>));
  expect(outcomes).toEqual(crowd.map((user) => outcomeAt(user, passes)));
  expect([...made.values()]).toEqual(crowd.map(() => passes));
  const counts = await Promise.all(handles.map(countedEvents));
  const wakeUps = 1 + (passes - 1) * newsDuringAPass;
  for (const each of counts) expect(each).toMatchObject({ signals: wakeUps, activities: passes, undetermined: 0, faulty: 0 });
  expect(Math.min(...counts.map(({ events }) => events))).toBeGreaterThan(60);
  expect(await evictions()).toBeGreaterThan(users);
}, 180_000);
