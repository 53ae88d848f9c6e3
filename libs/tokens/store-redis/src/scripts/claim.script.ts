import { defineScript } from '@tallystick/platform-redis';
import { allowOom, shardPrelude } from './shard-prelude.ts';

/**
 * Takes or keeps the outbox for a relay, by the server's clock. A new claim gets a number that was never given before, also not by a
 * store that was restored since: the clock is its least. KEYS from 6: relay of the version without chains, relay. ARGV from 3: relay, ttl in ms.
 * Gives fence, head epoch and server, or nil.
 *
 * A relay without chains would take entries out that are in none: from the first claim on it is told that another has the outbox, for ever. One that
 * has it now keeps it to the end of its claim.
 */
export const claimScript = defineScript({
  name: 'ring-outbox-claim',
  lua: `${allowOom}${shardPrelude}
local old_key, relay_key, relay, ttl_ms = KEYS[6], KEYS[7], ARGV[3], tonumber(ARGV[4])
local old_holder, old_end = unpack(redis.call('HMGET', old_key, 'relay', 'until'))
local holder, fence, ends_at = unpack(redis.call('HMGET', relay_key, 'relay', 'fence', 'until'))
local seq, epoch, _, head_epoch = open_shard()
if not seq then return redis.error_reply(epoch) end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local is_held = ends_at and tonumber(ends_at) > now
if is_held and holder ~= relay then return nil end
if old_holder ~= 'chained' then
  if old_end and tonumber(old_end) > now then return nil end
  redis.call('HSET', old_key, 'relay', 'chained', 'fence', '9007199254740991', 'until', '9007199254740991')
end
fence = tonumber(fence or '0')
if not is_held then fence = math.max(fence + 1, now) end
redis.call('HSET', relay_key, 'relay', relay, 'fence', string.format('%d', fence), 'until', string.format('%d', now + ttl_ms))
return { fence, head_epoch, server_id }
`,
});
