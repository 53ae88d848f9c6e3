// Swapped usernames (ADR 5.13): who may write which account, when, and what is left in it of whoever had it before.
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Outcome, UserRef } from '@tallystick/devices-domain';
import { ada, addressIn, InMemoryWorld, pingOneManners, userNumber, claimed } from '@tallystick/devices-testing';
import { answer as answerIn, as, asOne, asTwo, attempt, devicesOf, one, settled as settledIn, two } from './hand-over.fixture.ts';

let world: InMemoryWorld;
const run = (who: UserRef, number = 1): Promise<Outcome> => attempt(world, who, number);
const settled = (who: UserRef): Promise<Outcome> => settledIn(world, who);
const answer = (kind: 'approve' | 'reject', outcome: Outcome): Promise<void> => answerIn(world, kind, outcome);
const devices = (username: string): unknown[] => devicesOf(world, username);
const account = (username: string) => world.accountOf('org', username);

/** Both have their accounts, and swap their names. */
async function swap(manners?: typeof pingOneManners): Promise<void> {
  world = new InMemoryWorld({ ...(manners && { manners }) });
  await world.want(one, ada(asOne));
  await world.want(two, ada(asTwo, { username: 'bob' }));
  await settled(one);
  await settled(two);
  await world.want(one, ada(asOne, { username: 'bob' }));
  await world.want(two, ada(asTwo));
  world.directory.calls.length = 0;
  world.published.length = 0;
}

describe.each([
  ['PingID', undefined],
  ['PingOne', pingOneManners],
])('two users who swapped their names, with the manners of %s', (_, manners) => {
  beforeEach(() => swap(manners));

  it('wait, and after eight attempts for a person, without a call and told once', async () => {
    for (let attempt = 1; attempt < 8; attempt += 1)
      await expect(run(one, attempt)).rejects.toMatchObject({ reason: 'account-owned-by-another' });
    const outcome = await run(one, 8);
    const findings = [{ kind: 'account-of-another-user', owner: two.user }];
    expect(outcome).toMatchObject({ kind: 'held', because: 'account-owned-by-another', steps: [], findings });
    expect((await world.guards.users(one, outcome.hold!, undefined, 9)).users).toMatchObject([
      { user: one.user, plan: { findings } },
    ]);
    expect(await run(one)).toEqual(outcome);
    expect([world.published.length, world.reminded, world.directory.calls]).toEqual([1, [one, one], []]);
  });

  it('have each other’s account once that is approved, each with their own devices and none of the other', async () => {
    const outcomes = [await settled(one), await settled(two)];
    expect(outcomes[1]!.hold).toBe(outcomes[0]!.hold);
    const theirs = world.directory.addForeignDevice('bob', { type: 'iPhone', nickname: 'Bob’s phone' });
    await answer('approve', outcomes[0]!);
    expect((await settled(one)).kind).toBe('changed');
    expect(world.directory.writes.find(({ device }) => device === theirs)?.method).toBe('unpair');
    expect((await settled(two)).kind).toBe('changed');
    expect([devices('bob'), devices('ada')]).toEqual([as(asOne), as(asTwo)]);
    expect([await world.store.ownerOf(account('ada')), await world.store.ownerOf(account('bob'))]).toEqual([two, one]);
    const { users } = await world.guards.users(one, outcomes[0]!.hold!, undefined, 9);
    expect(users.map(({ state }) => state)).toEqual(['done', 'done']);
    // What a user pairs there later is their own.
    world.directory.addForeignDevice('bob', { type: 'iPhone', nickname: 'Ada’s phone' });
    world.directory.calls.length = 0;
    expect([(await settled(one)).kind, (await settled(two)).kind]).toEqual(['in-sync', 'in-sync']);
    expect(world.directory.writes).toEqual([]);
  });

  it('wait in a connection that follows usernames too: nobody renames or closes an account that the other is to have', async () => {
    world.options = { ...world.options, usernameChange: 'follow', removeAction: 'delete' };
    const held = await settled(one);
    await settled(two);
    await answer('approve', held);
    await settled(one);
    await settled(two);
    const methods = world.directory.writes.map(({ method }) => method);
    for (const never of ['renameUser', 'deleteUser', 'suspendUser'] as const) expect(methods).not.toContain(never);
    expect([devices('bob').length, devices('ada').length]).toEqual([2, 2]);
  });
});

describe('an account that is handed over', () => {
  beforeEach(() => swap());

  it('is written by nobody for as long as a call of its former owner may be under way, or a device of theirs may come to light', async () => {
    await answer('approve', await settled(one));
    await expect(run(one)).rejects.toMatchObject({ reason: 'waiting-for-visibility' });
    expect(world.pauses.at(-1)).toBeGreaterThan(world.callTimeoutMs);
    await expect(run(one)).rejects.toMatchObject({ reason: 'waiting-for-visibility' });
    expect(world.directory.calls).toEqual([]);
    // The pairing of the former owner that was under way: it is seen in time, and goes.
    const late = world.directory.addForeignDevice('bob', {
      type: 'SMS',
      nickname: 'Mobile 1',
      address: addressIn('SMS Number 2', '+12025550199'),
    });
    await settled(one);
    expect(world.directory.writes.find(({ device }) => device === late)?.method).toBe('unpair');
  });

  it('takes the right to write from an attempt of the former owner that is under way, and leaves its intent', async () => {
    const held = await settled(one);
    const { fence } = await world.store.begin(two);
    const open = { account: account('bob'), intent: { createdByUs: true }, done: [] };
    await world.store.saveWork(two, fence, open);
    await answer('approve', held);
    await expect(run(one)).rejects.toMatchObject({ reason: 'waiting-for-visibility' });
    await expect(world.store.assertMayWrite(two, fence, account('bob'))).rejects.toThrow('attempt');
    expect((await world.store.begin(two)).work).toEqual(open);
  });

  it('keeps its former owner’s device that could not be unpaired in mind until it is gone', async () => {
    await answer('approve', await settled(one));
    world.directory.configure({ beforeCall: ({ method }) => (method === 'unpair' ? { kind: 'refused', code: '1' } : undefined) });
    expect((await settled(one)).kind).toBe('partial');
    world.directory.configure({ beforeCall: () => undefined });
    expect((await settled(one)).kind).toBe('changed');
    expect(devices('bob')).toEqual(as(asOne));
  });

  it('is not, when a record changed after the approval: that was about another state (R26)', async () => {
    await answer('approve', await settled(one));
    await world.want(two, ada(asTwo, { profile: { firstName: 'Bob' } }));
    expect(await settled(one)).toMatchObject({ kind: 'held', because: 'account-owned-by-another' });
    expect(await world.store.ownerOf(account('bob'))).toEqual(two);
    // And it is the owner's again, when the datastore says so: nobody is asked for it any more.
    await world.want(two, ada(asTwo, { username: 'bob' }));
    await expect(run(one, 9)).rejects.toMatchObject({ reason: 'account-owned-by-another' });
    expect((await settled(two)).kind).toBe('in-sync');
  });

  it('is not, when that was rejected; its owner may still leave it', async () => {
    await answer('reject', await settled(one));
    expect(await run(one)).toMatchObject({ kind: 'held', because: 'rejected-by-a-person' });
    await world.put(two, { kind: 'deleted' });
    expect((await settled(one)).kind).toBe('changed');
  });

  it('is not between connections: their approvers answer for their own users', async () => {
    const stranger = { ...userNumber(3), connection: 'partners' as UserRef['connection'] };
    await world.put(stranger, { kind: 'record', attributes: {} });
    await claimed(world.store, stranger, account('carol'));
    await world.want(one, ada(asOne, { username: 'carol' }));
    await expect(run(one, 9)).rejects.toMatchObject({ reason: 'account-owned-by-another' });
    expect(world.published).toMatchObject([]);
  });
});

it('R23: a person who goes on under another key keeps account and devices, without a write', async () => {
  world = new InMemoryWorld();
  await world.want(one, ada(asOne));
  await settled(one);
  world.directory.calls.length = 0;
  await world.put(one, { kind: 'deleted', movedTo: two.user });
  expect((await settled(one)).because).toBe('moved');
  await world.want(two, ada(asOne));
  expect((await settled(two)).kind).toBe('in-sync');
  expect([await world.store.ownerOf(account('ada')), world.directory.writes]).toEqual([two, []]);
});
