import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { noChanges, type PlanHash, type UserHash } from '@tallystick/devices-domain';
import {
  redisAuditOutbox,
  RedisAuditTrail,
  RedisChangeLedger,
  RedisGuardStore,
  RedisSourceRecordStore,
} from '@tallystick/devices-store-redis';
import { connectionId, environmentId, instant } from '@tallystick/kernel-core';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis, type Redis } from '@tallystick/platform-redis';
import { generateKeyRing, parseKeyRing } from '@tallystick/platform-secrets';
import { endpoints, eventually, uniqueName } from '@tallystick/platform-testing';
import { Audit } from '../audit/audit.ts';
import { HoldsApi, type HoldsNeeds } from './holds-api.ts';

const logger = createLogger({ service: 'holds-int', level: 'silent' });
const ring = parseKeyRing(generateKeyRing());
const environment = environmentId(uniqueName('env'));
const ref = { environment, connection: connectionId('people') };
const clients: Redis[] = [];
let redis: Redis;
const connected = async (): Promise<Redis> => {
  const client = await connectRedis({ url: endpoints().redis, name: 'holds-int', logger });
  clients.push(client);
  return client;
};
beforeAll(async () => {
  redis = await connected();
});
afterAll(() => Promise.all(clients.map((client) => client.close())));

const start = instant(1_800_000_000_000);
let time = start;
const now = () => time;

/** A process of the service, as far as it looks after holds. */
const instance = async (wake: HoldsNeeds['wake']): Promise<HoldsApi> => {
  const own = await connected();
  const trail = new RedisAuditTrail({ redis: own, now, writer: randomUUID(), onFault: () => undefined });
  const ledger = new RedisChangeLedger({ redis: own, ring, digest: (text) => text });
  const records = new RedisSourceRecordStore(own, ring);
  return new HoldsApi({
    ...{ connections: {} as never, passes: {} as never, logger, now, wake },
    audit: new Audit({ trail, ledger, logger, newRun: randomUUID }),
    guards: new RedisGuardStore({ redis: own, ring, clock: now }),
    remind: (user) => records.remind(user),
  });
};

it('a hold that expires while Temporal does not answer is noted once, however many look and however often, and has an intent’s room', async () => {
  const guards = new RedisGuardStore({ redis, ring, clock: now });
  const plan = { planHash: 'p' as PlanHash, counts: { ...noChanges, deletions: 1 }, plan: { steps: [], findings: [] } };
  const user = { ...ref, user: 'a'.repeat(32) as UserHash };
  const id = await guards.hold(user, plan, { because: 'too-many-deletions', holdHours: 1 });
  let giveUp = (): void => undefined;
  const temporal = new Promise<void>((_, reject) => {
    giveUp = () => reject(new Error('Temporal is away'));
  });
  let asked = 0;
  const wake = () => ((asked += 1), temporal);
  const instances = [await instance(wake), await instance(wake)];
  const looks: Promise<unknown>[] = [];
  time = instant(start + 3_600_000);
  for (let minute = 1; minute <= 3; minute += 1) {
    const before = asked;
    looks.push(...instances.map((one) => one.wakeExpired(ref)));
    await eventually(() => asked > before, { withinMs: 10_000, what: 'its user is woken' });
    time = instant(time + 60_000);
  }
  giveUp();
  await Promise.all(looks);
  const entries = (await redisAuditOutbox(redis).read(environment, 100)).map(({ text }) => JSON.parse(text) as object);
  expect(entries).toEqual([
    expect.objectContaining({
      action: 'expire-hold',
      subject: id,
      result: 'expired',
      facts: expect.objectContaining({ class: 'intent' }),
    }),
  ]);
  expect(await guards.expired(ref, 10)).toEqual([]);
}, 60_000);
