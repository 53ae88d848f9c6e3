import { beforeEach, describe, expect, it } from '@jest/globals';
import { type DirectoryFault, FencedOut, type Outcome, type UserRef } from '@tallystick/devices-domain';
import { ada, type CallGate, InMemoryWorld, userNumber } from '@tallystick/devices-testing';
import { connectionId } from '@tallystick/kernel-core';
import { TryAgain } from './directory-failure.ts';
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

describe('a user who is not planned', () => {
  const expectNotPlanned = (outcome: Outcome, because: Outcome['because'], who = user): void => {
    expect(outcome).toMatchObject({ ...who, kind: 'not-planned', because, steps: [], findings: [], at: world.clock });
    expect(world.published).toEqual([outcome]);
    expect(world.directory.calls).toEqual([]);
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
    expect(world.store.ownerOf(account)).toBeUndefined();
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
    expect(world.store.ownerOf(account)).toBeUndefined();
  });

  it('account-owned-by-another: who is there waits for its owner to leave for ever, and it is reported now and then', async () => {
    await world.want(rival, ada());
    await world.store.claimAccount(rival, account);
    const version = await world.want(user, ada({ 'Email 1': home }));
    for (let attempt = 1; attempt <= 130; attempt += 1) {
      const error = await thrownBy(run(user, attempt));
      expect(error).toMatchObject({ name: 'TryAgain', reason: 'account-owned-by-another' });
      expect((error as TryAgain).retryAfterMs).toBe(attempt < 8 ? undefined : 60_000);
      expect(world.published).toHaveLength(attempt < 8 ? 0 : attempt < 68 ? 1 : attempt < 128 ? 2 : 3);
    }
    expect(world.published[0]).toMatchObject({ ...user, kind: 'not-planned', because: 'account-owned-by-another', version });
    expect(world.directory.calls).toEqual([]);
    expect(world.store.ownerOf(account)).toEqual(rival);
    await world.put(rival, { kind: 'deleted' });
    expect((await run(user, 131)).kind).toBe('changed');
  });

  it('account-owned-by-another: at once when the user is gone, whose account it no longer is', async () => {
    await world.want(rival, ada());
    await world.store.claimAccount(rival, account);
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

describe('before each provider write', () => {
  it('the intent is durable and the right to write is checked, in this order; the attempt beats before and after the call', async () => {
    await world.has({ 'Email 1': home });
    await world.want(user, ada({ 'Email 1': work, 'SMS Number 1': '+12025550123' }, { profile: { firstName: 'Ada' } }));
    const { calls, gate } = logged();
    await run(user, 1, gate);
    const writes = calls.flatMap((call, i) => (call.startsWith('directory.') && call !== 'directory.observe' ? [i] : []));
    expect(writes).toHaveLength(6);
    for (const i of writes) expect(calls.slice(i - 2, i)).toEqual(['store.saveWork', 'store.assertMayWrite']);
    expect(world.beats).toBe(1 + 2 * 6);
    expect(calls.slice(-3)).toEqual(['store.saveWork', 'outcomes.publish', 'store.finish']);
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
    await world.put(rival, { kind: 'deleted' });
    await world.want(user, ada({ 'Email 1': home }));
    expect((await run()).kind).toBe('changed');
    expect(world.pauses).toEqual([takeOverMs]);
    expect(world.store.ownerOf(account)).toEqual(user);
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
        void world.put(user, { kind: 'deleted' }).then(() => world.store.claimAccount(rival, account));
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
    [{ kind: 'credentials-refused' }, 'directory-credentials-refused', 60_000],
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
    expect(waits).toMatchObject({ reason: 'waiting-for-visibility', retryAfterMs: world.visibilityWindowMs + world.callTimeoutMs - takeOverMs });
    world.clock += 25_000;
    const outcome = await run();
    expect(outcome.steps.map(({ kind, slot, reason }) => [kind, slot, reason])).toEqual([
      ['name-device', 'SMS Number 1', 'pair-unfinished'],
    ]);
    expect(world.directory.writes.filter(({ method }) => method === 'pair')).toHaveLength(1);
  });
});

describe('an account that was deleted', () => {
  it('is given up, so that another user may have it; one that is only suspended is not', async () => {
    for (const removeAction of ['disable', 'delete'] as const) {
      world = new InMemoryWorld();
      world.options = { ...world.options, removeAction };
      await world.has({ 'Email 1': home });
      await world.want(user, ada({ 'Email 1': home }));
      await run();
      await world.want(user, ada({ 'Email 1': home }, { enabled: false }));
      expect((await run()).kind).toBe('changed');
      expect(world.store.ownerOf(account)).toEqual(removeAction === 'delete' ? undefined : user);
    }
  });
});
