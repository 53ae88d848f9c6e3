import {
  type AccountHash,
  type OpenWork,
  type Outcome,
  type SourceRecord,
  type UserRef,
  userRefText,
} from '@tallystick/devices-domain';
import type { Redis } from '@tallystick/platform-redis';
import type { KeyRing } from '@tallystick/platform-secrets';
import { successionOf } from '../account-owner.ts';
import { accountKey, recordKey, workKey } from '../keys.ts';
import { RedisReconciliationStore } from '../redis-reconciliation-store.ts';
import { openWork } from '../sealed-user.ts';

/** What the stores know of users, to look at: fits `UserLooks` of the activities. It only reads. */
export class RedisUserLooks {
  readonly #redis: Redis;
  readonly #ring: KeyRing;
  readonly #store: RedisReconciliationStore;

  constructor(redis: Redis, ring: KeyRing) {
    this.#redis = redis;
    this.#ring = ring;
    this.#store = new RedisReconciliationStore(redis, ring);
  }

  record(user: UserRef): Promise<SourceRecord | undefined> {
    return this.#store.record(user);
  }

  outcomes(user: UserRef): Promise<readonly Outcome[]> {
    return this.#store.outcomes(user);
  }

  /** What `begin` would give, without beginning. */
  async memory(user: UserRef): Promise<{ readonly work?: OpenWork; readonly underWay: boolean; readonly firstSight: boolean }> {
    const [underWay, sealed, planned] = await this.#redis.hmGet(workKey(user), ['o', 'w', 's']);
    return {
      ...(sealed && { work: openWork(this.#ring, user, sealed) }),
      underWay: underWay === '1',
      firstSight: !planned,
    };
  }

  async pending(user: UserRef): Promise<boolean> {
    return (await this.#redis.hExists(recordKey(user), 'p')) === 1;
  }

  holderOf(account: AccountHash): Promise<UserRef | undefined> {
    return this.#store.ownerOf(account);
  }

  /** What `claimAccount` would find. */
  async ownerOf(
    user: UserRef,
    account: AccountHash,
  ): Promise<'this-user' | 'nobody' | 'left-to-this-user' | 'left' | 'another-user'> {
    const owner = await this.#redis.get(accountKey(account));
    if (owner === null) return 'nobody';
    if (owner === userRefText(user)) return 'this-user';
    return owners[await successionOf(this, owner, user)];
  }
}

const owners = { 'taken-over': 'left-to-this-user', left: 'left', 'owned-by-another': 'another-user' } as const;
