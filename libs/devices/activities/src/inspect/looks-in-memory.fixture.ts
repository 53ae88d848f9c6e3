import { type InMemoryWorld } from '@tallystick/devices-testing';
import { longestKeyChain, type OpenWork, type UserRef, userRefText } from '@tallystick/devices-domain';
import { createHash } from 'node:crypto';
import type { AccountOwner, ExplainedConnection, LookNeeds, UserLooks } from './look-needs.ts';

/**
 * What a look reads of an {@link InMemoryWorld}. The world's store hides its memory of users, so `needs` follows what attempts do to it:
 * its stores are to be used for every attempt.
 */
export class LooksInMemory implements UserLooks {
  readonly #world: InMemoryWorld;
  readonly #memory = new Map<string, { work?: OpenWork; underWay: boolean; firstSight: boolean }>();

  constructor(world: InMemoryWorld) {
    this.#world = world;
  }

  /** The world's needs, watched. */
  needs(): ReturnType<InMemoryWorld['needs']> {
    const needs = this.#world.needs();
    const { store } = this.#world;
    const of = (user: UserRef) => {
      const key = userRefText(user);
      if (!this.#memory.has(key)) this.#memory.set(key, { underWay: false, firstSight: true });
      return this.#memory.get(key)!;
    };
    const watched: typeof needs.store = {
      record: (user) => store.record(user),
      begin: (user) => {
        of(user).underWay = true;
        return store.begin(user);
      },
      assertMayWrite: (...args) => store.assertMayWrite(...args),
      saveWork: async (user, fence, work) => {
        await store.saveWork(user, fence, work);
        of(user).work = structuredClone(work);
      },
      workOf: (user) => store.workOf(user),
      finish: async (user, fence, outcome, keep) => {
        await store.finish(user, fence, outcome, keep);
        const memory = of(user);
        delete memory.work;
        if (keep) memory.work = structuredClone(keep);
        memory.underWay = false;
        memory.firstSight &&= outcome.kind === 'not-planned';
      },
      yield: async (user, fence) => {
        await store.yield(user, fence);
        of(user).underWay = false;
      },
      claimAccount: (...args) => store.claimAccount(...args),
      releaseAccount: (...args) => store.releaseAccount(...args),
      ownerOf: (account) => store.ownerOf(account),
      handOver: async (user, fence, from, work) => {
        const result = await store.handOver(user, fence, from, work);
        if (result === 'handed-over') of(user).work = structuredClone(work);
        return result;
      },
      lastOutcome: (user) => store.lastOutcome(user),
      outcomes: (user) => store.outcomes(user),
    };
    return { ...needs, store: watched };
  }

  record(user: UserRef) {
    return this.#world.store.record(user);
  }

  memory(user: UserRef) {
    return Promise.resolve(structuredClone(this.#memory.get(userRefText(user)) ?? { underWay: false, firstSight: true }));
  }

  outcomes(user: UserRef) {
    return this.#world.store.outcomes(user);
  }

  holderOf(account: Parameters<UserLooks['holderOf']>[0]) {
    return this.#world.store.ownerOf(account);
  }

  async pending(user: UserRef): Promise<boolean> {
    for await (const one of this.#world.records.pending(user)) if (one.user.user === user.user) return true;
    return false;
  }

  async ownerOf(user: UserRef, account: Parameters<UserLooks['ownerOf']>[1]): Promise<AccountOwner> {
    const owner = await this.#world.store.ownerOf(account);
    if (!owner) return 'nobody';
    if (owner.user === user.user) return 'this-user';
    for (let at = owner.user, moves = 0; moves < longestKeyChain; moves += 1) {
      const record = await this.record({ ...owner, user: at });
      if (record?.deleted !== true) return 'another-user';
      if (record.movedTo === undefined) return 'left';
      if (record.movedTo === user.user) return 'left-to-this-user';
      at = record.movedTo;
    }
    return 'another-user';
  }
}

/** What a look needs, over the world's directory and budget. Plans are named by a hash, as in production. */
export function lookNeeds(world: InMemoryWorld, looks: LooksInMemory): LookNeeds {
  const { accountOf, isRemoved, budget, limits, directoryChanged, now } = world.needs();
  return { looks, accountOf, isRemoved, budget, limits, directoryChanged, now, hashPlan };
}

export const hashPlan = (text: string) => createHash('sha256').update(text).digest('hex') as ReturnType<LookNeeds['hashPlan']>;

export async function connectionOf(world: InMemoryWorld, user: UserRef): Promise<ExplainedConnection> {
  const connection = await world.needs().connectionOf(user);
  if (!connection) throw new Error('the world has one connection');
  return { ...connection, trace: () => [{ target: 'userName', result: 'value', value: 'ada' }] };
}

/** A copy whose every method but these throws: what is called is what was allowed. */
export const onlyReads = <T extends object>(target: T, reads: readonly (keyof T)[]): T =>
  new Proxy(target, {
    get: (_, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return reads.includes(name as keyof T)
        ? (value.bind(target) as unknown)
        : () => {
            throw new Error(`${String(name)} was called by who may only look`);
          };
    },
  });
