import { beforeEach, describe, expect, it } from '@jest/globals';
import { noChanges, type Pass, type PassId, type PlanHash } from '@tallystick/devices-domain';
import { ada, InMemoryPassStore, InMemoryWorld, userNumber } from '@tallystick/devices-testing';
import type { PassActivities, PassRequest } from '@tallystick/devices-workflow-api';
import { instant } from '@tallystick/kernel-core';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { lookNeeds, LooksInMemory } from '../inspect/looks-in-memory.fixture.ts';
import { createPassActivities } from './create-pass-activities.ts';
import type { PassNeeds } from './pass-needs.ts';

const { environment, connection } = userNumber(0);
const request: PassRequest = { environment, connection, pass: 'p1' as PassId, kind: 'preview' };
const page = { shard: '0', number: 0 };

let world: InMemoryWorld;
let passes: InMemoryPassStore;
let activity: MockActivityEnvironment;
let reported: unknown[];
let ended: Pass[];
beforeEach(async () => {
  world = new InMemoryWorld();
  passes = new InMemoryPassStore();
  [reported, ended] = [[], []];
  activity = new MockActivityEnvironment({ attempt: 2 }, { logger: new DefaultLogger('ERROR') });
  const record = { environment, connection, id: request.pass, kind: 'preview', stage: 'planning', connectionVersion: 1 } as const;
  await passes.open({ ...record, startedBy: 'ada', startedAt: instant(1) });
  await world.want(userNumber(1), ada());
});

function activities(more: Partial<PassNeeds> = {}): PassActivities {
  return createPassActivities({
    ...lookNeeds(world, new LooksInMemory(world)),
    connectionOf: () => world.needs().connectionOf(userNumber(0)),
    candidateOf: () => Promise.resolve(undefined),
    ...{ passes, users: world.records.users, source: world.records, guards: world.guards },
    wake: () => Promise.resolve(),
    lastOutcome: (user) => world.store.lastOutcome(user),
    ...{ sampleSize: 5, outcomeWaitMs: 10 },
    ended: (pass) => void ended.push(pass),
    report: (_, error) => void reported.push(error),
    ...more,
  });
}

const run = <K extends keyof PassActivities>(name: K, args: Parameters<PassActivities[K]>, more: Partial<PassNeeds> = {}) => {
  const made = activities(more)[name] as (...all: unknown[]) => Promise<unknown>;
  return activity.run((...all: unknown[]) => made(...all), ...args);
};
const failure = async (more: Partial<PassNeeds> = {}): Promise<unknown> =>
  run('planPage', [request, page], more).then(
    () => 'it succeeded',
    (error: unknown) => error,
  );

describe('an activity of a pass', () => {
  it('beats around each provider call, without a word of whom it is about', async () => {
    const beats: unknown[] = [];
    activity.on('heartbeat', (details: unknown) => beats.push(details));
    expect(await run('planPage', [request, page])).toEqual({ users: 1 });
    expect(beats.length).toBeGreaterThanOrEqual(2);
    expect(JSON.stringify(beats)).not.toContain('ada');
  });

  it('of a sick directory is tried later, and with its reason', async () => {
    world.directory.configure({ beforeCall: () => ({ kind: 'credentials-refused' }) });
    expect(await failure()).toMatchObject({ type: 'quarantined', nonRetryable: false, nextRetryDelay: 5_000 });
  });

  it('fails for good when its pass can not be gone on with', async () => {
    world.connectionVersion = 2;
    expect(await failure()).toMatchObject({ type: 'connection-changed', nonRetryable: true });
  });

  it('shows nothing of an unexpected error but that there was one', async () => {
    const error = await failure({
      accountOf: () => {
        throw new Error('no account of ada@home.example');
      },
    });
    expect(error).toBeInstanceOf(ApplicationFailure);
    expect(error).toMatchObject({ type: 'unexpected', nonRetryable: false });
    expect(JSON.stringify([error, (error as Error).stack])).not.toContain('home.example');
    expect(reported).toMatchObject([{ message: 'no account of ada@home.example' }]);
  });

  it('that is cancelled ends so, and half a page is no page', async () => {
    world.directory.configure({ beforeCall: () => (activity.cancel(), { kind: 'unavailable' }) });
    expect(await failure()).toBeInstanceOf(CancelledFailure);
    expect((await passes.entries(request, request.pass, undefined, 10)).entries).toEqual([]);
  });

  it('closes a record that is there, tells of it, and does nothing for one that is not', async () => {
    await run('stagePass', [request, 'paused']);
    expect(await passes.read(request, request.pass)).toMatchObject({ stage: 'paused' });
    await run('closePass', [request, 'done']);
    expect(await passes.read(request, request.pass)).toMatchObject({ stage: 'done', endedAt: world.clock });
    expect(ended).toMatchObject([{ id: 'p1', stage: 'done' }]);
    for (const name of ['stagePass', 'closePass'] as const) await run(name, [{ ...request, pass: 'p9' as PassId }, 'failed']);
    expect(ended).toHaveLength(1);
  });

  it.each(['cancelled', 'failed'] as const)(
    'closes the open hold of a pass that is %s: nobody is to approve what nobody does',
    async (stage) => {
      const held = { planHash: 'p' as PlanHash, counts: { ...noChanges, removals: 1 }, plan: { steps: [], findings: [] } };
      const how = { because: 'too-many-removals', holdHours: 72 } as const;
      const mine = await world.guards.hold(userNumber(1), held, { ...how, pass: 'p1' }, instant(world.clock));
      const other = await world.guards.hold(userNumber(1), held, how, instant(world.clock));
      await run('closePass', [request, stage]);
      const states = await Promise.all([mine, other].map(async (id) => (await world.guards.read(request, id))?.state));
      expect(states).toEqual(['cancelled', 'open']);
    },
  );

  it('takes a hold that is not there any more for expired', async () => {
    expect(await run('holdState', [request, 'h1' as never])).toBe('expired');
  });
});
