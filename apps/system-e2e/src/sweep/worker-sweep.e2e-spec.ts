import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join, resolve } from 'node:path';
import { endpoints, uniqueName } from '@tallystick/platform-testing';
import { devicesOnTheWay } from '../proof/devices-on-the-way.ts';
import { type Dialect, differences, type WantedAccount, wantedAccount } from '../proof/wanted-account.ts';
import { createFeed, type Feed } from '../system/feed.ts';
import { ProvisioningClient } from '../system/provisioning-client.ts';
import { SeenDirectory } from '../system/seen-directory.ts';
import { ampleBudget, startSystem, type System } from '../system/system.ts';
import { waitUntil } from '../system/wait-until.ts';
import { type OutcomeWatch, watchOutcomes } from '../system/watch-outcomes.ts';
import { type HeldPoint, pointsOf, tellPoint } from './points.ts';
import { allSteps, type ConnectionKind, kinds, type Scenario, scenarios } from './scenarios.ts';

// R2: the worker is killed at every call to the provider, of every kind of step, in both dialects, before and after the provider did it.
// Each point is a person of their own, whose call hangs; when all of a round hang, one SIGKILL hits all of them at their points.
const root = resolve(import.meta.dirname, '../../../..');
const environment = uniqueName('sweep').toLowerCase();
const dialects = ['pingid', 'pingone'] as const satisfies readonly Dialect[];
const nameOf = (kind: ConnectionKind, dialect: Dialect): string => `${kind}-${dialect}`;
/** So many calls hang before the first of them would be given up. */
const pointsOfARound = 32;

interface Story {
  readonly scenario: Scenario;
  readonly dialect: Dialect;
  readonly number: number;
}
let system: System;
let directory: SeenDirectory;
let feed: Feed;
let outcomes: OutcomeWatch;
const clients = new Map<string, ProvisioningClient>();
let people = 0;

const story = (scenario: Scenario, dialect: Dialect): Story => ({ scenario, dialect, number: (people += 1) });
const idOf = ({ number }: Story): string => `key-${number}`;
const usernameOf = ({ number }: Story): string => `person-${number}`;
/** The name at the end: another one where the account follows. */
const lastNameOf = ({ scenario, number }: Story): string => scenario.then(number)?.username ?? `person-${number}`;
const clientOf = ({ scenario, dialect }: Story): ProvisioningClient => clients.get(nameOf(scenario.kind, dialect))!;
const outcomeOf = async (one: Story) => (await clientOf(one).userOf(idOf(one))).outcome;
const rulesOf = ({ scenario, dialect }: Story) => ({ ...kinds[scenario.kind].rules, dialect });

async function send(stories: readonly Story[], which: 'first' | 'then'): Promise<void> {
  for (const kind of Object.keys(kinds) as ConnectionKind[])
    for (const dialect of dialects) {
      const records = stories
        .filter((one) => one.scenario.kind === kind && one.dialect === dialect && one.scenario[which])
        .map((one) => {
          const person = one.scenario[which]!(one.number);
          return { key: idOf(one), value: person && JSON.stringify({ id: idOf(one), ...person }) };
        });
      await feed.send(`${environment}.${nameOf(kind, dialect)}`, records);
    }
}

/** Sets the scene: accounts as they are, and first records that are worked on. Gives what must be in the end. */
async function prepare(stories: readonly Story[]): Promise<ReadonlyMap<Story, WantedAccount>> {
  const accounts = stories.flatMap((one) => {
    const account = one.scenario.account?.(one.number, one.dialect);
    return account ? [{ username: usernameOf(one), mfaEnabled: true, ...account }] : [];
  });
  await directory.reset({ users: accounts });
  await directory.setFaults([]);
  await send(stories, 'first');
  for (const one of stories.filter(({ scenario }) => scenario.first))
    await waitUntil(`the first record of ${usernameOf(one)}`, async () => (await outcomeOf(one)) !== null);
  const wanted = new Map<Story, WantedAccount>();
  for (const one of stories)
    wanted.set(one, wantedAccount(await directory.user(usernameOf(one)), one.scenario.then(one.number), rulesOf(one)));
  return wanted;
}

const callsOf = async (since: number, one: Story) =>
  (await directory.calls(since)).filter(({ username }) => [usernameOf(one), lastNameOf(one)].includes(username));

/** Everything as it must be, and said so by an outcome after the record that was worked on. */
async function settled(one: Story, wanted: WantedAccount, before: string | undefined): Promise<void> {
  let found: readonly string[] = [];
  await waitUntil(
    `${tellStory(one)} to be as it must be`,
    async () => {
      const outcome = await outcomeOf(one);
      found = differences(await directory.user(lastNameOf(one)), wanted);
      // `partial`: what was planned anew after the crash had only a finding left, as an account that is left as it is (P29)
      const isOver = outcome !== null && outcome.at !== before && ['changed', 'in-sync', 'partial'].includes(outcome.kind);
      return isOver && found.length === 0;
    },
    { withinMs: 90_000, everyMs: 250 },
  ).catch(async (error: unknown) => {
    throw new Error(`${(error as Error).message}: ${found.join('; ')}; ${JSON.stringify(await outcomeOf(one))}`, {
      cause: error,
    });
  });
}

/** Pairings and unpairings that it takes at least: nothing may be done twice, at no point (A11, R29). */
function changesFor(wanted: WantedAccount, before: readonly { readonly deviceId: string }[]) {
  if (wanted.kind === 'gone') return { paired: 0, unpaired: 0 };
  const kept = new Set(wanted.devices.flatMap(({ id }) => (id === undefined ? [] : [id])));
  return { paired: wanted.devices.length - kept.size, unpaired: before.filter(({ deviceId }) => !kept.has(deviceId)).length };
}
/** Waits until each point of a round is reached, which it must be before the first of these calls is given up. */
async function allHang(round: readonly { readonly point: HeldPoint; readonly one: Story }[], since: number): Promise<void> {
  let missing: readonly string[] = [];
  await waitUntil(
    'every call of the round to hang',
    async () => {
      const held = new Set((await directory.calls(since)).filter(({ fault }) => fault).map(({ username }) => username));
      missing = round
        .filter(({ point, one }) => !held.has(point.username(one.number)))
        .map(({ point, one }) => `${tellStory(one)}: ${tellPoint(point)}`);
      return missing.length === 0;
    },
    { withinMs: 11_000, everyMs: 50 },
  ).catch((error: unknown) => {
    throw new Error(`${(error as Error).message}: ${missing.join('; ')}`, { cause: error });
  });
  expect((await directory.counters()).inFlight.now).toBe(round.length);
}
const tellStory = ({ scenario, dialect }: Story): string => `${scenario.name} (${dialect})`;

beforeAll(async () => {
  const { redis, kafka, temporal, oidc } = endpoints();
  const servers = { redis, kafka: kafka.join(','), temporal, oidc };
  system = await startSystem({
    ...{ root, servers, environment, halves: ['devices'], validators: 0, deviceLimit: 9 },
    folder: join(root, '.stack', 'test', 'worker-sweep'),
    env: { 'temporal-worker': { WORKER_CALL_TIMEOUT: '12s' }, 'provisioning-service': { PROVISIONING_SWEEP_INTERVAL: '1s' } },
    connections: (file, pingone) =>
      (Object.keys(kinds) as ConnectionKind[]).flatMap((kind) =>
        dialects.map((dialect) => ({
          environment,
          connection: nameOf(kind, dialect),
          source: { topic: `${environment}.${nameOf(kind, dialect)}`, format: { kind: 'json' } },
          directory: dialect === 'pingid' ? { kind: 'pingid', properties: { file } } : pingone,
          mapping: {
            userName: { attribute: 'username' },
            fName: { attribute: 'given' },
            mfaEmail1: { attribute: 'mail' },
            mfaSms1: { attribute: 'mobile' },
            mfaVoice1: { attribute: 'desk' },
          },
          enabled: 'source.enabled != false',
          guards: { enabled: false },
          visibilityWindowMs: 500,
          budget: ampleBudget,
          ...kinds[kind].settings,
        })),
      ),
  });
  directory = new SeenDirectory(system.url('directory-simulator'));
  feed = createFeed(servers.kafka);
  outcomes = await watchOutcomes(servers.kafka, environment);
  for (const kind of Object.keys(kinds) as ConnectionKind[])
    for (const dialect of dialects)
      clients.set(nameOf(kind, dialect), await ProvisioningClient.as(system, nameOf(kind, dialect), { account: 'sweep', roles: ['operator'] })); // prettier-ignore
}, 120_000);

afterAll(async () => {
  await outcomes?.stop();
  await feed?.close();
  await system?.stop();
}, 60_000);

describe('R2: the worker, killed at every call to the provider', () => {
  const points: (HeldPoint & { readonly scenario: Scenario; readonly dialect: Dialect })[] = [];

  it('each story, undisturbed, ends as it must, by the steps that it is there for; all steps of the planner are in one', async () => {
    const stories = scenarios.flatMap((scenario) => (scenario.dialects ?? dialects).map((dialect) => story(scenario, dialect)));
    const wanted = await prepare(stories);
    const before = await Promise.all(stories.map(async (one) => (await outcomeOf(one))?.at));
    const since = await directory.lastCall();
    await send(stories, 'then');
    for (const [at, one] of stories.entries()) await settled(one, wanted.get(one)!, before[at]);
    for (const one of stories) {
      const { user } = await clientOf(one).userOf(idOf(one));
      // Of every run: one that comes after the work was done finds nothing to do, and says so.
      const steps = () => outcomes.outcomes.filter((outcome) => outcome.user === user).flatMap((outcome) => outcome.steps);
      const wantedSteps = [...one.scenario.steps].sort();
      await waitUntil(`${tellStory(one)} to be told`, () => Promise.resolve(steps().length >= wantedSteps.length));
      expect([tellStory(one), steps().map(({ kind }) => kind).sort()]).toEqual([tellStory(one), wantedSteps]); // prettier-ignore
      for (const point of pointsOf(await callsOf(since, one)))
        points.push({ ...point, scenario: one.scenario, dialect: one.dialect });
    }
    expect(new Set(scenarios.flatMap(({ steps }) => steps))).toEqual(new Set(Object.keys(allSteps)));
  }, 120_000);

  it('I1–I3, I9: resumes in another process from each point, does nothing twice, and leaves nobody with less on the way', async () => {
    expect(points.length).toBeGreaterThan(100);
    let survived = 0;
    for (let from = 0; from < points.length; from += pointsOfARound) {
      const round = points
        .slice(from, from + pointsOfARound)
        .map((point) => ({ point, one: story(point.scenario, point.dialect) }));
      const stories = round.map(({ one }) => one);
      const wanted = await prepare(stories);
      const before = await Promise.all(stories.map(async (one) => (await outcomeOf(one))?.at));
      const devices = await Promise.all(stories.map(async (one) => (await directory.user(usernameOf(one)))?.devices ?? []));
      const since = await directory.lastCall();
      await directory.setFaults(
        round.map(({ point, one }) => ({ op: '*', kind: point.fault, skip: point.call, username: point.username(one.number) })),
      );
      await send(stories, 'then');
      await allHang(round, since);
      await system.process('temporal-worker').kill('SIGKILL');
      await system.restart('temporal-worker');
      for (const [at, { point, one }] of round.entries()) {
        await settled(one, wanted.get(one)!, before[at]);
        const calls = await callsOf(since, one);
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
