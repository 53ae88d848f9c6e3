import { randomInt } from 'node:crypto';
import {
  type AccountHash,
  type Attempt,
  type Claim,
  FencedOut,
  type HandOver,
  type OpenWork,
  type Outcome,
  type ReconciliationStore,
  type SourcePosition,
  type SourceRecord,
  type UserHash,
  type UserRef,
  userRefText,
} from '@tallystick/devices-domain';
import { defineScript, type Redis } from '@tallystick/platform-redis';
import type { KeyRing } from '@tallystick/platform-secrets';
import { accountKey, outcomesKey, ownedKey, recordKey, shardOf, workKey } from './keys.ts';
import { ownerOf, successionOf } from './account-owner.ts';
import { openAttributes, openWork, sealWork } from './sealed-user.ts';

/**
 * Fences grow by a random step, up to this. A fail-over may lose the last begin: by steps of one the next attempt would get that fence again,
 * and both could write. So they would share it once in 268 million such losses, and a user may have 30 million attempts and more.
 */
const longestFenceStep = 2 ** 28;

/** How many outcomes are kept of each user. */
const mostOutcomes = 10;

// Work hash: f fence · o an attempt is open · w sealed open work · s a plan was finished once · r last outcome, until there was a list.
// Outcomes hold no personal data.
// ARGV: how much higher the fence is to be.
const beginScript = defineScript({
  name: 'begin-attempt',
  lua: `
    local open = redis.call('HGET', KEYS[1], 'o')
    redis.call('HINCRBY', KEYS[1], 'f', ARGV[1])
    redis.call('HSET', KEYS[1], 'o', '1')
    return {redis.call('HGET', KEYS[1], 'f'), open or '0', redis.call('HGET', KEYS[1], 'w') or '', redis.call('HEXISTS', KEYS[1], 's')}`,
});

const ifNewest = (lua: string): string =>
  `if redis.call('HGET', KEYS[1], 'f') ~= ARGV[1] then return 'fenced-out' end ${lua} return 'ok'`;

const saveScript = defineScript({ name: 'save-work', lua: ifNewest(`redis.call('HSET', KEYS[1], 'w', ARGV[2])`) });
const finishScript = defineScript({
  name: 'finish-attempt',
  lua: ifNewest(`
    if ARGV[3] == '' then redis.call('HDEL', KEYS[1], 'w') else redis.call('HSET', KEYS[1], 'w', ARGV[3]) end
    local before = redis.call('HGET', KEYS[1], 'r')
    if before then redis.call('LPUSH', KEYS[2], before) redis.call('HDEL', KEYS[1], 'r') end
    redis.call('LPUSH', KEYS[2], ARGV[2])
    redis.call('LTRIM', KEYS[2], 0, ${mostOutcomes - 1})
    redis.call('HSET', KEYS[1], 'o', '0')
    if ARGV[4] == '1' then redis.call('HSET', KEYS[1], 's', '1') end`),
});
const yieldScript = defineScript({ name: 'yield-attempt', lua: ifNewest(`redis.call('HSET', KEYS[1], 'o', '0')`) });

// KEYS: owner · our accounts · accounts of whoever may lose it · work of who claims. ARGV: who claims · whose account may be taken ('' for a free one
// only) · '1' when a free account may be taken · the account · the fence of who claims.
const claimScript = defineScript({
  name: 'claim-account',
  lua: `
    if redis.call('HGET', KEYS[4], 'f') ~= ARGV[5] then return {'fenced-out', ''} end
    local owner = redis.call('GET', KEYS[1])
    if owner == ARGV[1] then return {'owned', ''} end
    if not owner and ARGV[3] ~= '1' then return {'not-owned', ''} end
    if owner and owner ~= ARGV[2] then return {'owned-by-another', owner} end
    redis.call('SET', KEYS[1], ARGV[1])
    redis.call('ZREM', KEYS[3], ARGV[4])
    redis.call('ZADD', KEYS[2], 0, ARGV[4])
    if owner then return {'taken-over', owner} end
    return {'owned', ''}`,
});
// KEYS: owner of the account · accounts of the user and of the owner · work of the user and of the owner · records of the user and of the
// owner. ARGV: user · owner · account · fence of the user · versions of the user's record and of the owner's · sealed work of the user.
// Over several hash tags, as all that names an account and a user: on a cluster it is refused, and nothing changes hands.
const handOverScript = defineScript({
  name: 'hand-account-over',
  lua: `
    if redis.call('HGET', KEYS[4], 'f') ~= ARGV[4] then return 'fenced-out' end
    if ARGV[1] == ARGV[2] or redis.call('GET', KEYS[1]) ~= ARGV[2] then return 'changed' end
    if redis.call('HGET', KEYS[6], 'v') ~= ARGV[5] or redis.call('HGET', KEYS[7], 'v') ~= ARGV[6] then return 'changed' end
    if redis.call('HEXISTS', KEYS[5], 'f') == 1 then redis.call('HINCRBY', KEYS[5], 'f', 1) end
    redis.call('SET', KEYS[1], ARGV[1])
    redis.call('ZREM', KEYS[3], ARGV[3])
    redis.call('ZADD', KEYS[2], 0, ARGV[3])
    redis.call('HSET', KEYS[4], 'w', ARGV[7])
    return 'handed-over'`,
});
// KEYS: owner of the account · accounts of the user · work of the user. ARGV: user · account · fence of the user.
const releaseScript = defineScript({
  name: 'release-account',
  lua: `
    if redis.call('HGET', KEYS[3], 'f') ~= ARGV[3] then return 'fenced-out' end
    if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) redis.call('ZREM', KEYS[2], ARGV[2]) end
    return 'ok'`,
});

/** Fences, intents, outcomes and account owners in Redis; work is sealed, since it carries addresses. */
export class RedisReconciliationStore implements ReconciliationStore {
  readonly #redis: Redis;
  readonly #ring: KeyRing;

  constructor(redis: Redis, ring: KeyRing) {
    this.#redis = redis;
    this.#ring = ring;
  }

  async record(user: UserRef): Promise<SourceRecord | undefined> {
    const [version, sealed, deleted, movedTo] = await this.#redis.hmGet(recordKey(user), ['v', 'a', 'd', 'm']);
    if (!version) return undefined;
    const attributes = sealed ? openAttributes(this.#ring, sealed, user) : {};
    return {
      version: version as SourcePosition,
      attributes,
      deleted: deleted === '1',
      ...(movedTo ? { movedTo: movedTo as UserHash } : {}),
    };
  }

  async begin(user: UserRef): Promise<Attempt> {
    const step = String(randomInt(1, longestFenceStep));
    const [fence, wasOpen, sealed, finishedBefore] = (await beginScript.run(this.#redis, [workKey(user)], [step])) as [
      string,
      string,
      string,
      number,
    ];
    return {
      fence: Number(fence),
      previousMayRun: wasOpen === '1',
      work: sealed ? openWork(this.#ring, user, sealed) : undefined,
      firstSight: finishedBefore === 0,
    };
  }

  async assertMayWrite(user: UserRef, fence: number, account: AccountHash): Promise<void> {
    const [newest, owner] = await Promise.all([this.#redis.hGet(workKey(user), 'f'), this.#redis.get(accountKey(account))]);
    if (newest !== String(fence)) throw new FencedOut(`attempt ${fence} was taken over by attempt ${newest ?? 'none'}`);
    if (owner !== userRefText(user)) throw new FencedOut('the account has another owner now');
  }

  async workOf(user: UserRef): Promise<OpenWork | undefined> {
    const sealed = await this.#redis.hGet(workKey(user), 'w');
    return sealed ? openWork(this.#ring, user, sealed) : undefined;
  }

  saveWork(user: UserRef, fence: number, work: OpenWork): Promise<void> {
    return this.#asNewest(saveScript, user, fence, sealWork(this.#ring, user, work));
  }

  finish(user: UserRef, fence: number, outcome: Outcome, keep?: OpenWork): Promise<void> {
    return this.#asNewest(
      finishScript,
      user,
      fence,
      JSON.stringify(outcome),
      keep ? sealWork(this.#ring, user, keep) : '',
      withoutPlan.has(outcome.kind) ? '0' : '1',
    );
  }

  async yield(user: UserRef, fence: number): Promise<void> {
    await yieldScript.run(this.#redis, [workKey(user)], [String(fence)]);
  }

  async claimAccount(
    user: UserRef,
    fence: number,
    account: AccountHash,
    how: 'free-or-ours' | 'only-ours' = 'free-or-ours',
  ): Promise<Claim> {
    const shard = shardOf(account);
    const ours = ownedKey(user, shard);
    const claim = async (from: string): Promise<[Claim, string]> => {
      const keys = [accountKey(account), ours, ownedKey(ownerOf(from) ?? user, shard), workKey(user)];
      const args = [userRefText(user), from, how === 'free-or-ours' ? '1' : '0', account, String(fence)];
      const claimed = (await claimScript.run(this.#redis, keys, args)) as [Claim | 'fenced-out', string];
      if (claimed[0] === 'fenced-out') throw new FencedOut(`attempt ${fence} was taken over`);
      return claimed as [Claim, string];
    };
    const [result, owner] = await claim('');
    if (result !== 'owned-by-another') return result;
    const succession = await successionOf(this, owner, user);
    return succession === 'taken-over' ? (await claim(owner))[0] : succession;
  }

  async releaseAccount(user: UserRef, fence: number, account: AccountHash): Promise<void> {
    const keys = [accountKey(account), ownedKey(user, shardOf(account)), workKey(user)];
    const result = await releaseScript.run(this.#redis, keys, [userRefText(user), account, String(fence)]);
    if (result !== 'ok') throw new FencedOut(`attempt ${fence} was taken over`);
  }

  async ownerOf(account: AccountHash): Promise<UserRef | undefined> {
    const owner = await this.#redis.get(accountKey(account));
    return owner === null ? undefined : ownerOf(owner);
  }

  async handOver(user: UserRef, fence: number, from: HandOver, work: OpenWork): Promise<'handed-over' | 'changed'> {
    const { account, owner, version, ownerVersion } = from;
    const shard = shardOf(account);
    const owned = [accountKey(account), ownedKey(user, shard), ownedKey(owner, shard)];
    const keys = [...owned, workKey(user), workKey(owner), recordKey(user), recordKey(owner)];
    const [asUser, asOwner] = [userRefText(user), userRefText(owner)];
    const args = [asUser, asOwner, account, String(fence), version, ownerVersion, sealWork(this.#ring, user, work)];
    const result = await handOverScript.run(this.#redis, keys, args);
    if (result === 'fenced-out') throw new FencedOut(`attempt ${fence} was taken over`);
    return result as 'handed-over' | 'changed';
  }

  async lastOutcome(user: UserRef): Promise<Outcome | undefined> {
    return (await this.#outcomes(user, 1))[0];
  }

  outcomes(user: UserRef): Promise<readonly Outcome[]> {
    return this.#outcomes(user, mostOutcomes);
  }

  async #outcomes(user: UserRef, count: number): Promise<Outcome[]> {
    const [listed, before] = await Promise.all([
      this.#redis.lRange(outcomesKey(user), 0, count - 1),
      this.#redis.hGet(workKey(user), 'r'),
    ]);
    return (listed.length === 0 && before ? [before] : listed).map((text) => JSON.parse(text) as Outcome);
  }

  async #asNewest(script: typeof saveScript, user: UserRef, fence: number, ...values: string[]): Promise<void> {
    const result = await script.run(this.#redis, [workKey(user), outcomesKey(user)], [String(fence), ...values]);
    if (result !== 'ok') throw new FencedOut(`attempt ${fence} was taken over`);
  }
}

/** Outcomes after which the account is still as it was before we ever saw it (P46). */
const withoutPlan: ReadonlySet<Outcome['kind']> = new Set(['not-planned', 'held', 'quarantined']);
