import type {
  Attributes,
  AttributeValue,
  PutResult,
  SourceChange,
  SourceRecordStore,
  UserHash,
  UserRef,
} from '@tallystick/devices-domain';
import { defineScript, type Redis } from '@tallystick/platform-redis';
import { type KeyRing, open, seal } from '@tallystick/platform-secrets';
import { pendingKey, pendingKeyOf, recordKey, sealedAs, shards } from './keys.ts';

// Record hash: v version · a sealed attributes · d deleted · m moved to · p version of the pending mark.
// Versions are 20 digits, so they compare as text; Lua's numbers would round them.
const putScript = defineScript({
  name: 'put-record',
  lua: `
    local stored = redis.call('HGET', KEYS[1], 'v')
    if ARGV[6] ~= '*' and ARGV[6] ~= (stored or '') then return 'changed' end
    if stored and stored >= ARGV[1] then
      if stored == ARGV[1] and redis.call('HGET', KEYS[1], 'p') == ARGV[1] then return 'still-pending' end
      return 'superseded'
    end
    redis.call('HSET', KEYS[1], 'v', ARGV[1], 'd', ARGV[2], 'm', ARGV[4], 'p', ARGV[1])
    if ARGV[3] ~= '' then redis.call('HSET', KEYS[1], 'a', ARGV[3]) end
    redis.call('SADD', KEYS[2], ARGV[5])
    return 'stored'`,
});

const signalledScript = defineScript({
  name: 'record-signalled',
  lua: `
    if redis.call('HGET', KEYS[1], 'p') ~= ARGV[1] then return 0 end
    redis.call('HDEL', KEYS[1], 'p')
    redis.call('SREM', KEYS[2], ARGV[2])
    return 1`,
});

const isUnavailable = (value: AttributeValue): value is { readonly kind: 'unavailable' } =>
  typeof value === 'object' && value !== null;

/** Source records in Redis, sealed at rest: a view that can be rebuilt by reading the compacted users topic from its beginning. */
export class RedisSourceRecordStore implements SourceRecordStore {
  readonly #redis: Redis;
  readonly #ring: KeyRing;

  constructor(redis: Redis, ring: KeyRing) {
    this.#redis = redis;
    this.#ring = ring;
  }

  async put(user: UserRef, version: string, change: SourceChange): Promise<PutResult> {
    if (!/^\d{20}$/.test(version)) throw new RangeError('a source version has 20 digits');
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

  async signalled(user: UserRef, version: string): Promise<void> {
    await signalledScript.run(this.#redis, [recordKey(user), pendingKeyOf(user)], [version, user.user]);
  }

  async *pending(
    connection: Pick<UserRef, 'environment' | 'connection'>,
  ): AsyncIterable<{ readonly user: UserRef; readonly version: string }> {
    for (const shard of shards) {
      for await (const members of this.#redis.sScanIterator(pendingKey(connection, shard), { COUNT: 500 })) {
        for (const member of members) {
          const user: UserRef = { ...connection, user: member as UserHash };
          const version = await this.#redis.hGet(recordKey(user), 'p');
          if (version) yield { user, version };
        }
      }
    }
  }

  async #write(
    user: UserRef,
    version: string,
    record: { deleted: boolean; attributes?: Attributes; movedTo?: UserHash | undefined },
    expected = '*',
  ): Promise<PutResult | 'changed'> {
    const sealed = record.attributes ? seal(this.#ring, JSON.stringify(record.attributes), sealedAs('record', user)) : '';
    const args = [version, record.deleted ? '1' : '0', sealed, record.movedTo ?? '', user.user, expected];
    return (await putScript.run(this.#redis, [recordKey(user), pendingKeyOf(user)], args)) as PutResult | 'changed';
  }

  async #read(user: UserRef): Promise<{ version: string; attributes: Attributes }> {
    const [version, sealed] = await this.#redis.hmGet(recordKey(user), ['v', 'a']);
    return { version: version ?? '', attributes: sealed ? openAttributes(this.#ring, sealed, user) : {} };
  }
}

/** @throws Error naming the user's hash only: a record that can't be opened needs its key back, not a guess. */
export function openAttributes(ring: KeyRing, sealed: string, user: UserRef): Attributes {
  const opened = open(ring, sealed, sealedAs('record', user));
  if (!opened.ok)
    throw new Error(
      `the source record of user ${user.user} can't be opened (${opened.error}): is its sealing key still in the key ring?`,
    );
  return JSON.parse(opened.value) as Attributes;
}

function keepUnavailable(now: Attributes, before: Attributes): Attributes {
  return Object.fromEntries(
    Object.entries(now).map(([name, value]) => [
      name,
      isUnavailable(value) && Object.hasOwn(before, name) ? before[name]! : value,
    ]),
  );
}
