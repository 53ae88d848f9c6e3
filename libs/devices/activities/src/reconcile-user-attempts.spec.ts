import { beforeEach, describe, expect, it } from '@jest/globals';
import { type DirectoryFault, FencedOut, type Outcome, type UserRef } from '@tallystick/devices-domain';
import { ada, type CallGate, InMemoryWorld, userNumber, claimed } from '@tallystick/devices-testing';
import { reconcileUser } from './reconcile-user.ts';

const user = userNumber(1);
const rival = userNumber(2);
const [home, work] = ['ada@home.example', 'ada@work.example'];
const takeOverMs = 5_250;

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
/** Everything that an attempt calls, in order. */
const logged = (): { readonly calls: string[]; readonly gate: CallGate } => {
  const calls: string[] = [];
  return { calls, gate: { before: (call) => void calls.push(call) } };
};

describe('before each provider write', () => {
  it('the intent is durable, the budget charged and the right to write checked, in this order; the attempt beats before and after the call', async () => {
    await world.has({ 'Email 1': home });
    await world.want(user, ada({ 'Email 1': work, 'SMS Number 1': '+12025550123' }, { profile: { firstName: 'Ada' } }));
    const { calls, gate } = logged();
    await run(user, 1, gate);
    const writes = calls.flatMap((call, i) => (call.startsWith('directory.') && call !== 'directory.observe' ? [i] : []));
    expect(writes).toHaveLength(6);
    const order = ['store.saveWork', 'budget.acquire', 'store.assertMayWrite'];
    for (const i of writes) expect([...calls.slice(i - 3, i), calls[i + 1]]).toEqual([...order, 'budget.done']);
    expect(world.beats).toBe(2 * (1 + 6));
    expect(calls.slice(-4)).toEqual(['store.saveWork', 'outcomes.publish', 'audit.note', 'store.finish']);
  });

  it.each(['store.begin', 'store.record', 'store.claimAccount', 'store.saveWork', 'store.assertMayWrite'])(
    'a store that can not answer %s is met: the provider is not called then',
    async (away) => {
      await world.want(user, ada({ 'Email 1': home }));
      const gate: CallGate = {
        before: (call) => {
          if (call === away) throw new Error('the store is away');
        },
      };
      await expect(run(user, 1, gate)).rejects.toThrow('the store is away');
      expect(world.directory.writes).toEqual([]);
    },
  );

  it('the pair that is about to be made is in the open work, with the ids of the devices before it', async () => {
    const { 'Email 1': before } = await world.has({ 'Email 1': home });
    await world.want(user, ada({ 'Email 1': home, 'Email 2': work }));
    const gate: CallGate = {
      before: (call) => {
        if (call === 'directory.pair') throw new Error('the process dies');
      },
    };
    await expect(run(user, 1, gate)).rejects.toThrow('the process dies');
    const openPair = { slot: 'Email 2', address: { kind: 'email', address: work }, idsBefore: [before], openedAt: world.clock };
    expect((await world.store.begin(user)).work?.intent.openPair).toEqual(openPair);
  });
});

describe('a successor', () => {
  const dies: CallGate = {
    before: (call) => {
      if (call === 'directory.pair' || call === 'store.yield') throw new Error('the process dies');
    },
  };

  it('waits the call time-out and a margin before its first call when the attempt before may still run', async () => {
    await world.want(user, ada({ 'Email 1': home }));
    await expect(run(user, 1, dies)).rejects.toThrow('the process dies');
    const before = world.directory.calls.length;
    const context = world.context(2);
    await reconcileUser(world.needs(), user, {
      ...context,
      pause: (ms) => {
        expect(world.directory.calls).toHaveLength(before);
        world.clock += world.openPairMs;
        return context.pause(ms);
      },
    });
    expect(world.pauses).toEqual([takeOverMs]);
  });

  it('does not wait when the one before has made no write, and said so', async () => {
    await world.want(user, ada({ 'Email 1': home }));
    let asked = 0;
    world.directory.configure({ beforeCall: () => (asked++ === 0 ? { kind: 'unavailable' } : undefined) });
    await thrownBy(run());
    expect((await run()).kind).toBe('changed');
    expect(world.pauses).toEqual([]);
  });

  it('that takes an account over waits for the calls of its owner', async () => {
    await world.want(rival, ada());
    await run(rival);
    await world.put(rival, { kind: 'deleted', movedTo: user.user });
    await world.want(user, ada({ 'Email 1': home }));
    expect((await run()).kind).toBe('changed');
    expect(world.pauses).toEqual([takeOverMs]);
    expect(await world.store.ownerOf(account)).toEqual(user);
  });
});

describe('an attempt that was taken over', () => {
  it.each(['directory.createUser', 'directory.pair', 'directory.nameDevice'])(
    'while %s was under way makes no other provider call, and says nothing',
    async (during) => {
      await world.want(user, ada({ 'Email 1': home, 'Email 2': work }));
      const { calls, gate } = logged();
      let begun = false;
      const overtaken: CallGate = {
        before: (call) => {
          gate.before?.(call);
          if (call === during && !begun) void world.store.begin(user);
          begun ||= call === during;
        },
      };
      expect(await thrownBy(run(user, 1, overtaken))).toBeInstanceOf(FencedOut);
      expect(calls.filter((call) => call.startsWith('directory.')).at(-1)).toBe(during);
      expect(world.published).toEqual([]);
    },
  );

  it('by another owner of the account makes no other provider call either', async () => {
    await world.want(user, ada({ 'Email 1': home }));
    const { calls, gate } = logged();
    const robbed: CallGate = {
      before: (call) => {
        gate.before?.(call);
        if (call !== 'directory.createUser') return;
        void world.put(user, { kind: 'deleted', movedTo: rival.user }).then(() => claimed(world.store, rival, account));
      },
    };
    expect(await thrownBy(run(user, 1, robbed))).toBeInstanceOf(FencedOut);
    expect(calls.filter((call) => call.startsWith('directory.')).at(-1)).toBe('directory.createUser');
  });
});

describe('an attempt that is cancelled', () => {
  it('makes no other provider write, and leaves what it was about to do to the next one', async () => {
    await world.want(user, ada({ 'Email 1': home, 'Email 2': work }));
    const cancelled = () => world.directory.writes.length >= 3;
    const error = await thrownBy(reconcileUser(world.needs(), user, { ...world.context(), cancelled }));
    expect(error).toMatchObject({ name: 'TryAgain', reason: 'attempt-cancelled' });
    expect(world.directory.writes.map(({ method }) => method)).toEqual(['createUser', 'pair', 'nameDevice']);
    world.clock += world.openPairMs;
    const outcome = await run();
    expect(outcome.steps.map(({ kind, slot }) => [kind, slot])).toEqual([
      ['create-user', undefined],
      ['pair', 'Email 1'],
      ['pair', 'Email 2'],
    ]);
  });
});

describe('a look at the account', () => {
  it.each<[DirectoryFault, string, number | undefined]>([
    [{ kind: 'unavailable' }, 'directory-unavailable', undefined],
    [{ kind: 'unavailable', retryAfterMs: 9_000 }, 'directory-unavailable', 9_000],
    [{ kind: 'device-limit' }, 'directory-unavailable', 60_000],
    [{ kind: 'address-refused' }, 'directory-unavailable', 60_000],
    [{ kind: 'not-found' }, 'directory-unavailable', 60_000],
    [{ kind: 'already-exists' }, 'directory-unavailable', 60_000],
    [{ kind: 'status-conflict' }, 'directory-unavailable', 60_000],
    [{ kind: 'refused', code: '1' }, 'directory-unavailable', 60_000],
  ])('that is answered %j is tried again', async (fault, reason, retryAfterMs) => {
    await world.want(user, ada({ 'Email 1': home }));
    world.directory.configure({ beforeCall: () => fault });
    expect(await thrownBy(run())).toMatchObject({ name: 'TryAgain', reason, retryAfterMs });
    expect(world.directory.writes).toEqual([]);
  });

  it('R30: that does not show the device of an open pair yet is repeated when it must be visible, and no second pair is made', async () => {
    await world.has({ 'Email 1': home });
    await world.want(user, ada({ 'Email 1': home, 'SMS Number 1': '+12025550123' }));
    let lost = false;
    world.directory.configure({
      visibilityDelayMs: 20_000,
      afterCall: ({ method }) => {
        if (method !== 'pair' || lost) return undefined;
        lost = true;
        return { kind: 'unavailable' };
      },
    });
    await thrownBy(run());
    const waits = await thrownBy(run());
    expect(waits).toMatchObject({
      reason: 'waiting-for-visibility',
      retryAfterMs: world.visibilityWindowMs + world.callTimeoutMs - takeOverMs,
    });
    world.clock += 25_000;
    const outcome = await run();
    expect(outcome.steps.map(({ kind, slot, reason }) => [kind, slot, reason])).toEqual([
      ['name-device', 'SMS Number 1', 'pair-unfinished'],
    ]);
    expect(world.directory.writes.filter(({ method }) => method === 'pair')).toHaveLength(1);
  });
});

describe('an account that was deleted', () => {
  it('P31: was created before its devices were paired, and is deleted by its username', async () => {
    world.options = { ...world.options, removeAction: 'delete' };
    await world.want(user, ada({ 'Email 1': home }));
    await run();
    expect(world.directory.writes.map(({ method }) => method)).toEqual(['createUser', 'pair', 'nameDevice']);
    await world.put(user, { kind: 'deleted' });
    await run();
    expect(world.directory.writes.slice(3)).toEqual([expect.objectContaining({ method: 'deleteUser', username: 'ada' })]);
  });

  it('is given up, so that another user may have it; one that is only suspended is not', async () => {
    for (const removeAction of ['disable', 'delete'] as const) {
      world = new InMemoryWorld();
      world.options = { ...world.options, removeAction };
      await world.has({ 'Email 1': home });
      await world.want(user, ada({ 'Email 1': home }));
      await run();
      await world.want(user, ada({ 'Email 1': home }, { enabled: false }));
      expect((await run()).kind).toBe('changed');
      expect(await world.store.ownerOf(account)).toEqual(removeAction === 'delete' ? undefined : user);
    }
  });
});
