// What a fail-over may cost: the last writes that a replica had not seen are gone, and nobody may go on as if they were there.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type AccountHash,
  FencedOut,
  type Outcome,
  sourcePosition,
  type UserHash,
  type UserRef,
} from '@tallystick/devices-domain';
import { connectionId, environmentId, instant } from '@tallystick/kernel-core';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis, type Redis } from '@tallystick/platform-redis';
import { generateKeyRing, parseKeyRing } from '@tallystick/platform-secrets';
import { endpoints, uniqueName } from '@tallystick/platform-testing';
import { RedisReconciliationStore } from './index.ts';
import { workKey } from './keys.ts';

const ref = { environment: environmentId(uniqueName('env')), connection: connectionId('hr') };
const logger = createLogger({ service: 'fences-int', level: 'silent' });
const account = uniqueName('account') as AccountHash;
const work = { intent: { createdByUs: false }, done: [] };

let redis: Redis;
let store: RedisReconciliationStore;
beforeAll(async () => {
  redis = await connectRedis({ url: endpoints().redis, name: 'fences-int', logger });
  store = new RedisReconciliationStore(redis, parseKeyRing(generateKeyRing()));
});
afterAll(() => redis.close());

let users = 0;
/** The user's attempts as a replica has them that did not see what `lost` did. */
async function failOver<T>(user: UserRef, lost: () => Promise<T>): Promise<T> {
  const before = await redis.hGetAll(workKey(user));
  const answer = await lost();
  await redis.del(workKey(user));
  if (Object.keys(before).length > 0) await redis.hSet(workKey(user), before);
  return answer;
}

describe.each(['the first', 'a later'])('%s attempt whose begin was lost in a fail-over', (which) => {
  it('does not share its fence with the one that begins after it: it may do nothing more', async () => {
    const user = { ...ref, user: (users += 1).toString(16).padStart(32, '0') as UserHash };
    if (which === 'a later') await store.yield(user, (await store.begin(user)).fence);
    const lost = await failOver(user, () => store.begin(user));
    const newer = await store.begin(user);
    await store.claimAccount(user, newer.fence, account);
    const outcome: Outcome = { ...user, kind: 'in-sync', version: '1', steps: [], findings: [], at: instant(1) };
    const from = { account, owner: user, version: sourcePosition(0, '1'), ownerVersion: sourcePosition(0, '1') };
    for (const late of [
      store.assertMayWrite(user, lost.fence, account),
      store.claimAccount(user, lost.fence, account),
      store.saveWork(user, lost.fence, work),
      store.finish(user, lost.fence, outcome),
      store.handOver(user, lost.fence, from, work),
      store.releaseAccount(user, lost.fence, account),
    ])
      await expect(late).rejects.toThrow(FencedOut);
    await store.yield(user, lost.fence);
    await store.assertMayWrite(user, newer.fence, account);
    expect(await store.begin(user)).toMatchObject({ previousMayRun: true, work: undefined });
    await store.releaseAccount(user, (await store.begin(user)).fence, account);
  });
});

it('a fence stays a whole number that a process can tell from its neighbours, however many attempts there were', async () => {
  const user = { ...ref, user: (users += 1).toString(16).padStart(32, '0') as UserHash };
  await redis.hSet(workKey(user), 'f', String(2 ** 53 - 2 ** 30));
  const { fence } = await store.begin(user);
  expect(Number.isSafeInteger(fence)).toBe(true);
  await store.saveWork(user, fence, work);
  expect(await store.begin(user)).toMatchObject({ work });
});
