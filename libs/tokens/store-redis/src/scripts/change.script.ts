import { defineScript } from '@tallystick/platform-redis';
import { shardPrelude } from './shard-prelude.ts';

/**
 * All or nothing: ring, change log, audit outbox, idempotency record, and a hint to the validators. A script that fails is not rolled
 * back, so everything is read and checked before the first write.
 * KEYS 6–7: ring, done. ARGV from 3: environment, expected version, ring, audit entry, request digest ('' = no idempotency key),
 * sealed answer, seconds to keep it, entries kept in the log, most entries in the outbox for this change, hint channel, shard.
 * Gives `[kind, …]`; `replayed`: seq, answer, identity; `changed`: seq, identity.
 */
export const changeScript = defineScript({
  name: 'ring-change',
  lua: `${shardPrelude}
local ring_key, done_key = KEYS[6], KEYS[7]
local environment, expected, ring, audit = ARGV[3], tonumber(ARGV[4]), ARGV[5], ARGV[6]
local digest, answer, keep_s = ARGV[7], ARGV[8], ARGV[9]
local log_length, outbox_limit, channel, shard = ARGV[10], tonumber(ARGV[11]), ARGV[12], ARGV[13]

-- the number of the newest entry that a stream ever had, also when that entry is gone
local function last_number(stream)
  if redis.call('EXISTS', stream) == 0 then return 0 end
  local facts = redis.call('XINFO', 'STREAM', stream)
  for at = 1, #facts, 2 do
    if facts[at] == 'last-generated-id' then return tonumber(string.match(facts[at + 1], '^(%d+)-')) end
  end
end

local current = redis.call('GET', ring_key)
local known = redis.call('HMGET', done_key, 'seq', 'digest', 'answer')
local waiting = redis.call('XLEN', outbox)
local seq, epoch, registry = open_shard()
if not seq then
  if string.find(epoch, '^DAMAGED') then return { 'damaged' } end
  return redis.error_reply(epoch)
end

if digest ~= '' and known[1] then
  if known[2] ~= digest then return { 'key-reused' } end
  redis.call('HSET', done_key, 'seq', known[1]) -- changes nothing; gives WAIT something to wait for
  return { 'replayed', tonumber(known[1]), known[3], epoch, registry, server_id }
end

if (current and 1 or 0) ~= redis.call('SISMEMBER', environments, environment) then return { 'damaged' } end
if last_number(log) > seq or last_number(outbox) > seq then return { 'damaged' } end
if (current and cjson.decode(current).version or 0) ~= expected then return { 'conflict' } end
if waiting >= outbox_limit then return { 'outbox-full' } end

seq = seq + 1
local id = string.format('%d-1', seq)
redis.call('HSET', head, 'seq', string.format('%d', seq))
redis.call('SET', ring_key, ring)
redis.call('SADD', environments, environment)
redis.call('XADD', log, 'MAXLEN', log_length, id, 'epoch', epoch, 'environment', environment)
redis.call('XADD', outbox, id, 'environment', environment, 'entry', audit)
if digest ~= '' then
  redis.call('HSET', done_key, 'seq', string.format('%d', seq), 'digest', digest, 'answer', answer)
  redis.call('EXPIRE', done_key, keep_s)
end
-- only a hint, and the one thing here that can be refused: a user without the channel must not get an error for a change that is made
redis.pcall('PUBLISH', channel, shard)
return { 'changed', seq, epoch, registry, server_id }
`,
});
