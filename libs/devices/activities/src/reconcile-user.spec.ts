import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Outcome, UserRef } from '@tallystick/devices-domain';
import { ada, type CallGate, InMemoryWorld, userNumber, claimed } from '@tallystick/devices-testing';
import { connectionId } from '@tallystick/kernel-core';
import type { TryAgain } from './directory-failure.ts';
import { reconcileUser } from './reconcile-user.ts';

const user = userNumber(1);
const rival = userNumber(2);
const [home, work] = ['ada@home.example', 'ada@work.example'];

let world: InMemoryWorld;
beforeEach(() => {
  world = new InMemoryWorld();
});

const run = (who: UserRef = user, attempt = 1, gate: CallGate = {}): Promise<Outcome> =>
  reconcileUser(world.needs(gate), who, world.context(attempt));
const thrownBy = (attempt: Promise<Outcome>): Promise<unknown> =>
  attempt.then(
    ({ kind }) => new Error(`the attempt ended as ${kind}`),
    (error: unknown) => error,
  );
const account = new InMemoryWorld().accountOf('org', 'ada');
describe('a user who is not planned', () => {
  const expectNotPlanned = (outcome: Outcome, because: Outcome['because'], who = user): void => {
    expect(outcome).toMatchObject({ ...who, kind: 'not-planned', because, steps: [], findings: [], at: world.clock });
    expect(world.published).toEqual([outcome]);
    expect(world.directory.writes).toEqual([]);
  };

  it('no-record: waited for over seven attempts, since the store may have lost it, and reported by the eighth', async () => {
    for (let attempt = 1; attempt < 8; attempt += 1) {
      expect(await thrownBy(run(user, attempt))).toMatchObject({ name: 'TryAgain', reason: 'no-record' });
    }
    expect(world.published).toEqual([]);
    const outcome = await run(user, 8);
    expectNotPlanned(outcome, 'no-record');
    expect(outcome.version).toBe('');
    expect(await world.store.lastOutcome(user)).toEqual(outcome);
  });

  it('R23: moved: the person goes on under another key, which owns the account now', async () => {
    await world.want(user, ada());
    const version = await world.put(user, { kind: 'deleted', movedTo: rival.user });
    const outcome = await run();
    expectNotPlanned(outcome, 'moved');
    expect(outcome.version).toBe(version);
    expect(await world.store.ownerOf(account)).toBeUndefined();
  });

  it('record-unmappable: with the reason of the mapping', async () => {
    const version = await world.put(user, { kind: 'record', attributes: {} });
    const outcome = await run();
    expectNotPlanned(outcome, 'record-unmappable');
    expect(outcome).toMatchObject({ version, detail: 'no-username' });
  });

  it('account-not-managed: who is gone does not take an account that this product never managed', async () => {
    await world.has({ 'Email 1': home });
    await world.want(user, ada());
    const version = await world.put(user, { kind: 'deleted' });
    const outcome = await run();
    expectNotPlanned(outcome, 'account-not-managed');
    expect(outcome.version).toBe(version);
    expect(await world.store.ownerOf(account)).toBeUndefined();
  });

  it('account-owned-by-another: who is there waits for its owner to leave for ever, and it is reported now and then', async () => {
    await world.want(rival, ada());
    await claimed(world.store, rival, account);
    const version = await world.want(user, ada({ 'Email 1': home }));
    for (let attempt = 1; attempt <= 130; attempt += 1) {
      const error = await thrownBy(run(user, attempt));
      expect(error).toMatchObject({ name: 'TryAgain', reason: 'account-owned-by-another' });
      expect((error as TryAgain).retryAfterMs).toBe(attempt < 8 ? undefined : 60_000);
      expect(world.published).toHaveLength(attempt < 8 ? 0 : attempt < 68 ? 1 : attempt < 128 ? 2 : 3);
    }
    expect(world.published[0]).toMatchObject({ ...user, kind: 'not-planned', because: 'account-owned-by-another', version });
    expect(world.directory.writes).toEqual([]);
    expect(await world.store.ownerOf(account)).toEqual(rival);
    await world.put(rival, { kind: 'deleted' });
    expect(await thrownBy(run(user, 131))).toMatchObject({ reason: 'waiting-for-visibility' });
    expect(await world.store.ownerOf(account)).toEqual(user);
    world.clock += 60_000;
    expect((await run(user, 132)).kind).toBe('changed');
  });

  it('account-owned-by-another: at once when the user is gone, whose account it no longer is', async () => {
    await world.want(rival, ada());
    await claimed(world.store, rival, account);
    await world.want(user, ada());
    await world.put(user, { kind: 'deleted' });
    expectNotPlanned(await run(), 'account-owned-by-another');
  });

  it('keeps what an earlier attempt left open: a device without its name is still found afterwards', async () => {
    await world.has({ 'Email 1': home });
    await world.want(user, ada({ 'Email 1': home, 'SMS Number 1': '+12025550123' }));
    const dies: CallGate = {
      before: (call) => {
        if (call === 'directory.nameDevice') throw new Error('the process dies');
      },
    };
    await expect(run(user, 1, dies)).rejects.toThrow('the process dies');
    await world.put(user, { kind: 'record', attributes: {} });
    expect((await run()).because).toBe('record-unmappable');
    await world.want(user, ada({ 'Email 1': home, 'SMS Number 1': '+12025550123' }));
    expect((await run()).steps.map(({ kind }) => kind)).toEqual(['name-device']);
    expect(world.directory.writes.filter(({ method }) => method === 'pair')).toHaveLength(1);
  });

  it('is planned as soon as the reason is gone', async () => {
    await world.put(user, { kind: 'record', attributes: {} });
    await run();
    await world.want(user, ada({ 'Email 1': home }));
    expect((await run()).kind).toBe('changed');
  });
});

it('R23: a key change to another username ends the account of the old one', async () => {
  await world.want(user, ada({ 'Email 1': home }));
  await run();
  await world.want(rival, { ...ada({ 'Email 1': home }), username: 'augusta' });
  await world.put(user, { kind: 'deleted', movedTo: rival.user });
  const outcome = await run();
  expect(outcome.steps.map(({ kind, reason }) => [kind, reason])).toEqual([['suspend-user', 'gone-from-datastore']]);
});

it('waits while its connection is not in the settings of this worker: the news is not used up', async () => {
  const stranger = { ...user, connection: connectionId('erp') };
  for (const attempt of [1, 8, 100]) {
    expect(await thrownBy(run(stranger, attempt))).toMatchObject({ reason: 'no-connection', retryAfterMs: 10_000 });
  }
  expect(world.published).toEqual([]);
  expect(await world.store.begin(stranger)).toMatchObject({ previousMayRun: false, firstSight: true });
});

describe('an outcome', () => {
  it('tells what was done for which version, and the next one that there was nothing to do', async () => {
    const version = await world.want(user, ada({ 'Email 1': home }));
    const first = await run();
    expect(first).toMatchObject({ ...user, kind: 'changed', version, at: world.clock });
    expect(first.steps.map(({ kind }) => kind)).toEqual(['create-user', 'pair']);
    const second = await run();
    expect(second).toMatchObject({ kind: 'in-sync', version, steps: [], findings: [] });
    expect(world.published).toEqual([first, second]);
    expect(await world.store.lastOutcome(user)).toEqual(second);
  });

  it('carries what was seen and left alone, once each; adoption candidates at first sight only (P46)', async () => {
    await world.has({ 'Email 1': home });
    await world.want(user, ada({ 'Email 1': home }));
    expect((await run()).findings.map(({ kind }) => kind)).toEqual(['adoption-candidate']);
    expect((await run()).findings).toEqual([]);
  });

  it('is made for the newest record, whatever came in since the wake-up', async () => {
    await world.want(user, ada({ 'Email 1': home }));
    const version = await world.want(user, ada({ 'Email 1': work }));
    expect(await run()).toMatchObject({ version });
    expect(world.directory.writes.filter(({ method }) => method === 'pair')).toHaveLength(1);
  });

  it('that could not be published is published by the next attempt, with the same steps', async () => {
    await world.want(user, ada({ 'Email 1': home }));
    const away: CallGate = {
      before: (call) => {
        if (call === 'outcomes.publish') throw new Error('the topic is away');
      },
    };
    await expect(run(user, 1, away)).rejects.toThrow('the topic is away');
    expect(await world.store.lastOutcome(user)).toBeUndefined();
    const writes = world.directory.writes.length;
    const outcome = await run();
    expect(outcome.kind).toBe('changed');
    expect(outcome.steps.map(({ kind }) => kind)).toEqual(['create-user', 'pair']);
    expect(world.directory.writes).toHaveLength(writes);
    expect(world.published).toEqual([outcome]);
  });

  it('that was published and not kept is published again: at least once', async () => {
    await world.want(user, ada({ 'Email 1': home }));
    const away: CallGate = {
      before: (call) => {
        if (call === 'store.finish') throw new Error('the store is away');
      },
    };
    await expect(run(user, 1, away)).rejects.toThrow('the store is away');
    const outcome = await run();
    expect(world.published).toHaveLength(2);
    expect(world.published[0]?.steps).toEqual(outcome.steps);
  });
});
