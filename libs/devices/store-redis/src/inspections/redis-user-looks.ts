import {
  type AccountHash,
  type OpenWork,
  type Outcome,
  type SourceRecord,
  type UserRef,
  userRefText,
} from '@tallystick/devices-domain';
import { connectionId, environmentId } from '@tallystick/kernel-core';
import type { Redis } from '@tallystick/platform-redis';
import { type KeyRing, open } from '@tallystick/platform-secrets';
import type { UserHash } from '@tallystick/devices-domain';
import { accountKey, recordKey, sealedAs, workKey } from '../keys.ts';
import { RedisReconciliationStore } from '../redis-reconciliation-store.ts';

/** As for a claim: a key that moved more often than this without a rest is no key change any more. */
const longestChain = 16;

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
      ...(sealed && { work: this.#openWork(user, sealed) }),
      underWay: underWay === '1',
      firstSight: !planned,
    };
  }

  async pending(user: UserRef): Promise<boolean> {
    return (await this.#redis.hExists(recordKey(user), 'p')) === 1;
  }

  /** What `claimAccount` would find. */
  async ownerOf(user: UserRef, account: AccountHash): Promise<'this-user' | 'nobody' | 'left-to-this-user' | 'another-user'> {
    const owner = await this.#redis.get(accountKey(account));
    if (owner === null) return 'nobody';
    if (owner === userRefText(user)) return 'this-user';
    return (await this.#hasLeftTo(owner, user)) ? 'left-to-this-user' : 'another-user';
  }

  /** Whether the owner is gone from the datastore: for good, or over however many keys to this user (R23). */
  async #hasLeftTo(owner: string, user: UserRef): Promise<boolean> {
    const [environment, connection, hash] = owner.split('/');
    if (environment === undefined || connection === undefined || hash === undefined) return false;
    const ref = { environment: environmentId(environment), connection: connectionId(connection) };
    let at = hash as UserHash;
    for (let moves = 0; moves < longestChain; moves += 1) {
      const record = await this.record({ ...ref, user: at });
      if (record?.deleted !== true) return false;
      if (record.movedTo === undefined || record.movedTo === user.user) return true;
      at = record.movedTo;
    }
    return false;
  }

  #openWork(user: UserRef, sealed: string): OpenWork {
    const opened = open(this.#ring, sealed, sealedAs('work', user));
    if (!opened.ok)
      throw new Error(
        `the open work of user ${user.user} can't be opened (${opened.error}): is its sealing key still in the key ring?`,
      );
    return JSON.parse(opened.value) as OpenWork;
  }
}
