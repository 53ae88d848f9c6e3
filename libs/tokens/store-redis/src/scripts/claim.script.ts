import { defineScript } from '@tallystick/platform-redis';
import { allowOom, shardPrelude } from './shard-prelude.ts';

/**
 * Takes or keeps the outbox for a relay, by the server's clock. A new claim gets a number that was never given before, also not by a
 * store that was restored since: the clock is its least. KEYS 6: relay. ARGV from 3: relay, ttl in ms. Gives fence and head epoch, or nil.
 */
export const claimScript = defineScript({
  name: 'ring-outbox-claim',
  lua: `${allowOom}${shardPrelude}
local relay_key, relay, ttl_ms = KEYS[6], ARGV[3], tonumber(ARGV[4])
local holder, fence, ends_at = unpack(redis.call('HMGET', relay_key, 'relay', 'fence', 'until'))
local seq, epoch, _, head_epoch = open_shard()
if not seq then return redis.error_reply(epoch) end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local is_held = ends_at and tonumber(ends_at) > now
if is_held and holder ~= relay then return nil end
fence = tonumber(fence or '0')
if not is_held then fence = math.max(fence + 1, now) end
redis.call('HSET', relay_key, 'relay', relay, 'fence', string.format('%d', fence), 'until', string.format('%d', now + ttl_ms))
return { fence, head_epoch }
`,
});
