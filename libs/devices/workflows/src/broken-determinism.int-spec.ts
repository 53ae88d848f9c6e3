import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Outcome, UserRef } from '@tallystick/devices-domain';
import { eventually, freePort } from '@tallystick/platform-testing';
import { countedEvents, gate, outcomeAt, UserWorld } from './user-world.fixture.ts';

let world: UserWorld;
let metricsAddress: string;
let bundles: { readonly right: string; readonly broken: string };
/** Passes of each user that began, by the user's hash. */
const begun = new Map<string, number>();
const { opened, open } = gate();

async function reconcile(user: UserRef): Promise<Outcome> {
  const pass = (begun.get(user.user) ?? 0) + 1;
  begun.set(user.user, pass);
  if (pass === 1) await opened;
  return outcomeAt(user, pass);
}

/** Tasks that failed for a reason, by the SDK's own count. */
async function failedTasks(reason: string): Promise<number> {
  const text = await (await fetch(`http://${metricsAddress}/metrics`)).text();
  const counts = text.matchAll(/^temporal_workflow_task_execution_failed_total\{(.*)\} (\d+)/gm);
  return [...counts].reduce(
    (sum, [, labels = '', n]) => sum + (labels.includes(`failure_reason="${reason}"`) ? Number(n) : 0),
    0,
  );
}

beforeAll(async () => {
  world = new UserWorld();
  bundles = { right: await world.bundle('workflows.ts'), broken: await world.bundle('undetermined.workflow.fixture.ts') };
  metricsAddress = `127.0.0.1:${await freePort()}`;
  await world.work({ activities: { reconcile }, metricsAddress }); // the deploys are of the workflows: what is under way outside goes on
}, 60_000);
afterAll(() => world.close(), 60_000);

it('R10: runs under way stand still under code that breaks determinism, and do nothing; with the right code back each goes on, and nothing is done twice', async () => {
  const before = await world.work({ workflowBundlePath: bundles.right });
  const crowd = Array.from({ length: 20 }, () => world.newUser());
  const handles = await Promise.all(crowd.map((user) => world.wake(user)));
  await eventually(() => begun.size === crowd.length, { withinMs: 30_000, what: 'the first pass of everybody begins' });
  await before.stop();

  const broken = await world.work({ workflowBundlePath: bundles.broken });
  await Promise.all(crowd.map((user) => world.wake(user)));
  open();
  const standsStill = async () => (await Promise.all(handles.map(countedEvents))).every(({ undetermined }) => undetermined > 0);
  await eventually(standsStill, { withinMs: 60_000, what: 'every run has met code that is not its own', everyMs: 500 });
  expect([...begun.values()]).toEqual(crowd.map(() => 1));
  for (const handle of handles) expect((await handle.describe()).status.name).toBe('RUNNING');
  expect(await failedTasks('NonDeterminismError')).toBeGreaterThanOrEqual(crowd.length); // what the alert RunsStandStill goes by
  await broken.stop();

  await world.work({ workflowBundlePath: bundles.right });
  const outcomes = await Promise.all(handles.map((handle) => handle.result() as Promise<Outcome>));
  expect(outcomes).toEqual(crowd.map((user) => outcomeAt(user, 2))); // one pass for the news of the meantime
  expect([...begun.values()]).toEqual(crowd.map(() => 2));
  for (const each of await Promise.all(handles.map(countedEvents)))
    expect(each).toMatchObject({ signals: 2, activities: 2, timers: 0, faulty: 0 });
}, 180_000);
