import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Outcome, UserRef } from '@tallystick/devices-domain';
import { ada, type CallGate, InMemoryWorld, userNumber } from '@tallystick/devices-testing';
import { reconcileUser } from './reconcile-user.ts';

const user = userNumber(1);
const [home, work, mobile] = ['ada@home.example', 'ada@work.example', '+12025550123'];
let world: InMemoryWorld;
beforeEach(() => {
  world = new InMemoryWorld();
});
const run = (who: UserRef = user, gate: CallGate = {}, attempt = 1): Promise<Outcome> =>
  reconcileUser(world.needs(gate), who, world.context(attempt));
const dies = (when: 'before' | 'after', on: string): CallGate => {
  let dead = false;
  return {
    before: (call) => {
      if (dead || (when === 'before' && call === on)) {
        dead = true;
        throw new Error('the process dies');
      }
    },
    after: (call) => {
      if (when === 'after' && call === on) {
        dead = true;
        throw new Error('the process dies');
      }
    },
  };
};
const account = new InMemoryWorld().accountOf('org', 'ada');
const devices = () => {
  const a = world.directory.peek('ada');
  return a.kind === 'present' ? a.devices.map((d) => d.nickname) : 'absent';
};

describe('a deletion whose outcome could not be published', () => {
  it.each<['before' | 'after', string]>([
    ['before', 'outcomes.publish'],
    ['after', 'store.releaseAccount'],
    ['before', 'store.finish'],
  ])('is published all the same (%s %s)', async (when, on) => {
    world.options = { ...world.options, removeAction: 'delete' };
    await world.want(user, ada({ 'Email 1': home }));
    await run();
    world.published.length = 0;
    await world.put(user, { kind: 'deleted' });
    await expect(run(user, dies(when, on))).rejects.toThrow();
    await run();
    expect(world.published).toContainEqual(
      expect.objectContaining({ kind: 'changed', steps: [expect.objectContaining({ kind: 'delete-user', result: 'done' })] }),
    );
  });
});
it('a second look at a user whose account was deleted does not say that the account was never managed', async () => {
  world.options = { ...world.options, removeAction: 'delete' };
  await world.want(user, ada({ 'Email 1': home }));
  await run();
  await world.put(user, { kind: 'deleted' });
  expect((await run()).kind).toBe('changed');
  expect(await run()).toMatchObject({ kind: 'in-sync' });
});
it('what was done for a record that was superseded before its outcome was published is in some outcome', async () => {
  await world.want(user, ada({ 'Email 1': home }));
  await expect(run(user, dies('before', 'outcomes.publish'))).rejects.toThrow();
  await world.want(user, ada({ 'Email 1': home, 'Email 2': work }));
  await run();
  expect(world.published.flatMap(({ steps }) => steps.map(({ kind }) => kind))).toContain('create-user');
});
it('a device that an interrupted pair left without its name is found after the user was disabled in between', async () => {
  await world.has({ 'Email 1': home });
  await world.want(user, ada({ 'Email 1': home, 'SMS Number 1': mobile }));
  await expect(run(user, dies('after', 'directory.pair'))).rejects.toThrow();
  await world.want(user, ada({ 'Email 1': home, 'SMS Number 1': mobile }, { enabled: false }));
  await run();
  await world.want(user, ada({ 'Email 1': home, 'SMS Number 1': mobile }));
  await run();
  expect(devices()).toEqual(['Email 1', 'SMS Number 1']);
});
it('the account of a disabled user is given up also when the answer of its deletion got lost', async () => {
  world.options = { ...world.options, removeAction: 'delete' };
  await world.want(user, ada({ 'Email 1': home }));
  await run();
  await world.want(user, ada({ 'Email 1': home }, { enabled: false }));
  await expect(run(user, dies('after', 'directory.deleteUser'))).rejects.toThrow();
  await run();
  expect(world.store.ownerOf(account)).toBeUndefined();
});
it('or the process died before giving it up', async () => {
  world.options = { ...world.options, removeAction: 'delete' };
  await world.want(user, ada({ 'Email 1': home }));
  await run();
  await world.want(user, ada({ 'Email 1': home }, { enabled: false }));
  await expect(run(user, dies('before', 'store.releaseAccount'))).rejects.toThrow();
  await run();
  expect(world.published.flatMap(({ steps }) => steps.map(({ kind }) => kind))).toContain('delete-user');
  expect(world.store.ownerOf(account)).toBeUndefined();
});
it('first sight is until a reconciliation finished, not until a refusal to plan', async () => {
  await world.has({ 'Email 1': home });
  await world.put(user, { kind: 'record', attributes: {} });
  await run();
  await world.want(user, ada({ 'Email 1': home }));
  expect((await run()).findings.map(({ kind }) => kind)).toEqual(['adoption-candidate']);
});
