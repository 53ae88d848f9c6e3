import {
  type Attributes,
  type AttributeValue,
  isSourcePosition,
  type PutResult,
  type SourceChange,
  type SourcePosition,
  type SourceRecordStore,
  type UserHash,
  type UserRef,
  type WakeMark,
} from '@tallystick/devices-domain';
import { defineScript, type Redis } from '@tallystick/platform-redis';
import type { KeyRing } from '@tallystick/platform-secrets';
import { type ConnectionRef, recordKey, recordKeys, shardOf, shards, waitingKey } from './keys.ts';
import { RedisSourceProgress } from './redis-source-progress.ts';
import { openAttributes, sealAttributes } from './sealed-user.ts';

// Record hash: v version · a sealed attributes · d deleted · m moved to · p pending mark: the version, or of a reminder <version>#<r> · r reminders.
// Versions compare as text; what was stored before there were epochs begins with a digit, and so is older than all.
const nowMs = `local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000)`;
const putScript = defineScript({
  name: 'put-record',
  lua: `
    local stored = redis.call('HGET', KEYS[1], 'v')
    if ARGV[6] ~= '*' and ARGV[6] ~= (stored or '') then return 'changed' end
    if stored and stored >= ARGV[1] then
      if stored == ARGV[1] and redis.call('HGET', KEYS[1], 'p') == ARGV[1] then return 'still-pending' end
      return 'superseded'
    end
    ${nowMs}
    if ARGV[2] == '1' then redis.call('ZREM', KEYS[4], ARGV[5])
    elseif not stored or redis.call('HGET', KEYS[1], 'd') == '1' then redis.call('ZADD', KEYS[4], 0, ARGV[5]) end
    redis.call('HSET', KEYS[1], 'v', ARGV[1], 'd', ARGV[2], 'm', ARGV[4], 'p', ARGV[1])
    if ARGV[3] ~= '' then redis.call('HSET', KEYS[1], 'a', ARGV[3]) end
    redis.call('ZADD', KEYS[2], 'NX', now, ARGV[5])
    redis.call('ZADD', KEYS[3], 0, ARGV[5])
    return 'stored'`,
});

// KEYS: records of one shard. Gives version and mark of each, one after another.
const lookScript = defineScript({
  name: 'look-at-records',
  lua: `
    local seen = {}
    for i, key in ipairs(KEYS) do
      local r = redis.call('HMGET', key, 'v', 'p')
      seen[2 * i - 1] = r[1] or ''
      seen[2 * i] = r[2] or ''
    end
    return seen`,
});

const signalledScript = defineScript({
  name: 'record-signalled',
  lua: `
    if redis.call('HGET', KEYS[1], 'p') ~= ARGV[1] then return 0 end
    redis.call('HDEL', KEYS[1], 'p')
    redis.call('ZREM', KEYS[2], ARGV[2])
    return 1`,
});

const remindScript = defineScript({
  name: 'remind-of-record',
  lua: `
    local stored = redis.call('HGET', KEYS[1], 'v')
    if not stored then return 0 end
    ${nowMs}
    redis.call('HSET', KEYS[1], 'p', stored .. '#' .. redis.call('HINCRBY', KEYS[1], 'r', 1))
    redis.call('ZADD', KEYS[2], 'NX', now, ARGV[1])
    return 1`,
});

const oldestScript = defineScript({
  name: 'oldest-waiting',
  lua: `
    local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
    if #first == 0 then return -1 end
    ${nowMs}
    return math.max(0, now - tonumber(first[2]))`,
});

/** How many records are looked at in one go: far below what a connection queues. */
const atOnce = 2_000;

const isUnavailable = (value: AttributeValue): value is { readonly kind: 'unavailable' } =>
  typeof value === 'object' && value !== null;

interface Known {
  readonly stored: string;
  readonly mark: string;
}

type Put = Parameters<SourceRecordStore['putAll']>[0][number];

/** Source records in Redis, sealed at rest: a view that can be rebuilt by reading the compacted users topic from its beginning. */
export class RedisSourceRecordStore extends RedisSourceProgress implements SourceRecordStore {
  readonly #redis: Redis;
  readonly #ring: KeyRing;

  constructor(redis: Redis, ring: KeyRing) {
    super(redis);
    this.#redis = redis;
    this.#ring = ring;
  }

  async put(user: UserRef, version: SourcePosition, change: SourceChange): Promise<PutResult> {
    if (!isSourcePosition(version)) throw new RangeError('this is no source position');
    if (change.kind === 'deleted')
      return (await this.#write(user, version, { deleted: true, movedTo: change.movedTo })) as PutResult;
    if (!Object.values(change.attributes).some(isUnavailable)) {
      return (await this.#write(user, version, { deleted: false, attributes: change.attributes })) as PutResult;
    }
    // A placeholder keeps the value of the record before it, so what is written depends on what was read: compare and set.
    for (;;) {
      const before = await this.#read(user);
      const attributes = keepUnavailable(change.attributes, before.attributes);
      const result = await this.#write(user, version, { deleted: false, attributes }, before.version);
      if (result !== 'changed') return result;
    }
  }

  async putAll(puts: readonly Put[]): Promise<readonly PutResult[]> {
    const results: PutResult[] = [];
    for (let from = 0; from < puts.length; from += atOnce) {
      const some = puts.slice(from, from + atOnce);
      const known = await this.#look(some);
      // Those of one user one after another: a placeholder keeps what the record before it says.
      const tails = new Map<UserHash, Promise<unknown>>();
      const settled = await Promise.allSettled(
        some.map((put, i) => {
          const before = tails.get(put.user.user);
          const old = resultIfOld(put, known[i]);
          if (old === 'superseded' || (old && !before)) return Promise.resolve(old);
          const now = (before ?? Promise.resolve()).then(() => this.put(put.user, put.version, put.change));
          tails.set(put.user.user, now);
          return now;
        }),
      );
      for (const one of settled) {
        if (one.status === 'rejected') throw one.reason;
        results.push(one.value);
      }
    }
    return results;
  }

  async signalled(user: UserRef, version: WakeMark): Promise<void> {
    const [record, waiting] = recordKeys(user);
    await signalledScript.run(this.#redis, [record, waiting], [version, user.user]);
  }

  async remind(user: UserRef): Promise<void> {
    const [record, waiting] = recordKeys(user);
    await remindScript.run(this.#redis, [record, waiting], [user.user]);
  }

  async *pending(connection: ConnectionRef): AsyncIterable<{ readonly user: UserRef; readonly version: WakeMark }> {
    const sizes = await Promise.all(shards.map((shard) => this.#redis.zCard(waitingKey(connection, shard))));
    for (const shard of shards.filter((_, i) => sizes[i] !== 0)) {
      for await (const members of this.#redis.zScanIterator(waitingKey(connection, shard), { COUNT: 500 })) {
        const users = (Array.isArray(members) ? members : [members]).map(({ value }): UserRef => ({
          environment: connection.environment,
          connection: connection.connection,
          user: value as UserHash,
        }));
        const marks = await Promise.all(users.map((user) => this.#redis.hGet(recordKey(user), 'p')));
        for (const [i, user] of users.entries()) {
          const version = marks[i];
          if (version) yield { user, version: version as WakeMark };
        }
      }
    }
  }

  async oldestPendingMs(connection: ConnectionRef): Promise<number | undefined> {
    const ages = (await Promise.all(
      shards.map((shard) => oldestScript.run(this.#redis, [waitingKey(connection, shard)])),
    )) as readonly number[];
    const oldest = Math.max(...ages);
    return oldest < 0 ? undefined : oldest;
  }

  /** Version and mark of each, asked for shard by shard: a topic that is read again costs few commands. */
  async #look(puts: readonly Put[]): Promise<readonly (Known | undefined)[]> {
    const places = new Map<string, number[]>();
    for (const [i, { user }] of puts.entries()) {
      const shard = `${user.environment}/${user.connection}/${shardOf(user.user)}`;
      const there = places.get(shard);
      if (there) there.push(i);
      else places.set(shard, [i]);
    }
    const known: (Known | undefined)[] = Array<undefined>(puts.length).fill(undefined);
    await Promise.all(
      [...places.values()].map(async (indexes) => {
        const keys = indexes.map((i) => recordKey(puts[i]!.user));
        const seen = (await lookScript.run(this.#redis, keys)) as readonly string[];
        for (const [n, i] of indexes.entries()) known[i] = { stored: seen[2 * n] ?? '', mark: seen[2 * n + 1] ?? '' };
      }),
    );
    return known;
  }

  async #write(
    user: UserRef,
    version: SourcePosition,
    record: { deleted: boolean; attributes?: Attributes; movedTo?: UserHash | undefined },
    expected = '*',
  ): Promise<PutResult | 'changed'> {
    const sealed = record.attributes ? sealAttributes(this.#ring, record.attributes, user) : '';
    const args = [version, record.deleted ? '1' : '0', sealed, record.movedTo ?? '', user.user, expected];
    return (await putScript.run(this.#redis, recordKeys(user), args)) as PutResult | 'changed';
  }

  async #read(user: UserRef): Promise<{ version: string; attributes: Attributes }> {
    const [version, sealed] = await this.#redis.hmGet(recordKey(user), ['v', 'a']);
    return { version: version ?? '', attributes: sealed ? openAttributes(this.#ring, sealed, user) : {} };
  }
}

/** The stored version only grows, so what is old now stays old: nothing is sealed or written for it. */
function resultIfOld({ version }: Put, known: Known | undefined): PutResult | undefined {
  if (!known || known.stored < version || !isSourcePosition(version)) return undefined;
  return known.stored === version && known.mark === version ? 'still-pending' : 'superseded';
}

function keepUnavailable(now: Attributes, before: Attributes): Attributes {
  return Object.fromEntries(
    Object.entries(now).map(([name, value]) => [
      name,
      isUnavailable(value) && Object.hasOwn(before, name) ? before[name]! : value,
    ]),
  );
}
