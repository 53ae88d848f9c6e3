import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { devicesOnTheWay } from '../proof/devices-on-the-way.ts';
import type { Dialect, WantedAccount } from '../proof/wanted-account.ts';
import { waitUntil } from '../system/wait-until.ts';
import { type HeldPoint, pointsOf, tellPoint } from './points.ts';
import { allSteps, type Scenario, scenarios } from './scenarios.ts';
import { dialects, faultsFor, SweepWorld, tellStory, usernameOf } from './sweep-world.ts';

// R2: the worker is killed at every call to the provider, of every kind of step, in both dialects, before and after the provider did it.
// Each point is a person of their own, whose call hangs; when all of a round hang, one SIGKILL hits all of them at their points.
/** So many calls hang before the first of them would be given up. */
const pointsOfARound = 32;

let world: SweepWorld;
beforeAll(async () => {
  world = await SweepWorld.start('worker-sweep');
}, 120_000);
afterAll(() => world?.stop(), 60_000);

/** Pairings and unpairings that it takes at least: nothing may be done twice, at no point (A11, R29). */
function changesFor(wanted: WantedAccount, before: readonly { readonly deviceId: string }[]) {
  if (wanted.kind === 'gone') return { paired: 0, unpaired: 0 };
  const kept = new Set(wanted.devices.flatMap(({ id }) => (id === undefined ? [] : [id])));
  return { paired: wanted.devices.length - kept.size, unpaired: before.filter(({ deviceId }) => !kept.has(deviceId)).length };
}

describe('R2: the worker, killed at every call to the provider', () => {
  const points: (HeldPoint & { readonly scenario: Scenario; readonly dialect: Dialect })[] = [];

  it('each story, undisturbed, ends as it must, by the steps that it is there for; all steps of the planner are in one', async () => {
    const stories = scenarios.flatMap((scenario) =>
      (scenario.dialects ?? dialects).map((dialect) => world.story(scenario, dialect)),
    );
    await world.prepare(stories);
    const wanted = await world.wantedFor(stories);
    const before = await Promise.all(stories.map(async (one) => (await world.outcomeOf(one))?.at));
    const since = await world.directory.lastCall();
    await world.send(stories, 'then');
    for (const [at, one] of stories.entries()) await world.settled(one, wanted.get(one)!, before[at]);
    for (const one of stories) {
      const { user } = await world.userOf(one);
      // Of every run: one that comes after the work was done finds nothing to do, and says so.
      const steps = () => world.outcomes.outcomes.filter((outcome) => outcome.user === user).flatMap((outcome) => outcome.steps);
      const wantedSteps = [...one.scenario.steps].sort();
      await waitUntil(`${tellStory(one)} to be told`, () => Promise.resolve(steps().length >= wantedSteps.length));
      expect([tellStory(one), steps().map(({ kind }) => kind).sort()]).toEqual([tellStory(one), wantedSteps]); // prettier-ignore
      for (const point of pointsOf(await world.callsOf(since, one)))
        points.push({ ...point, scenario: one.scenario, dialect: one.dialect });
    }
    expect(new Set(scenarios.flatMap(({ steps }) => steps))).toEqual(new Set(Object.keys(allSteps)));
  }, 120_000);

  it('I1–I3, I9: resumes in another process from each point, does nothing twice, and leaves nobody with fewer devices on the way than their mode allows', async () => {
    expect(points.length).toBeGreaterThan(100);
    let survived = 0;
    for (let from = 0; from < points.length; from += pointsOfARound) {
      const round = points.slice(from, from + pointsOfARound).map((point) => ({ point, one: world.story(point.scenario, point.dialect) })); // prettier-ignore
      const stories = round.map(({ one }) => one);
      await world.prepare(stories);
      const wanted = await world.wantedFor(stories);
      const before = await Promise.all(stories.map(async (one) => (await world.outcomeOf(one))?.at));
      const devices = await Promise.all(stories.map(async (one) => (await world.directory.user(usernameOf(one)))?.devices ?? []));
      const since = await world.directory.lastCall();
      await world.directory.setFaults(faultsFor(round));
      await world.send(stories, 'then');
      await world.allHang(round, since);
      await world.killWorker();
      for (const [at, { point, one }] of round.entries()) {
        await world.settled(one, wanted.get(one)!, before[at]);
        const calls = await world.callsOf(since, one);
        expect([tellPoint(point), calls.filter(({ fault }) => fault === point.fault).length]).toEqual([tellPoint(point), 1]); // it was hit
        const there = devices[at]!;
        const { least, paired, unpaired } = devicesOnTheWay(calls, there.length);
        const leastChanges = changesFor(wanted.get(one)!, there);
        expect([tellPoint(point), tellStory(one), { paired, unpaired }]).toEqual([
          tellPoint(point),
          tellStory(one),
          leastChanges,
        ]);
        expect([tellPoint(point), least]).toEqual([tellPoint(point), Math.max(least, one.scenario.fewest)]);
        survived += 1;
      }
      process.stdout.write(`  ${survived} of ${points.length} points survived\n`);
    }
  }, 900_000);
});
