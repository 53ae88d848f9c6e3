import { expect } from '@jest/globals';
import type { DirectoryFault, Outcome, ReconcileOptions, UserRef } from '@tallystick/devices-domain';
import { ada, type CallGate, type InMemoryWorld, userNumber } from '@tallystick/devices-testing';
import { dies } from './dying-process.fixture.ts';
import { settled as settledIn } from './hand-over.fixture.ts';
import { reconcileUser } from './reconcile-user.ts';

/** Usernames that a person of the stories may have. */
export const names = ['ada', 'ada.l', 'ada.m'];

const user = userNumber(1);

/** What stories of people with several keys, names and accounts are told in. `of`: the world of the test that runs. */
export const storiesOf = (of: () => InMemoryWorld) => {
  const peek = (username: string) => of().directory.peek(username);
  const status = (username: string) => {
    const seen = peek(username);
    return seen.kind === 'present' ? seen.status : seen.kind;
  };
  const run = (gate: CallGate = {}, who: UserRef = user): Promise<Outcome> =>
    reconcileUser(of().needs(gate), who, of().context());
  const settled = (who: UserRef = user) => settledIn(of(), who);
  return {
    run,
    settled,
    status,
    options: (more: Partial<ReconcileOptions>) => (of().options = { ...of().options, ...more }),
    /** The process dies at a call. */
    broken: async (when: 'before' | 'after', on: string): Promise<void> => {
      await expect(run(dies(when, on))).rejects.toThrow('dies');
      of().clock += 60_000;
    },
    wants: (email: string | undefined, username = 'ada', who: UserRef = user) =>
      of().want(who, ada(email === undefined ? {} : { 'Email 1': email }, { username })),
    gone: (who: UserRef = user) => of().put(who, { kind: 'deleted' }),
    moves: (who: UserRef, to: UserRef) => of().put(who, { kind: 'deleted', movedTo: to.user }),
    /** Those who are to be woken by a later sweep, woken. */
    swept: async (): Promise<void> => {
      for (const one of of().reminded.splice(0)) await settled(one);
    },
    /** Somebody makes an account by hand, with a device of their own. */
    others: (username: string, status: 'active' | 'suspended' = 'active') => {
      of().directory.put(username, { kind: 'present', status, profile: {}, devices: [] });
      of().directory.addForeignDevice(username, { type: 'iPhone', nickname: 'Theirs' });
    },
    has: (username: string) => {
      const seen = peek(username);
      return seen.kind === 'present' ? seen.devices.map(({ nickname }) => nickname) : [];
    },
    active: () => names.filter((name) => status(name) === 'active'),
    refuses: (method: string, fault: DirectoryFault) =>
      of().directory.configure({ beforeCall: (call) => (call.method === method ? fault : undefined) }),
    obeys: () => of().directory.configure({ beforeCall: () => undefined }),
  };
};
