import type { AccountHash, UserHash, UserIndex, UserRef } from '@tallystick/devices-domain';
import type { Redis } from '@tallystick/platform-redis';
import { type ConnectionRef, indexKey, livingKey, ownedKey, accountKey, shardOf, shards } from './keys.ts';

/** An account and the user who owns it. */
export interface OwnedAccount {
  readonly account: AccountHash;
  readonly owner: UserRef;
}

/** Users that have a record, living or deleted, and the accounts that they own: pages in the order of the hashes. */
export class RedisUserIndex implements UserIndex {
  readonly shards = shards;
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  async count(ref: ConnectionRef): Promise<number> {
    const counts = await Promise.all(shards.map((shard) => this.#redis.zCard(indexKey(ref, shard))));
    return counts.reduce((sum, n) => sum + n, 0);
  }

  /** Those who are wanted, for the shares of guards: deleted users and leavers, of whom there are more each year, must not raise a limit. */
  async living(ref: ConnectionRef): Promise<number> {
    const counts = await Promise.all(shards.map((shard) => this.#redis.zCard(livingKey(ref, shard))));
    return counts.reduce((sum, n) => sum + n, 0);
  }

  /** The datastore wants the user to have a usable account, or it does not: out of scope, disabled, gone. */
  async mark(user: UserRef, as: 'living' | 'left'): Promise<void> {
    const key = livingKey(user, shardOf(user.user));
    await (as === 'living' ? this.#redis.zAdd(key, { score: 0, value: user.user }) : this.#redis.zRem(key, user.user));
  }

  async page(
    ref: ConnectionRef,
    shard: string,
    cursor: string | undefined,
    limit: number,
  ): Promise<{ readonly users: readonly UserHash[]; readonly next?: string }> {
    const { members, next } = await this.#page(indexKey(ref, shard), cursor, limit);
    return { users: members as UserHash[], ...(next === undefined ? {} : { next }) };
  }

  /** Every user is as likely as every other: shards are drawn by their size. */
  async random(ref: ConnectionRef, count: number): Promise<readonly UserHash[]> {
    const counts = await Promise.all(shards.map((shard) => this.#redis.zCard(indexKey(ref, shard))));
    const total = counts.reduce((sum, n) => sum + n, 0);
    if (count >= total) return (await Promise.all(shards.map((shard) => this.#members(ref, shard)))).flat();
    // Places in the one line that all shards make, drawn without repetition (Floyd).
    const places = new Set<number>();
    for (let last = total - count; last < total; last += 1) {
      const place = Math.floor(Math.random() * (last + 1));
      places.add(places.has(place) ? last : place);
    }
    const drawn = await Promise.all(
      [...places].map((place) => {
        let [shard, at] = [0, place];
        while (at >= counts[shard]!) at -= counts[shard++]!;
        return this.#redis.zRange(indexKey(ref, shards[shard]!), at, at);
      }),
    );
    return [...new Set(drawn.flat())] as UserHash[];
  }

  /** As {@link page}, of accounts that users of this connection own. */
  async owned(
    ref: ConnectionRef,
    shard: string,
    cursor: string | undefined,
    limit: number,
  ): Promise<{ readonly accounts: readonly OwnedAccount[]; readonly next?: string }> {
    const { members, next } = await this.#page(ownedKey(ref, shard), cursor, limit);
    const owners = await Promise.all(members.map((account) => this.#redis.get(accountKey(account as AccountHash))));
    const accounts = members.flatMap((account, i) => {
      const [environment, connection, user] = owners[i]?.split('/') ?? [];
      if (environment !== ref.environment || connection !== ref.connection || user === undefined) return [];
      return [{ account: account as AccountHash, owner: { ...ref, user: user as UserHash } }];
    });
    return { accounts, ...(next === undefined ? {} : { next }) };
  }

  async #page(key: string, cursor: string | undefined, limit: number): Promise<{ members: string[]; next: string | undefined }> {
    const members = await this.#redis.zRange(key, cursor === undefined ? '-' : `(${cursor}`, '+', {
      BY: 'LEX',
      LIMIT: { offset: 0, count: limit },
    });
    return { members, next: members.length < limit ? undefined : members.at(-1) };
  }

  async #members(ref: ConnectionRef, shard: string): Promise<UserHash[]> {
    return (await this.#redis.zRange(indexKey(ref, shard), 0, -1)) as UserHash[];
  }
}
