// R43: what is done to a person is in the audit before it is done.
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { GuardLimit } from '@tallystick/devices-domain';
import { instant } from '@tallystick/kernel-core';
import { ada, InMemoryWorld, userNumber } from '@tallystick/devices-testing';
import { reconcileUser } from './reconcile-user.ts';

const user = userNumber(1);
const [home, work] = ['ada@home.example', 'ada@work.example'];
let world: InMemoryWorld;
beforeEach(() => {
  world = new InMemoryWorld();
});

const run = (attempt = 1) => reconcileUser(world.needs(), user, world.context(attempt));
/** The user has an account, with a device at home. */
const settled = async () => {
  await world.want(user, ada({ 'Email 1': home }));
  await run();
};
const writes = (): string[] => world.directory.writes.map(({ method }) => method);
const noted = () =>
  world.audit.notes.map(({ class: kind, action, result }) => [kind, action, ...(result === undefined ? [] : [result])].join(' '));

describe('R43: a plan', () => {
  it('is noted with its hash before its first write, and what became of it; the one who is in sync is not', async () => {
    await settled();
    expect(noted()).toEqual(['intent apply-plan', 'result apply-plan changed']);
    expect(world.audit.notes[0]).toMatchObject({ actor: 'temporal-worker', person: user, planId: expect.any(String) });
    await run();
    expect(noted()).toHaveLength(2);
  });

  it('is not begun while the audit can not be written, and is carried out by a later attempt', async () => {
    await settled();
    const before = writes().length;
    await world.want(user, ada({ 'Email 1': work }));
    world.audit.full = ['intent', 'urgent'];
    await expect(run()).rejects.toMatchObject({ reason: 'audit-not-writable' });
    expect(writes()).toHaveLength(before);
    world.audit.full = [];
    expect(await run(2)).toMatchObject({ kind: 'changed' });
  });

  it('that only takes away is carried out when there is no room for others: somebody who leaves is suspended', async () => {
    await settled();
    world.audit.full = ['intent'];
    await world.want(user, ada({ 'Email 1': home }, { enabled: false }));
    expect(await run()).toMatchObject({ kind: 'changed' });
    expect(noted().slice(2)).toEqual(['urgent apply-plan', 'result apply-plan changed']);
  });

  it('is noted once, however often its first write fails', async () => {
    await world.want(user, ada({ 'Email 1': home }));
    const failing = world.needs({
      before: (call) => {
        if (call === 'directory.createUser') throw new Error('cut off');
      },
    });
    for (const attempt of [1, 2, 3])
      await expect(reconcileUser(failing, user, world.context(attempt))).rejects.toThrow('cut off');
    expect(noted()).toEqual(['intent apply-plan']);
    expect(await run(4)).toMatchObject({ kind: 'changed' });
    expect(noted()).toEqual(['intent apply-plan', 'result apply-plan changed']);
  });

  it('that was done is told by the next attempt when what became of it could not be noted', async () => {
    await settled();
    await world.want(user, ada({ 'Email 1': work }));
    world.audit.full = ['result'];
    await expect(run()).rejects.toMatchObject({ reason: 'audit-not-writable' });
    const done = writes().length;
    world.audit.full = [];
    expect(await run(2)).toMatchObject({ kind: 'changed', steps: [{ kind: 'unpair' }, { kind: 'pair' }] });
    expect(writes()).toHaveLength(done);
    expect(noted().at(-1)).toBe('result apply-plan changed');
  });

  it('that another one takes the place of, after it was begun, is named by the note of that one', async () => {
    await world.want(user, ada({ 'Email 1': home }));
    const failing = world.needs({
      before: (call) => {
        if (call === 'directory.createUser') throw new Error('cut off');
      },
    });
    await expect(reconcileUser(failing, user, world.context(1))).rejects.toThrow('cut off');
    await world.want(user, ada({ 'Email 1': home, 'Email 2': work }));
    expect(await run(2)).toMatchObject({ kind: 'changed' });
    const [first, second] = world.audit.notes;
    expect(noted()).toEqual(['intent apply-plan', 'intent apply-plan', 'result apply-plan changed']);
    expect(second!.facts).toMatchObject({ follows: first!.planId });
    expect(second!.planId).not.toBe(first!.planId);
  });

  it('has one result, however often what came of it can not be published while Kafka is away', async () => {
    await settled();
    await world.want(user, ada({ 'Email 1': work }));
    const needs = world.needs();
    const away = { ...needs, publish: () => Promise.reject(new Error('Kafka is away')) };
    for (const attempt of [1, 2, 3, 4, 5, 6])
      await expect(reconcileUser(away, user, world.context(attempt))).rejects.toThrow('Kafka is away');
    expect(noted().slice(2)).toEqual(['intent apply-plan']);
    expect(await run(7)).toMatchObject({ kind: 'changed' });
    expect(noted().slice(2)).toEqual(['intent apply-plan', 'result apply-plan changed']);
  });

  it('that is held is noted before it is held, once; and when it is approved, that it is carried out', async () => {
    const none: GuardLimit = { atLeast: 0, share: 0, atMost: 0 };
    await settled();
    world.guardSettings = { ...world.guardSettings, replacements: none };
    await world.want(user, ada({ 'Email 1': work }));
    world.audit.full = ['intent'];
    await expect(run()).rejects.toMatchObject({ reason: 'audit-not-writable' });
    expect((await world.guards.list(user, undefined, 9)).holds).toEqual([]);
    world.audit.full = [];
    for (const attempt of [1, 2]) expect(await run(attempt)).toMatchObject({ kind: 'held' });
    expect(noted().slice(2)).toEqual(['intent hold-plan']);
    const { hash, id } = (await world.guards.list(user, undefined, 9)).holds[0]!;
    const approval = { kind: 'approve', hash, reason: 'looked at', by: 'grace', twoPeople: false } as const;
    await world.guards.answer(user, id, approval, instant(world.clock));
    expect(await run()).toMatchObject({ kind: 'changed' });
    expect(noted().slice(3)).toEqual(['intent apply-plan', 'result apply-plan changed']);
  });
});
