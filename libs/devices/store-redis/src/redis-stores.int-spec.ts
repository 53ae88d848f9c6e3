import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type AccountHash,
  type OpenWork,
  type Outcome,
  sourcePosition,
  type UserHash,
  type UserRef,
  UserUnreadable,
} from '@tallystick/devices-domain';
import { reconciliationStoreConformance, sourceRecordStoreConformance, type StoresUnderTest } from '@tallystick/devices-testing';
import { connectionId, environmentId, instant } from '@tallystick/kernel-core';
import { createLogger } from '@tallystick/platform-observability';
import { connectRedis, enterLayout, migrateLayout, type Redis } from '@tallystick/platform-redis';
import { generateKeyRing, type KeyRing, parseKeyRing } from '@tallystick/platform-secrets';
import { endpoints, OwnRedis, uniqueName } from '@tallystick/platform-testing';
import { createIdentities, devicesLayout, RedisReconciliationStore, RedisSourceRecordStore, RedisUserIndex } from './index.ts';

const logger = createLogger({ service: 'store-redis-int', level: 'silent' });
const connect = (): Promise<Redis> => connectRedis({ url: endpoints().redis, name: 'store-redis-int', logger });

async function make(): Promise<StoresUnderTest> {
  const ring = parseKeyRing(generateKeyRing());
  const [redis, another] = await Promise.all([connect(), connect()]);
  return {
    environment: environmentId(uniqueName('env')),
    records: new RedisSourceRecordStore(redis, ring),
    otherRecords: new RedisSourceRecordStore(another, ring),
    reconciliations: new RedisReconciliationStore(redis, ring),
    otherReconciliations: new RedisReconciliationStore(another, ring),
    users: new RedisUserIndex(redis),
    close: async () => void (await Promise.all([redis.close(), another.close()])),
  };
}

describe('the source records in Redis', () => sourceRecordStoreConformance(make));
describe('the reconciliation store in Redis', () => reconciliationStoreConformance(make));

describe('what lies in Redis', () => {
  const phone = '+12025550123';
  const ring = parseKeyRing(generateKeyRing());
  const identities = createIdentities(parseKeyRing(generateKeyRing()));
  const environment = environmentId(uniqueName('env'));
  const version = sourcePosition(0, '1'.padStart(20, '0'));
  const newer = sourcePosition(0, '2'.padStart(20, '0'));
  const work: OpenWork = {
    intent: {
      createdByUs: false,
      openPair: { slot: 'SMS Number 1', address: { kind: 'sms', number: phone }, idsBefore: [], openedAt: instant(1) },
    },
    done: [],
  };
  let redis: Redis;
  let users = 0;
  const newUser = (): UserRef => identities.userOf(environment, connectionId('hr'), `ada.lovelace-${(users += 1)}`);
  const stores = (keys: KeyRing = ring) => ({
    records: new RedisSourceRecordStore(redis, keys),
    reconciliations: new RedisReconciliationStore(redis, keys),
  });
  beforeAll(async () => {
    redis = await connect();
  });
  afterAll(() => redis.close());

  /** Everything that names the user or belongs to them, keys included, as one text. */
  async function rawTextOf(...names: string[]): Promise<string> {
    const raw: string[] = [];
    for (const name of names) {
      for await (const keys of redis.scanIterator({ MATCH: `*${name}*`, COUNT: 1000 })) {
        for (const key of keys) {
          const type = await redis.type(key);
          const value =
            type === 'hash'
              ? await redis.hGetAll(key)
              : type === 'zset'
                ? await redis.zRange(key, 0, -1)
                : type === 'list'
                  ? await redis.lRange(key, 0, -1)
                  : await redis.get(key);
          raw.push(key, JSON.stringify(value));
        }
      }
    }
    return raw.join('\n');
  }

  it('is sealed: neither records, open work, owners nor key names show a person', async () => {
    const user = newUser();
    const account: AccountHash = identities.accountOf('org', 'ada.lovelace');
    const { records, reconciliations } = stores();
    await records.put(user, version, {
      kind: 'record',
      attributes: { phone, mail: 'ada@home.example', username: 'ada.lovelace', surname: 'Lovelace' },
    });
    const { fence } = await reconciliations.begin(user);
    await reconciliations.claimAccount(user, fence, account);
    await reconciliations.saveWork(user, fence, work);
    const raw = await rawTextOf(environment, account);
    for (const there of [user.user, 'record:', 'work:', ':waiting', ':index', account, version, 'v1.k1.'])
      expect(raw).toContain(there);
    for (const personal of [phone, phone.slice(1), '2025550123', 'home.example', 'lovelace', 'Lovelace'])
      expect(raw).not.toContain(personal);
    await records.put(user, newer, { kind: 'deleted' });
    expect(await rawTextOf(environment)).not.toContain('2025550123');
  });

  it('leaves nothing of the work behind when it is finished', async () => {
    const user = newUser();
    const { reconciliations } = stores();
    const { fence } = await reconciliations.begin(user);
    await reconciliations.saveWork(user, fence, work);
    const outcome: Outcome = { ...user, kind: 'in-sync', version, steps: [], findings: [], at: instant(1) };
    await reconciliations.finish(user, fence, outcome);
    expect(await rawTextOf(user.user)).not.toContain('v1.k1.');
  });

  it('opens with an older key of the ring, and is told from damage when the key is gone', async () => {
    const user = newUser();
    const { records, reconciliations } = stores();
    await records.put(user, version, { kind: 'record', attributes: { phone } });
    const { fence } = await reconciliations.begin(user);
    await reconciliations.saveWork(user, fence, work);

    const newRing = parseKeyRing(generateKeyRing('k2'));
    const rotated = stores({ current: 'k2', keys: new Map([...newRing.keys, ...ring.keys]) });
    expect((await rotated.reconciliations.record(user))?.attributes).toEqual({ phone });
    expect((await rotated.reconciliations.begin(user)).work).toEqual(work);
    await rotated.records.put(user, newer, {
      kind: 'record',
      attributes: { phone: { kind: 'unavailable' } },
    });
    expect((await rotated.reconciliations.record(user))?.attributes).toEqual({ phone });

    const lost = stores(parseKeyRing(generateKeyRing('k3')));
    await expect(lost.reconciliations.record(user)).rejects.toThrow(
      new RegExp(`user ${user.user} can't be opened \\(unknown-key\\)`),
    );
    await expect(lost.reconciliations.begin(user)).rejects.toThrow(/open work .* \(unknown-key\)/);
    await expect(lost.reconciliations.begin(user)).rejects.toBeInstanceOf(UserUnreadable);
  });

  it("is no use under another user's key: a record that was copied there does not open", async () => {
    const [ada, eve] = [newUser(), newUser()];
    const { records, reconciliations } = stores();
    await records.put(ada, version, { kind: 'record', attributes: { phone } });
    await records.put(eve, version, { kind: 'record', attributes: { phone: '+442079460123' } });
    const keyOf = async (user: UserRef): Promise<string> => {
      for await (const keys of redis.scanIterator({ MATCH: `*:record:${user.user}`, COUNT: 1000 })) if (keys[0]) return keys[0];
      throw new Error('the record has no key');
    };
    const sealed = await redis.hGet(await keyOf(ada), 'a');
    await redis.hSet(await keyOf(eve), 'a', sealed!);
    await expect(reconciliations.record(eve)).rejects.toThrow(/tampered/);
  });
});

describe('records that were stored before there were indexes', () => {
  let server: OwnRedis; // for all that lies in it is indexed
  beforeAll(async () => {
    server = await OwnRedis.start();
  });
  afterAll(() => server.close());

  it('are indexed once, with their waiting users and owned accounts, and older than every position', async () => {
    const redis = await connectRedis({ url: server.url, name: 'store-redis-int', logger });
    const ring = parseKeyRing(generateKeyRing());
    const ref = { environment: environmentId(uniqueName('env')), connection: connectionId('hr') };
    const hashes = Array.from({ length: 3 }, (_, n) => `${n}a`.padEnd(32, '0') as UserHash);
    const users = hashes.map((user): UserRef => ({ ...ref, user }));
    const records = new RedisSourceRecordStore(redis, ring);
    const reconciliations = new RedisReconciliationStore(redis, ring);
    for (const [i, { user }] of users.entries()) {
      const shard = String(Number.parseInt(user.slice(0, 2), 16) % 64).padStart(2, '0');
      const key = `tally:{users/${ref.environment}/hr/${shard}}:record:${user}`;
      await redis.hSet(key, { v: '9'.padStart(20, '9'), d: '0', m: '', ...(i === 0 ? { p: '9'.padStart(20, '9') } : {}) });
    }
    const account = uniqueName('x')
      .replaceAll(/[^0-9a-f]/g, '')
      .padEnd(32, '1')
      .slice(0, 32) as AccountHash;
    const accountShard = String(Number.parseInt(account.slice(0, 2), 16) % 64).padStart(2, '0');
    await redis.set(`tally:{account/${accountShard}}:${account}`, `${ref.environment}/hr/${hashes[1]!}`);
    const outcome: Outcome = { ...users[0]!, kind: 'in-sync', version: '1', steps: [], findings: [], at: instant(1) };
    const workShard = String(Number.parseInt(hashes[0]!.slice(0, 2), 16) % 64).padStart(2, '0');
    await redis.hSet(`tally:{users/${ref.environment}/hr/${workShard}}:work:${hashes[0]!}`, 'r', JSON.stringify(outcome));

    const migrating = { logger, signal: new AbortController().signal };
    expect(await migrateLayout(redis, devicesLayout, migrating)).toBe('done');
    expect(await enterLayout(redis, devicesLayout)).toBe(2);
    const index = new RedisUserIndex(redis);
    expect([...(await index.random(ref, 9))].sort()).toEqual([...hashes].sort());
    expect((await index.owned(ref, accountShard, undefined, 10)).accounts).toEqual([{ account, owner: users[1] }]);
    const waiting: string[] = [];
    for await (const { user } of records.pending(ref)) waiting.push(user.user);
    expect(waiting).toEqual([hashes[0]]);
    expect(await records.put(users[1]!, sourcePosition(0, '1'), { kind: 'record', attributes: {} })).toBe('stored');
    expect(await reconciliations.outcomes(users[0]!)).toEqual([outcome]);
    const { fence } = await reconciliations.begin(users[0]!);
    await reconciliations.finish(users[0]!, fence, { ...outcome, version: '2' });
    expect(await reconciliations.outcomes(users[0]!)).toEqual([{ ...outcome, version: '2' }, outcome]);
    await redis.close();
  });
});

describe('identities', () => {
  const ring = parseKeyRing(generateKeyRing());
  const [env, hr, erp] = [environmentId('acme'), connectionId('hr'), connectionId('erp')];

  it('are the same for the same key, and 32 hex digits', () => {
    const [a, b] = [createIdentities(ring), createIdentities(ring)];
    expect(a.userOf(env, hr, 'ada')).toEqual(b.userOf(env, hr, 'ada'));
    expect(a.accountOf('org', 'ada')).toBe(b.accountOf('org', 'ada'));
    for (const hash of [a.userOf(env, hr, 'ada').user, a.accountOf('org', 'ada')]) expect(hash).toMatch(/^[0-9a-f]{32}$/);
  });

  it('of an account are the same for every spelling that the directory does not tell apart', () => {
    const { accountOf } = createIdentities(ring);
    for (const spelling of ['Bob', ' bob ', 'BOB', 'Ｂob']) expect(accountOf('org', spelling)).toBe(accountOf('org', 'bob'));
  });

  it('differ by environment, connection, source key, directory, username and key', () => {
    const { userOf, accountOf } = createIdentities(ring);
    const other = createIdentities(parseKeyRing(generateKeyRing()));
    const users: UserHash[] = [
      userOf(env, hr, 'ada').user,
      userOf(env, erp, 'ada').user,
      userOf(environmentId('b'), hr, 'ada').user,
      userOf(env, hr, 'Ada').user,
      userOf(env, connectionId('h'), 'rada').user,
      other.userOf(env, hr, 'ada').user,
    ];
    const accounts = [accountOf('org', 'ada'), accountOf('orga', 'da'), accountOf('org', 'adb'), other.accountOf('org', 'ada')];
    expect(new Set<string>([...users, ...accounts]).size).toBe(users.length + accounts.length);
  });
});
