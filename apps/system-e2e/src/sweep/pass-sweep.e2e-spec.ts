import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { devicesOnTheWay } from '../proof/devices-on-the-way.ts';
import { slotNames } from '../proof/wanted-account.ts';
import type { SeenPass } from '../system/provisioning-client.ts';
import { waitUntil } from '../system/wait-until.ts';
import { type HeldPoint, pointsOf, tellPoint } from './points.ts';
import { mobileOf, own, type Scenario } from './scenarios.ts';
import { type AtPoint, dialects, faultsFor, type Story, SweepWorld, tellStory, usernameOf } from './sweep-world.ts';

// R2: the worker is killed at every call to the provider that a full pass brings about, while it looks and while it repairs.
let world: SweepWorld;
beforeAll(async () => {
  world = await SweepWorld.start('pass-sweep');
}, 120_000);
afterAll(() => world?.stop(), 60_000);

const person = (n: number) => ({ username: `person-${n}`, enabled: true, mobile: mobileOf(n) });
const repaired: Scenario = {
  ...{ name: 'a person whose device an administrator removed at the provider', kind: 'pass', fewest: 1 },
  account: (n, dialect) => ({ devices: [{ type: 'SMS', nickname: slotNames[dialect].mobile, phone: mobileOf(n) }, own] }),
  ...{ first: person, then: person, steps: ['pair'] },
};
const isOver = ({ stage }: SeenPass): boolean => ['done', 'failed', 'held', 'cancelled'].includes(stage);

async function removeNumbers(stories: readonly Story[]): Promise<void> {
  for (const one of stories) {
    const devices = (await world.directory.user(usernameOf(one)))?.devices;
    const { deviceId } = devices!.find(({ nickname }) => nickname === slotNames[one.dialect].mobile)!;
    await world.directory.removeDevice(usernameOf(one), deviceId);
  }
}

/** Waits until some of the points hang, and no more come for a moment; gives those that are not there yet. */
async function someHang(round: readonly AtPoint[], since: number): Promise<readonly AtPoint[]> {
  let before = 0;
  return waitUntil(
    'a call to hang',
    async () => {
      const now = await world.hanging(round, since);
      const isStill = now.length > 0 && now.length === before;
      before = now.length;
      return isStill && round.filter((at) => !now.includes(at));
    },
    { withinMs: 60_000, everyMs: 1_500 },
  );
}

/** One person for each point goes through a full pass; the worker is killed whenever calls hang, until every point was reached. */
async function passOver(dialect: (typeof dialects)[number], points: readonly HeldPoint[]) {
  const stories = Array.from({ length: Math.max(1, points.length) }, () => world.story(repaired, dialect));
  await world.prepare(stories);
  await removeNumbers(stories);
  const wanted = await world.wantedFor(stories);
  const since = await world.directory.lastCall();
  let left: readonly AtPoint[] = points.map((point, at) => ({ point, one: stories[at]! }));
  await world.directory.setFaults(faultsFor(left));
  const client = world.clientOf({ scenario: repaired, dialect });
  const { id } = await client.startPass('pass');
  for (let n = 0; n < points.length && left.length > 0; n += 1) {
    left = await someHang(left, since);
    await world.killWorker();
  }
  expect(left.map(({ point }) => tellPoint(point))).toEqual([]);
  const over = async () => {
    const seen = await client.pass(id);
    return isOver(seen) && seen;
  };
  const pass = await waitUntil('the pass to be over', over, { withinMs: 120_000 });
  for (const one of stories) {
    const isRight = async () => (await world.differencesOf(one, wanted.get(one)!)).length === 0;
    await waitUntil(`${tellStory(one)} to be as it must be`, isRight);
    expect(devicesOnTheWay(await world.callsOf(since, one), 1)).toEqual({ least: 1, paired: 1, unpaired: 0 });
  }
  return { pass, calls: await world.callsOf(since, stories[0]!) };
}

describe.each(dialects)('R2: the worker, killed at every call of a full pass (%s)', (dialect) => {
  it('R33, I1, I2: everybody is looked at once and repaired once, and the pass comes to its end', async () => {
    const undisturbed = await passOver(dialect, []);
    expect(undisturbed.pass).toMatchObject({ stage: 'done', progress: { users: 1, looked: 1, differ: 1, applied: 1 } });
    const points = pointsOf(undisturbed.calls);
    expect(points.length).toBeGreaterThanOrEqual(4);
    const { pass } = await passOver(dialect, points);
    const everybody = points.length + 1; // the one of the undisturbed pass as well, whose account went with the scene
    expect(pass).toMatchObject({ stage: 'done', progress: { users: everybody, looked: everybody } });
    process.stdout.write(`  ${points.length} points of a pass survived (${dialect})\n`);
  }, 400_000);
});
