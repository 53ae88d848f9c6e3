import { beforeEach, describe, expect, it } from '@jest/globals';
import type { DeviceActivities } from '@tallystick/devices-workflow-api';
import { ada, type CallGate, InMemoryWorld, userNumber } from '@tallystick/devices-testing';
import { type ActivityFunction, ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { ConnectionPlaces } from './connection-places.ts';
import { createDeviceActivities } from './create-device-activities.ts';

const user = userNumber(1);
const home = 'ada@home.example';

let world: InMemoryWorld;
let environment: MockActivityEnvironment;
let beats: unknown[];
beforeEach(async () => {
  world = new InMemoryWorld();
  await world.want(user, ada({ 'Email 1': home }));
  environment = new MockActivityEnvironment({ attempt: 3 }, { logger: new DefaultLogger('ERROR') });
  beats = [];
  environment.on('heartbeat', (progress: unknown) => void beats.push(progress));
});

type Reconcile = DeviceActivities['reconcile'];
const run = (gate: CallGate = {}): Promise<unknown> =>
  environment.run(createDeviceActivities(world.needs(gate)).reconcile as ActivityFunction & Reconcile, user);
async function failure(gate: CallGate = {}): Promise<ApplicationFailure> {
  const error = await run(gate).then(
    () => new Error('the activity succeeded'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof ApplicationFailure) return error;
  throw error;
}

describe('the activity "reconcile"', () => {
  it('begins nothing while all places of its connection are taken, and comes back (ADR 5.8)', async () => {
    const places = new ConnectionPlaces({ each: 1, longestWaitMs: 0, pause: () => Promise.resolve() });
    const reconcile = createDeviceActivities(world.needs(), places).reconcile as ActivityFunction & Reconcile;
    let end: () => void = () => undefined;
    const hanging = places.within(user, () => new Promise<void>((resolve) => (end = resolve)));
    await expect(environment.run(reconcile, user)).rejects.toMatchObject({
      ...{ type: 'connection-busy', nonRetryable: false, category: ApplicationFailureCategory.BENIGN },
    });
    expect(world.directory.calls).toEqual([]);
    end();
    await hanging;
    expect(await environment.run(reconcile, user)).toMatchObject({ kind: 'changed' });
  });

  it('gives the outcome, and beats around each provider call', async () => {
    expect(await run()).toMatchObject({ kind: 'changed', ...user });
    expect(beats).toHaveLength(2 * world.directory.calls.length);
    expect(JSON.stringify(beats)).not.toContain('home.example');
  });

  it('fails with the reason as its type, is retried, and after the time that the directory asked for', async () => {
    world.directory.configure({ beforeCall: () => ({ kind: 'unavailable', retryAfterMs: 7_000 }) });
    expect(await failure()).toMatchObject({ type: 'directory-unavailable', nonRetryable: false, nextRetryDelay: 7_000 });
    world.clock += 7_000;
    world.directory.configure({ beforeCall: () => ({ kind: 'unavailable' }) });
    const soon = await failure();
    expect([soon.type, soon.nonRetryable, soon.nextRetryDelay ?? undefined]).toEqual(['directory-unavailable', false, undefined]);
  });

  it('fails as fenced-out when another attempt took over, and is retried', async () => {
    const overtaken: CallGate = {
      before: (call) => {
        if (call === 'directory.observe') void world.store.begin(user);
      },
    };
    expect(await failure(overtaken)).toMatchObject({ type: 'fenced-out', nonRetryable: false });
    expect(world.directory.writes).toEqual([]);
  });

  it('shows nothing of an unexpected error but that there was one: it goes to the report, with its cause', async () => {
    const broken: CallGate = {
      before: (call) => {
        if (call === 'store.record') throw new Error(`can't parse {"phone":"+12025550123"}`);
      },
    };
    const error = await failure(broken);
    expect(error).toMatchObject({ type: 'unexpected', nonRetryable: false });
    expect(JSON.stringify([error.message, error.details, error.cause, error.stack])).not.toContain('2025550123');
    expect(world.reported).toMatchObject([{ message: `can't parse {"phone":"+12025550123"}` }]);
  });

  it('does not report what is expected', async () => {
    world.directory.configure({ beforeCall: () => ({ kind: 'unavailable' }) });
    await failure();
    expect(world.reported).toEqual([]);
  });

  it('makes no provider write any more once it is cancelled', async () => {
    const gate: CallGate = {
      before: (call) => {
        if (call === 'directory.createUser') environment.cancel();
      },
    };
    expect(await failure(gate)).toMatchObject({ type: 'attempt-cancelled' });
    expect(world.directory.writes.map(({ method }) => method)).toEqual(['createUser']);
  });

  it('beats while it waits for its predecessor: a silent wait would look like death', async () => {
    await world.store.begin(user);
    const needs = world.needs();
    const connectionOf: typeof needs.connectionOf = async (who) => {
      const connection = await needs.connectionOf(who);
      return connection && { ...connection, callTimeoutMs: 900 };
    };
    const began = performance.now();
    const reconcile = createDeviceActivities({ ...needs, connectionOf }).reconcile as ActivityFunction & Reconcile;
    expect(await environment.run(reconcile, user)).toMatchObject({ kind: 'changed' });
    expect(performance.now() - began).toBeGreaterThan(1_100);
    expect(beats.length).toBe(2 * world.directory.calls.length + 2);
  });
});
