// When the guards are asked, and what an earlier grant still covers.
import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  type ChangeCounts,
  type DeviceId,
  type GrantedPlan,
  type GuardLimit,
  neverLessOptions,
  noChanges,
  type Plan,
  type PlanHash,
  type Step,
} from '@tallystick/devices-domain';
import { ada, InMemoryWorld, userNumber } from '@tallystick/devices-testing';
import { instant } from '@tallystick/kernel-core';
import { PlanGuard } from './plan-guard.ts';
import { reconcileUser } from './reconcile-user.ts';

const user = userNumber(1);
const [home, work] = ['ada@home.example', 'ada@work.example'];
const upTo = (atLeast: number): GuardLimit => ({ atLeast, share: 0, atMost: atLeast });

let world: InMemoryWorld;
beforeEach(() => {
  world = new InMemoryWorld();
});

const run = () => reconcileUser(world.needs(), user, world.context());
const methods = (): string[] => world.directory.writes.map(({ method }) => method);
const another = (counts: Partial<ChangeCounts>) =>
  world.guards.reserve(
    userNumber(2),
    'p' as PlanHash,
    { ...noChanges, ...counts },
    { settings: world.guardSettings, users: world.users },
    instant(world.clock),
  );

describe('a plan that takes something (R25)', () => {
  it.each([
    ['replacements', 'too-many-replacements', ada({ 'Email 1': work })],
    ['removals', 'too-many-removals', ada({})],
    ['suspensions', 'too-many-suspensions', ada({ 'Email 1': home }, { enabled: false })],
  ] as const)('is held where no %s are let through, and nothing is written', async (kind, because, desired) => {
    world.guardSettings = { ...world.guardSettings, [kind]: upTo(0) };
    world.options = { ...world.options, onCleared: 'remove', allowStripToZero: true };
    await world.has({ 'Email 1': home });
    await world.want(user, desired);
    expect([await run(), methods()]).toMatchObject([{ kind: 'held', because }, []]);
  });

  it('and must wait for a person anyway does not use up what others may', async () => {
    world = new InMemoryWorld({ deviceLimit: 1 });
    world.options = neverLessOptions;
    world.guardSettings = { ...world.guardSettings, replacements: upTo(1) };
    world.limits.refusedAt('model/org', 1, instant(world.clock));
    await world.has({ 'Email 1': home });
    await world.want(user, ada({ 'Email 1': work }));
    expect(await run()).toMatchObject({ kind: 'held', because: 'no-headroom' });
    expect(await another({ replacements: 1 })).toEqual({ kind: 'granted' });
  });

  it('stays counted when its write was begun and nobody knows what came of it', async () => {
    world.guardSettings = { ...world.guardSettings, suspensions: upTo(1) };
    await world.has({ 'Email 1': home });
    await world.want(user, ada({ 'Email 1': home }, { enabled: false }));
    const lost = (call: string): void => {
      if (call === 'directory.suspendUser') throw new Error('the answer is lost');
    };
    await expect(reconcileUser(world.needs({ after: lost }), user, world.context())).rejects.toThrow('lost');
    expect(await another({ suspensions: 1 })).toMatchObject({ kind: 'exceeded' });
  });
});

describe('what was granted before a crash (R26)', () => {
  const [one, two] = ['d1', 'd2'] as DeviceId[] as [DeviceId, DeviceId];
  const unpair = (deviceId: DeviceId): Step => ({ kind: 'unpair', deviceId, reason: 'not-managed' });
  const suspend: Step = { kind: 'suspend-user', reason: 'disabled-in-datastore' };
  const remove: Step = { kind: 'delete-user', reason: 'gone-from-datastore' };
  const granted: GrantedPlan = { connectionVersion: 1, recordVersion: 'v1', unpairs: [one], account: 'suspend-user', needs: [] };
  const ask = async (steps: readonly Step[], before: Partial<GrantedPlan> = {}, needs?: Plan['needs']): Promise<string> => {
    const none = upTo(0);
    world.guardSettings = { ...world.guardSettings, deletions: none, suspensions: none, removals: none };
    const connection = (await world.needs().connectionOf(user))!;
    const guard = new PlanGuard(world.needs(), connection, user, 'v1');
    const plan = { steps, findings: [], ...(needs && { needs }) };
    const intent = { createdByUs: false, granted: { ...granted, ...before } };
    return (await guard.ask(plan, { kind: 'absent' }, intent)).kind;
  };

  it('is granted still, whole or in part', async () => {
    expect([await ask([unpair(one), suspend]), await ask([suspend]), await ask([unpair(one)])]).toEqual(['go', 'go', 'go']);
  });

  it.each([
    ['another device', [unpair(one), unpair(two)], {}],
    ['a suspension of the account', [suspend], { account: undefined }],
    ['a deletion in place of a suspension', [remove], {}],
    ['a newer record', [suspend], { recordVersion: 'v0' }],
    ['a newer document of the connection', [suspend], { connectionVersion: 0 }],
  ] as [string, Step[], Partial<GrantedPlan>][])('does not cover %s', async (_, steps, before) => {
    expect(await ask(steps, before)).toBe('held');
  });

  it('does not cover what only a person may allow', async () => {
    expect(await ask([unpair(one)], {}, ['last-working-factor'])).toBe('held');
  });
});

it('P20, A13: a new username is a new account, and not the one that was managed and is missing', async () => {
  world.options = { ...neverLessOptions, usernameChange: 'report' };
  await world.has({ 'Email 1': home });
  await world.want(user, ada({ 'Email 1': home }));
  await run();
  await world.want(user, ada({ 'Email 1': home }, { username: 'lovelace' }));
  expect((await run()).kind).toBe('changed');
  expect(world.directory.peek('lovelace')).toMatchObject({ kind: 'present', status: 'active' });
});
