import { type UserRef, userRefText } from '@tallystick/devices-domain';
import type { Redis } from '@tallystick/platform-redis';
import type { KeyRing } from '@tallystick/platform-secrets';
import { auditKeys, linesOf } from '../audit/audit-keys.ts';
import { guardBase, guardedUserKey, holdsKey } from '../guards/guard-keys.ts';
import { accountPrefix, indexKey, outcomesKey, ownedKey, recordKeys, shards, usersTag, workKey } from '../keys.ts';
import { RedisPassStore } from '../passes/redis-pass-store.ts';
import { forgetHeldScript, forgetMentionsScript, forgetOwnedScript, forgetUserScript } from './erasure.scripts.ts';

/** How many of what was there, and is no more. */
export interface ErasedOfUser {
  /** Directory accounts that were this user's for us. They are free now, at the directory nothing was changed. */
  readonly accounts: number;
  /** Holds that had a plan of them. */
  readonly holds: number;
  readonly passEntries: number;
  /** Records and outcomes of others that named them. */
  readonly mentions: number;
}

const pageSize = 500;
/** Pages at a time: others wait while a script runs. */
const shardsAtOnce = 4;
/** In place of a user's hash: no user has it. */
const nobody = '0'.repeat(32);

/**
 * Takes away what is kept of one user in a connection, but for parked records, which do not say whose they are. Can be repeated at any
 * moment. Looks at all accounts, users and results of the connection: some seconds for 200 000 users.
 */
export class RedisErasure {
  readonly #redis: Redis;
  readonly #passes: RedisPassStore;

  constructor({ redis, ring }: { readonly redis: Redis; readonly ring: KeyRing }) {
    this.#redis = redis;
    this.#passes = new RedisPassStore({ redis, ring });
  }

  /** Anything at all is kept under their name, the audit's included. */
  async known(user: UserRef): Promise<boolean> {
    const [record] = recordKeys(user);
    const { people } = auditKeys(user.environment);
    const found = await Promise.all([
      ...[record, workKey(user), outcomesKey(user), guardedUserKey(user)].map((key) => this.#redis.exists(key)),
      this.#redis.hExists(people, linesOf(user).name),
    ]);
    return found.some((one) => one === 1);
  }

  async erase(user: UserRef): Promise<ErasedOfUser> {
    const [record, waiting, index, living] = recordKeys(user);
    // First: without its work an attempt that still runs may write nothing more, here or at the directory.
    await forgetUserScript.run(this.#redis, [record, workKey(user), outcomesKey(user), waiting, index, living], [user.user]);
    const held = (await forgetHeldScript.run(
      this.#redis,
      [guardedUserKey(user), holdsKey(user)],
      [guardBase(user), user.user],
    )) as number;
    const accounts = await eachShard((shard) =>
      paged((from) =>
        forgetOwnedScript.run(this.#redis, [ownedKey(user, shard)], [accountPrefix(shard), userRefText(user), from, pageSize]),
      ),
    );
    const mentions = await eachShard((shard) =>
      paged((from) =>
        forgetMentionsScript.run(
          this.#redis,
          [indexKey(user, shard)],
          [usersTag(user, shard), user.user, nobody, from, pageSize],
        ),
      ),
    );
    return { accounts, holds: held, mentions, passEntries: await this.#passes.forget(user) };
  }

  /** Nothing connects the entries of the audit with this user any more, nor a digest with their values; the chain stays as it is. */
  async forgetName(user: UserRef): Promise<void> {
    const { name, secret } = linesOf(user);
    await this.#redis.hDel(auditKeys(user.environment).people, [name, secret]);
  }
}

async function eachShard(act: (shard: string) => Promise<number>): Promise<number> {
  let sum = 0;
  for (let from = 0; from < shards.length; from += shardsAtOnce)
    for (const n of await Promise.all(shards.slice(from, from + shardsAtOnce).map(act))) sum += n;
  return sum;
}

async function paged(page: (from: string) => Promise<unknown>): Promise<number> {
  let sum = 0;
  for (let from = '-'; from !== '';) {
    const [n, next] = (await page(from)) as [number, string];
    sum += n;
    from = next;
  }
  return sum;
}
