// A preview is worth what reconcileUser then does: the same plan by the same hash, from any state that attempts have left.
import { describe, expect, it } from '@jest/globals';
import {
  type BegunAccount,
  type Outcome,
  parityOptions,
  type PlanHash,
  type UserRef,
  UserUnreadable,
} from '@tallystick/devices-domain';
import {
  anyEnabledUser,
  anyObservedUser,
  anyOptions,
  ada,
  InMemoryWorld,
  pingIdManners,
  pingOneManners,
  userNumber,
  claimed,
} from '@tallystick/devices-testing';
import fc from 'fast-check';
import { DirectoryCalls } from '../directory-calls.ts';
import { reconcileUser } from '../reconcile-user.ts';
import { lookAtUser } from './look-at-user.ts';
import { connectionOf, hashPlan, lookNeeds, LooksInMemory } from './looks-in-memory.fixture.ts';

const runs = { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 200) };
const user = userNumber(1);
const usernames = fc.constantFrom(undefined, 'ada.l', 'ada.m', 'theirs');
/** With which most is done: where little may be, little is. */
const usualOptions = fc
  .record({ removeAction: fc.constantFrom('disable', 'delete'), manageDevices: fc.constantFrom('merge', 'overwrite') })
  .map((it) => ({ ...parityOptions, disableUsers: true, ...it }));
const anyChange = fc
  .record({
    ...{ desired: anyEnabledUser, username: usernames, enabled: fc.boolean(), deleted: fc.boolean(), fails: fc.boolean() },
  })
  .map(({ desired, username, enabled, ...more }) => ({
    ...more,
    desired: { ...desired, enabled, ...(username !== undefined && { username }) },
  }));

describe('a look at a user', () => {
  it('R26: finds the plan that reconcileUser asks the guards about and makes, and takes nothing from its later runs', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyChange, { minLength: 1, maxLength: 4 }),
        anyObservedUser,
        fc
          .record({ it: fc.oneof(anyOptions, usualOptions), usernameChange: fc.constantFrom('follow', 'report') })
          .map(({ it, usernameChange }) => ({ ...it, usernameChange })),
        fc.constantFrom(pingIdManners, pingOneManners),
        async (changes, observed, options, manners) => {
          const world = new InMemoryWorld({ deviceLimit: 100, manners });
          await world.want(userNumber(2), ada({}, { username: 'theirs' }));
          await reconcileUser(world.needs(), userNumber(2), world.context());
          world.options = options;
          world.guardSettings = { ...world.guardSettings, enabled: false };
          world.directory.put(changes[0]!.desired.username, observed);
          const looks = new LooksInMemory(world);
          for (const { desired, deleted, fails } of changes) {
            await world.want(user, desired);
            if (deleted) await world.put(user, { kind: 'deleted' });
            const connection = await connectionOf(world, user);
            const before = world.directory.writes.length;
            const calls = new DirectoryCalls(world.needs(), connection, world.context());
            const { verdict } = await lookAtUser(lookNeeds(world, looks), connection, calls, user);
            expect(world.directory.writes.slice(before).filter(({ method }) => method !== 'deviceLimit')).toEqual([]);
            const asked: PlanHash[] = [];
            const needs = looks.needs();
            const guards: typeof needs.guards = Object.assign(Object.create(needs.guards) as typeof needs.guards, {
              reserve: (...args: Parameters<typeof needs.guards.reserve>) => {
                asked.push(args[1]);
                return world.guards.reserve(...args);
              },
              settled: (...args: Parameters<typeof needs.guards.settled>) => world.guards.settled(...args),
              release: (...args: Parameters<typeof needs.guards.release>) => world.guards.release(...args),
              hold: (...args: Parameters<typeof needs.guards.hold>) => world.guards.hold(...args),
            });
            // An attempt that dies after its first write leaves an intent that the next look has to know.
            let writes = 0;
            world.directory.configure({
              afterCall: ({ method }) =>
                fails && method !== 'observe' && method !== 'deviceLimit' && (writes += 1) === 1
                  ? { kind: 'unavailable' }
                  : undefined,
            });
            const outcome = await reconcileUser({ ...needs, guards, hashPlan }, user, world.context()).catch(() => undefined);
            world.directory.configure({ afterCall: () => undefined });
            world.clock += 60_000;
            if (verdict.kind === 'planned' && asked[0] !== undefined) expect(asked[0]).toBe(verdict.planHash);
            if (!outcome) continue;
            if (verdict.kind === 'not-planned') expect(outcome).toMatchObject({ kind: 'not-planned', because: verdict.because });
            if (verdict.kind === 'nothing-left') expect(outcome.kind).toBe('in-sync');
            const made = world.directory.writes.slice(before).map(({ method }) => method);
            const closed = made.filter((method) => method === 'deleteUser' || method === 'suspendUser').length;
            const { counts, plan } = verdict.kind === 'planned' ? verdict : {};
            const isWhole = outcome.kind === 'changed' && plan?.steps[0]?.kind !== 'rename-user';
            if (counts && isWhole) expect(counts.deletions + counts.suspensions).toBe(closed);
            if (verdict.kind === 'planned' && verdict.plan.steps.length === 0)
              expect(world.directory.writes.slice(before).filter(({ method }) => method !== 'deviceLimit')).toEqual([]);
            if (verdict.kind === 'planned' && verdict.plan.steps.length > 0)
              expect(outcome.steps.map(({ kind, slot }) => `${kind} ${slot ?? ''}`)).toContain(
                `${verdict.plan.steps[0]!.kind} ${'slot' in verdict.plan.steps[0]! ? (verdict.plan.steps[0].slot ?? '') : ''}`,
              );
          }
        },
      ),
      runs,
    );
  });

  it('R23, P20: sees whose an account is without claiming it', async () => {
    const world = new InMemoryWorld();
    const looks = new LooksInMemory(world);
    const other = userNumber(2);
    await world.want(user, ada());
    await world.want(other, ada());
    const look = async (who = user) => {
      const connection = await connectionOf(world, who);
      return lookAtUser(lookNeeds(world, looks), connection, new DirectoryCalls(world.needs(), connection, world.context()), who);
    };
    expect(await look()).toMatchObject({ owner: 'nobody', verdict: { kind: 'planned' } });
    expect(await look(other)).toMatchObject({ owner: 'nobody', verdict: { kind: 'planned' } });
    await reconcileUser(looks.needs(), user, world.context());
    expect(await look(other)).toMatchObject({ owner: 'another-user', verdict: { because: 'account-owned-by-another' } });
    await world.put(user, { kind: 'deleted', movedTo: other.user });
    expect(await look()).toMatchObject({ verdict: { kind: 'not-planned', because: 'moved' } });
    expect(await look(other)).toMatchObject({ owner: 'left-to-this-user', verdict: { kind: 'planned' } });
    expect(await world.store.ownerOf(world.accountOf('org', 'ada'))).toEqual(user);
  });

  it.each(['nothing', 'the claim'])(
    'R23: of an account that another key leaves knows what that key had under way, before and after %s',
    async (lost) => {
      const world = new InMemoryWorld();
      const looks = new LooksInMemory(world);
      const next = userNumber(2);
      await world.want(user, ada({ 'SMS Number 1': '+12025550123' }));
      world.directory.configure({ afterCall: ({ method }) => (method === 'pair' ? { kind: 'unavailable' } : undefined) });
      await reconcileUser(looks.needs(), user, world.context()).catch(() => undefined);
      world.directory.configure({ afterCall: () => undefined });
      world.clock += 60_000;
      await world.put(user, { kind: 'deleted', movedTo: next.user });
      await world.want(next, ada({ 'SMS Number 1': '+12025550123' }));
      const attempt = () => reconcileUser(looks.needs(), next, world.context());
      if (lost === 'the claim') {
        const needs = looks.needs();
        const workOf = () => Promise.reject(new Error('the process dies'));
        const dying = { ...needs, store: { ...needs.store, workOf } };
        await expect(reconcileUser(dying, next, world.context())).rejects.toThrow('dies');
      }
      const connection = await connectionOf(world, next);
      const calls = new DirectoryCalls(world.needs(), connection, world.context());
      const { verdict } = await lookAtUser(lookNeeds(world, looks), connection, calls, next);
      const finished = { kind: 'name-device', slot: 'SMS Number 1', reason: 'pair-unfinished' };
      expect(verdict).toMatchObject({ kind: 'planned', plan: { steps: [finished] } });
      expect((await attempt()).steps).toMatchObject([finished]);
    },
  );

  it('ADR 5.19: says of one whose next key can not be opened that they can not be read, and stops nobody else', async () => {
    const world = new InMemoryWorld();
    const looks = new LooksInMemory(world);
    const next = userNumber(2);
    await world.want(user, ada());
    await reconcileUser(looks.needs(), user, world.context());
    await world.put(user, { kind: 'deleted', movedTo: next.user });
    const record = looks.record.bind(looks);
    looks.record = (who) => (who.user === next.user ? Promise.reject(new UserUnreadable('its key is gone')) : record(who));
    const connection = await connectionOf(world, user);
    const calls = new DirectoryCalls(world.needs(), connection, world.context());
    const { verdict } = await lookAtUser(lookNeeds(world, looks), connection, calls, user);
    expect(verdict).toEqual({ kind: 'not-planned', because: 'record-unreadable' });
  });

  it('R26: of an account that a deleted user has left shows what goes with it, as the guards will be asked', async () => {
    const world = new InMemoryWorld();
    const looks = new LooksInMemory(world);
    const heir = userNumber(2);
    await world.want(user, ada({ 'Email 1': 'ada@home.example' }));
    await reconcileUser(looks.needs(), user, world.context());
    const id = world.directory.addForeignDevice('ada', { type: 'iPhone', nickname: 'Ada’s phone' });
    await world.put(user, { kind: 'deleted' });
    await reconcileUser(looks.needs(), user, world.context());
    await world.want(heir, ada());
    const connection = await connectionOf(world, heir);
    const calls = new DirectoryCalls(world.needs(), connection, world.context());
    const look = async () => lookAtUser(lookNeeds(world, looks), await connectionOf(world, heir), calls, heir);
    const before = await look();
    expect(before).toMatchObject({ owner: 'left', verdict: { kind: 'planned', counts: { removals: 2 } } });
    const unpair = { kind: 'unpair', reason: 'account-handed-over', deviceId: id };
    expect(before.verdict).toHaveProperty('plan.steps', expect.arrayContaining([unpair]));
    await reconcileUser({ ...looks.needs(), hashPlan }, heir, world.context()).catch(() => undefined);
    world.clock += 60_000;
    expect(await look()).toMatchObject({ owner: 'this-user', verdict: before.verdict });
  });

  it('R26, R23: of an account that its owner only claimed shows nobody’s devices as a former owner’s, also where that is known to an earlier key alone', async () => {
    const world = new InMemoryWorld();
    const looks = new LooksInMemory(world);
    const [next, heir] = [userNumber(2), userNumber(3)];
    const { accountOf } = lookNeeds(world, looks);
    const account = accountOf((await connectionOf(world, user)).directoryId, 'ada');
    world.directory.put('ada', { kind: 'present', status: 'active', profile: {}, devices: [] });
    world.directory.addForeignDevice('ada', { type: 'iPhone', nickname: 'Theirs' });
    const noted = async (who: UserRef, begun: BegunAccount) => {
      const { store } = looks.needs();
      await store.saveWork(who, (await store.begin(who)).fence, { intent: { createdByUs: false, begun: [begun] }, done: [] });
    };
    await world.want(user, ada());
    await noted(user, { username: 'ada', how: 'claimed' });
    await world.put(user, { kind: 'deleted', movedTo: next.user });
    await world.put(next, { kind: 'deleted' });
    await noted(next, { username: 'ada', from: user.user });
    await claimed(world.store, next, account);
    await world.want(heir, ada());
    const calls = new DirectoryCalls(world.needs(), await connectionOf(world, heir), world.context());
    const { verdict } = await lookAtUser(lookNeeds(world, looks), await connectionOf(world, heir), calls, heir);
    expect(verdict).toEqual({ kind: 'not-planned', because: 'account-owned-by-another' });
    await expect(reconcileUser(looks.needs(), heir, world.context())).rejects.toThrow('belongs to another user');
  });

  describe('P51: of an account whose owner’s connection was removed', () => {
    const owner = { ...userNumber(3), connection: 'staff' as UserRef['connection'] };
    const mobile = { 'SMS Number 1': '+12025550123' } as const;
    const steps = async (wanted: ReturnType<typeof ada>) => {
      const world = new InMemoryWorld();
      const looks = new LooksInMemory(world);
      await world.has(mobile);
      world.directory.addForeignDevice('ada', { type: 'iPhone', nickname: 'Ada’s phone' });
      await world.want(owner, ada(mobile));
      const account = world.accountOf((await connectionOf(world, user)).directoryId, 'ada');
      await claimed(world.store, owner, account);
      await world.want(user, wanted);
      const look = async () => {
        const calls = new DirectoryCalls(world.needs(), await connectionOf(world, user), world.context());
        return (await lookAtUser(lookNeeds(world, looks), await connectionOf(world, user), calls, user)).verdict;
      };
      expect(await look()).toMatchObject({ kind: 'not-planned', because: 'account-owned-by-another' });
      world.removed.add('staff');
      const verdict = await look();
      const shown = verdict.kind === 'planned' ? verdict.plan.steps.map(({ kind }) => kind) : [verdict.kind];
      let outcome: Outcome | undefined;
      for (let attempt = 1; attempt < 5 && !outcome; attempt += 1) {
        outcome = await reconcileUser(looks.needs(), user, world.context(attempt)).catch(() => undefined);
        world.clock += 60_000;
      }
      expect(shown).toEqual(outcome?.steps.map(({ kind }) => kind));
      return shown;
    };

    it('a preview shows that its devices go, where the records say that it was somebody else', async () => {
      expect(await steps(ada({ 'Email 1': 'new@home.example' }))).toContain('unpair');
    });

    it('and that they stay with the person of whom the records say the same', async () => {
      expect(await steps(ada(mobile))).toEqual([]);
    });
  });

  it('R23: shows that what was only activated is not deleted when key and name change at once', async () => {
    const world = new InMemoryWorld();
    const looks = new LooksInMemory(world);
    const next = userNumber(2);
    world.options = { ...world.options, usernameChange: 'follow', disableUsers: true, removeAction: 'delete' };
    world.directory.put('ada', { kind: 'present', status: 'suspended', profile: {}, devices: [] });
    await world.want(user, ada({ 'Email 1': 'ada@home.example' }));
    world.directory.configure({ beforeCall: ({ method }) => (method === 'nameDevice' ? { kind: 'unavailable' } : undefined) });
    await reconcileUser(looks.needs(), user, world.context()).catch(() => undefined);
    world.directory.configure({ beforeCall: () => undefined });
    expect(world.directory.peek('ada')).toMatchObject({ status: 'active' });
    await world.put(user, { kind: 'deleted', movedTo: next.user });
    await world.want(next, ada({}, { username: 'ada.l' }));
    const calls = new DirectoryCalls(world.needs(), await connectionOf(world, user), world.context());
    const { verdict } = await lookAtUser(lookNeeds(world, looks), await connectionOf(world, user), calls, user);
    const shown = verdict.kind === 'planned' ? verdict.plan.steps.map(({ kind }) => kind) : [verdict.kind];
    const { steps } = await reconcileUser(looks.needs(), user, world.context());
    expect(shown).toEqual(['suspend-user']);
    expect(steps.map(({ kind }) => kind)).toEqual(['activate-user', ...shown]); // also what the attempt before has done
  });
});
