import { randomUUID } from 'node:crypto';
import type { ConnectionId, EnvironmentId, Instant } from '@tallystick/kernel-core';
import { defineScript, type Redis } from '@tallystick/platform-redis';
import { type KeyRing, open, seal } from '@tallystick/platform-secrets';
import { type ConnectionRef, parkedIndexKey, parkedKey, parkedOverflowKey } from './keys.ts';

/** `open`: waits for a person. `replayed`, `discarded`: settled, and forgotten after the time that settled records are kept. */
export type ParkedState = 'open' | 'replayed' | 'discarded';

/** A parked record without its bytes: nothing personal. */
export interface ParkedRecord {
  readonly environment: EnvironmentId;
  readonly connection: ConnectionId;
  /** `<epoch>-<partition>-<offset>`: the same record parked twice is one. */
  readonly id: string;
  readonly epoch: number;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  /** Of the Kafka record, in milliseconds. */
  readonly timestamp: number;
  readonly reason: string;
  readonly parkedAt: Instant;
  readonly state: ParkedState;
  readonly keyBytes: number;
  readonly valueBytes: number;
  /** False when the value was too large for the index: it lies in the parking topic only. */
  readonly here: boolean;
  /** Grows with every change; a change names the one that it saw. */
  readonly revision: number;
  readonly changedBy?: string;
  readonly changedAt?: Instant;
  /** What the last change was and came to, for who asks for it again; its own, not the record's. */
  readonly came?: string;
}

/** What a record consists of, as it came or as it was edited. */
export interface ParkedBytes {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, readonly Buffer[]>>;
}

/** Of one who replays a record: until it is settled or released, for a minute at most, nobody else changes it. */
export interface ReplayClaim {
  readonly token: string;
  /** It was edited after its bytes may have been taken at its place. */
  readonly isEditedSince: boolean;
}

/**
 * - `conflict`: it has another revision by now, or is settled
 * - `replaying`: somebody replays it now
 */
export type ParkedRefusal = 'conflict' | 'replaying' | 'unknown';

type Fields = Omit<ParkedRecord, 'environment' | 'connection' | 'id' | 'state' | 'revision'>;

/** Values beyond this are left to the topic, and so is everything once this many records wait: a wrong setting parks a whole topic. */
const mostValueBytes = 256 * 1024;
const mostOpen = 10_000;

/** Longer than a replay takes, its wake-up included. */
const claimedForMs = 60_000;

// Record hash: f fields as JSON · b sealed bytes · s state · r revision · c token of who replays it, u until when ·
// p `put` once the bytes may have been taken at its place, `edited` when they are other ones since.
const nowMs = `local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000)`;
// KEYS: record · open · overflow. ARGV: fields · bytes · id · parked at.
const addScript = defineScript({
  name: 'add-parked',
  lua: `
    if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
    if redis.call('ZCARD', KEYS[2]) >= ${mostOpen} then redis.call('INCR', KEYS[3]) return 0 end
    redis.call('HSET', KEYS[1], 'f', ARGV[1], 'b', ARGV[2], 's', 'open', 'r', '1')
    redis.call('ZADD', KEYS[2], ARGV[4], ARGV[3])
    return 1`,
});

// KEYS: record · open · settled. ARGV: revision seen · fields · bytes ('' as they are) · state · id · time · kept for ms · token or ''.
const changeScript = defineScript({
  name: 'change-parked',
  lua: `
    ${nowMs}
    local revision, state, token, till, put = unpack(redis.call('HMGET', KEYS[1], 'r', 's', 'c', 'u', 'p'))
    if not revision then return 'unknown' end
    if revision ~= ARGV[1] or state ~= 'open' then return 'conflict' end
    if token and token ~= ARGV[8] and tonumber(till) > now then return 'replaying' end
    redis.call('HSET', KEYS[1], 'f', ARGV[2], 's', ARGV[4])
    redis.call('HINCRBY', KEYS[1], 'r', 1)
    redis.call('HDEL', KEYS[1], 'c', 'u')
    if ARGV[3] ~= '' then
      redis.call('HSET', KEYS[1], 'b', ARGV[3])
      if put then redis.call('HSET', KEYS[1], 'p', 'edited') end
    end
    if ARGV[4] ~= 'open' then
      local old = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', ARGV[6] - ARGV[7], 'LIMIT', 0, 100)
      if #old > 0 then redis.call('ZREM', KEYS[3], unpack(old)) end
      redis.call('ZREM', KEYS[2], ARGV[5])
      redis.call('ZADD', KEYS[3], ARGV[6], ARGV[5])
      redis.call('PEXPIRE', KEYS[1], ARGV[7])
    end
    return 'changed'`,
});

// KEYS: record. ARGV: revision seen · token · for ms. Gives what p was.
const claimScript = defineScript({
  name: 'claim-parked',
  lua: `
    ${nowMs}
    local revision, state, till, put = unpack(redis.call('HMGET', KEYS[1], 'r', 's', 'u', 'p'))
    if not revision then return 'unknown' end
    if revision ~= ARGV[1] or state ~= 'open' then return 'conflict' end
    if till and tonumber(till) > now then return 'replaying' end
    redis.call('HSET', KEYS[1], 'c', ARGV[2], 'u', now + ARGV[3])
    if put ~= 'edited' then redis.call('HSET', KEYS[1], 'p', 'put') end
    return put or 'put'`,
});

// KEYS: record. ARGV: token · '1' when its bytes as they are were taken.
const releaseScript = defineScript({
  name: 'release-parked',
  lua: `
    if redis.call('HGET', KEYS[1], 'c') ~= ARGV[1] then return 0 end
    if ARGV[2] == '1' then redis.call('HSET', KEYS[1], 'p', 'put') end
    return redis.call('HDEL', KEYS[1], 'c', 'u')`,
});

// KEYS: record · open · settled. ARGV: id.
const forgetScript = defineScript({
  name: 'forget-parked',
  lua: `
    redis.call('ZREM', KEYS[2], ARGV[1])
    redis.call('ZREM', KEYS[3], ARGV[1])
    return redis.call('DEL', KEYS[1])`,
});

/** The index of parked records beside the parking topic; their bytes are sealed, since they hold whatever somebody sent. */
export class RedisParkedStore {
  readonly #redis: Redis;
  readonly #ring: KeyRing;
  readonly #keepMs: number;

  /** `keepMs`: how long a settled record is kept, 30 days if left out; of open ones see {@link forgetBefore}. */
  constructor(redis: Redis, ring: KeyRing, keepMs = 30 * 86_400_000) {
    this.#redis = redis;
    this.#ring = ring;
    this.#keepMs = keepMs;
  }

  /** Once for each id; later calls do nothing. Throws when the store can't be reached. */
  async add(
    ref: ConnectionRef,
    id: string,
    record: Omit<Fields, 'here' | 'keyBytes' | 'valueBytes'>,
    bytes: ParkedBytes,
  ): Promise<void> {
    const fields: Fields = { ...record, ...sizesOf(bytes), here: (bytes.value?.length ?? 0) <= mostValueBytes };
    const keys = [parkedKey(ref, id), parkedIndexKey(ref, 'open'), parkedOverflowKey(ref)];
    const sealed = this.#seal(ref, id, fields.here ? bytes : { key: null, value: null, headers: {} });
    await addScript.run(this.#redis, keys, [JSON.stringify(fields), sealed, id, fields.parkedAt]);
  }

  async read(ref: ConnectionRef, id: string): Promise<ParkedRecord | undefined> {
    const [fields, state, revision] = await this.#redis.hmGet(parkedKey(ref, id), ['f', 's', 'r']);
    if (!fields || !state) return undefined;
    return {
      environment: ref.environment,
      connection: ref.connection,
      id,
      ...(JSON.parse(fields) as Fields),
      state: state as ParkedState,
      revision: Number(revision),
    };
  }

  /** Undefined when there is no such record, or its bytes lie in the topic only. */
  async bytes(ref: ConnectionRef, id: string): Promise<ParkedBytes | undefined> {
    const record = await this.read(ref, id);
    const sealed = record?.here === true ? await this.#redis.hGet(parkedKey(ref, id), 'b') : null;
    if (!sealed) return undefined;
    const opened = open(this.#ring, sealed, sealedAs(ref, id));
    if (!opened.ok)
      throw new Error(`the parked record ${id} can't be opened (${opened.error}): is its sealing key still in the key ring?`);
    return decoded(opened.value);
  }

  /** Oldest first. `cursor`: how many were seen. */
  async list(
    ref: ConnectionRef,
    state: 'open' | 'settled',
    cursor: number,
    limit: number,
  ): Promise<{ readonly records: readonly ParkedRecord[]; readonly next?: number }> {
    const ids = await this.#redis.zRange(parkedIndexKey(ref, state), cursor, cursor + limit - 1);
    const records = await Promise.all(ids.map((id) => this.read(ref, id)));
    return {
      records: records.filter((one) => one !== undefined),
      ...(ids.length < limit ? {} : { next: cursor + limit }),
    };
  }

  /** Before an open record's bytes are taken at its place: none is edited meanwhile, or settled by another. `record`: as it was seen. */
  async claim({ revision, ...record }: ParkedRecord): Promise<ReplayClaim | ParkedRefusal> {
    const token = randomUUID();
    const reply = await claimScript.run(this.#redis, [parkedKey(record, record.id)], [revision, token, claimedForMs]);
    const was = reply as 'put' | 'edited' | ParkedRefusal;
    return was === 'put' || was === 'edited' ? { token, isEditedSince: was === 'edited' } : was;
  }

  /** Of a claim that settled nothing. `isTaken`: the bytes as they are now are those at its place. */
  async release(record: ParkedRecord, { token }: ReplayClaim, isTaken: boolean): Promise<void> {
    await releaseScript.run(this.#redis, [parkedKey(record, record.id)], [token, isTaken ? '1' : '0']);
  }

  /** Of an open record, as it was seen. `claim`: of who replays it. */
  async change(
    record: ParkedRecord,
    change: {
      readonly state: ParkedState;
      readonly by: string;
      readonly at: Instant;
      readonly bytes?: ParkedBytes;
      readonly reason?: string;
      readonly came?: string;
    },
    claim?: ReplayClaim,
  ): Promise<'changed' | ParkedRefusal> {
    const { environment, connection, id, state: _, came: __, revision, ...before } = record;
    const ref = { environment, connection };
    const { bytes } = change;
    const fields: Fields = {
      ...before,
      ...(bytes ? { ...sizesOf(bytes), here: true } : {}),
      ...(change.reason === undefined ? {} : { reason: change.reason }),
      changedBy: change.by,
      changedAt: change.at,
      ...(change.came === undefined ? {} : { came: change.came }),
    };
    const sealed = bytes ? this.#seal(ref, id, bytes) : '';
    return (await changeScript.run(
      this.#redis,
      [parkedKey(ref, id), parkedIndexKey(ref, 'open'), parkedIndexKey(ref, 'settled')],
      [revision, JSON.stringify(fields), sealed, change.state, id, change.at, this.#keepMs, claim?.token ?? ''],
    )) as 'changed' | ParkedRefusal;
  }

  /** `open`: wait for a person. `topicOnly`: were parked while there was no room here. */
  async count(ref: ConnectionRef): Promise<{ readonly open: number; readonly topicOnly: number }> {
    const [waiting, overflow] = await Promise.all([
      this.#redis.zCard(parkedIndexKey(ref, 'open')),
      this.#redis.get(parkedOverflowKey(ref)),
    ]);
    return { open: waiting, topicOnly: Number(overflow ?? 0) };
  }

  /** It is not in the index any more, open or settled; in the parking topic it stays. */
  async forget(ref: ConnectionRef, id: string): Promise<boolean> {
    const keys = [parkedKey(ref, id), parkedIndexKey(ref, 'open'), parkedIndexKey(ref, 'settled')];
    return (await forgetScript.run(this.#redis, keys, [id])) === 1;
  }

  /** Forgets whose time is over, though nobody settled them: a thousand at most. Gives how many. */
  async forgetBefore(ref: ConnectionRef, before: Instant): Promise<number> {
    const range = { BY: 'SCORE', LIMIT: { offset: 0, count: 1_000 } } as const;
    const ids = await this.#redis.zRange(parkedIndexKey(ref, 'open'), '-inf', `(${before}`, range);
    for (const id of ids) await this.forget(ref, id);
    return ids.length;
  }

  #seal(ref: ConnectionRef, id: string, bytes: ParkedBytes): string {
    return seal(this.#ring, encoded(bytes), sealedAs(ref, id));
  }
}

const sealedAs = ({ environment, connection }: ConnectionRef, id: string): string => `parked:${environment}/${connection}/${id}`;

const sizesOf = ({ key, value }: ParkedBytes) => ({ keyBytes: key?.length ?? 0, valueBytes: value?.length ?? 0 });

const base64 = (bytes: Buffer | null): string | null => bytes?.toString('base64') ?? null;
const encoded = ({ key, value, headers }: ParkedBytes): string =>
  JSON.stringify({
    key: base64(key),
    value: base64(value),
    headers: Object.entries(headers).map(([name, texts]) => [name, texts.map(base64)]),
  });

function decoded(text: string): ParkedBytes {
  const stored = JSON.parse(text) as { key: string | null; value: string | null; headers: [string, string[]][] };
  const bytes = (it: string | null): Buffer | null => (it === null ? null : Buffer.from(it, 'base64'));
  return {
    key: bytes(stored.key),
    value: bytes(stored.value),
    headers: Object.fromEntries(stored.headers.map(([name, texts]) => [name, texts.map((it) => Buffer.from(it, 'base64'))])),
  };
}
