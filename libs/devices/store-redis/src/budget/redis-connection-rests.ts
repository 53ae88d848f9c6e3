import { type ConnectionRef, type ConnectionRests, firstAfterRest, growthAfterRest } from '@tallystick/devices-domain';
import type { Instant } from '@tallystick/kernel-core';
import { defineScript, type Redis } from '@tallystick/platform-redis';
import { serverTime } from './server-time.ts';

/** Probes are at most five minutes apart; a later moment comes from a server clock that was wrong for a while. */
const longestRestMs = 600_000;
/** One that nobody asks about any more is forgotten. */
const keptMs = 86_400_000;

// Hash: u rests until · w may be woken at the next sweep.
const restScript = defineScript({
  name: 'rest-connection',
  lua: `${serverTime}
local now = time_of(ARGV[1])
local until_, before = now + math.min(tonumber(ARGV[2]), ${longestRestMs}), tonumber(redis.call('HGET', KEYS[1], 'u')) or 0
if before > until_ and before <= now + ${longestRestMs} then until_ = before end
redis.call('HSET', KEYS[1], 'u', string.format('%.0f', until_), 'w', ${firstAfterRest})
redis.call('PEXPIRE', KEYS[1], ${keptMs})
return 1`,
});

const mayWakeScript = defineScript({
  name: 'may-wake',
  lua: `${serverTime}
local now = time_of(ARGV[1])
local until_, may = unpack(redis.call('HMGET', KEYS[1], 'u', 'w'))
if not until_ then return -1 end
until_ = tonumber(until_)
if now < until_ and until_ <= now + ${longestRestMs} then return 0 end
may = tonumber(may)
redis.call('HSET', KEYS[1], 'w', math.min(may * ${growthAfterRest}, 1000000000))
redis.call('PEXPIRE', KEYS[1], ${keptMs})
return may`,
});

const wokenScript = defineScript({
  name: 'all-woken',
  lua: `${serverTime}
local until_ = tonumber(redis.call('HGET', KEYS[1], 'u') or '')
if until_ and until_ <= time_of(ARGV[1]) then redis.call('DEL', KEYS[1]) end
return 1`,
});

const keyOf = ({ environment, connection }: ConnectionRef): string => `tally:{source/${environment}/${connection}}:rest`;

/** In the Redis of the source records, where both the workers and the bridge look. Time is the server's. */
export class RedisConnectionRests implements ConnectionRests {
  readonly #redis: Redis;
  readonly #clock: (() => Instant) | undefined;

  /** @param clock for tests, in place of the server's time */
  constructor(redis: Redis, clock?: () => Instant) {
    this.#redis = redis;
    this.#clock = clock;
  }

  async rest(ref: ConnectionRef, forMs: number): Promise<void> {
    await restScript.run(this.#redis, [keyOf(ref)], [this.#time(), Math.max(0, forMs)]);
  }

  async mayWake(ref: ConnectionRef): Promise<'all' | number> {
    const may = (await mayWakeScript.run(this.#redis, [keyOf(ref)], [this.#time()])) as number;
    return may < 0 ? 'all' : may;
  }

  async woken(ref: ConnectionRef): Promise<void> {
    await wokenScript.run(this.#redis, [keyOf(ref)], [this.#time()]);
  }

  #time(): number | string {
    return this.#clock?.() ?? '';
  }
}
