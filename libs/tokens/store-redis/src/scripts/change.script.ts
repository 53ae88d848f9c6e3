import { defineScript } from '@tallystick/platform-redis';
import { allowOom, shardPrelude } from './shard-prelude.ts';

/**
 * All or nothing: ring, sealed copies, change log, audit outbox, idempotency record, and a hint to the validators. A script that fails is
 * not rolled back, so everything is read and checked before the first write.
 * KEYS 6–9: ring, done, values, waiting; from 10: sealed copies to keep, then those to erase.
 * ARGV from 3: environment, expected version, ring ('' = it stays as it is), audit entry, request digest ('' = no idempotency key),
 * answer, seconds to keep it, sealed values ('' = none), seconds to keep them, entries kept in the log, room in the outbox that is not
 * reserved, 'reserve' when this change needs no room, hint channel, shard, the epoch that has to answer ('' = any), SHA-1 and version of a
 * stored document that the caller has read ('' = none), the clock that it was judged by ('' = none) and how far the server's may be from it,
 * both in ms, then the copies to keep.
 * Gives `[kind, …]`; `replayed`: seq, answer, values, identity, head epoch; `changed`: seq, identity, head epoch; `clocks-apart`: server time in ms.
 *
 * No document is parsed here: what JavaScript reads, cjson need not (half a surrogate pair, say), and then nobody could revoke any more.
 * Its version stands where `writeRing` puts it; of a document written otherwise the caller says which version it has read in it.
 */
const lua = `${shardPrelude}
local ring_key, done_key, values_key, waiting_key = KEYS[6], KEYS[7], KEYS[8], KEYS[9]
local environment, expected, ring, audit = ARGV[3], tonumber(ARGV[4]), ARGV[5], ARGV[6]
local digest, answer, keep_s, values, values_s = ARGV[7], ARGV[8], ARGV[9], ARGV[10], ARGV[11]
local log_length, room, may_use_reserve, channel, shard = ARGV[12], tonumber(ARGV[13]), ARGV[14] == 'reserve', ARGV[15], ARGV[16]
local settled, read_sha, read_version = ARGV[17], ARGV[18], tonumber(ARGV[19])
local judged_at, most_apart = tonumber(ARGV[20]), tonumber(ARGV[21])
local first_sealed, first_copy = 10, 22

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
local waiting, own = redis.call('XLEN', outbox), tonumber(redis.call('HGET', waiting_key, environment) or '0')
local seq, epoch, registry, head_epoch = open_shard()
if not seq then
  if string.find(epoch, '^DAMAGED') then return { 'damaged' } end
  return redis.error_reply(epoch)
end

if digest ~= '' and known[1] then
  if known[2] ~= digest then return { 'key-reused' } end
  local made = redis.call('GET', values_key)
  redis.call('HSET', done_key, 'seq', known[1]) -- changes nothing; gives WAIT something to wait for
  return { 'replayed', tonumber(known[1]), known[3], made, epoch, registry, server_id, head_epoch }
end

if settled ~= '' and settled ~= epoch then return { 'unsettled' } end
if (current and 1 or 0) ~= redis.call('SISMEMBER', environments, environment) then return { 'damaged' } end
if last_number(log) > seq or last_number(outbox) > seq then return { 'damaged' } end
local version = 0
if current then
  local start = '{"format":2,"environment":"' .. environment .. '","version":'
  if string.sub(current, 1, #start) == start then version = tonumber(string.match(current, '^(%d+),', #start + 1)) else version = nil end
  if not version and redis.sha1hex(current) == read_sha then version = read_version end
  if not version then return { 'unreadable' } end
end
if version ~= expected then return { 'conflict' } end
if judged_at then
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  if math.abs(now - judged_at) > most_apart then return { 'clocks-apart', now } end
end
-- whatever one environment does, half of the room that the others left stays free for them; a revocation is never refused for want of
-- room, and goes on beyond it: each takes one of the few live tokens, and nothing that makes another gets through meanwhile
if not may_use_reserve and own + waiting >= room then return { 'outbox-full' } end

seq = seq + 1
local id = string.format('%d-1', seq)
redis.call('HSET', head, 'seq', string.format('%d', seq))
if ring ~= '' then
  redis.call('SET', ring_key, ring)
  redis.call('SADD', environments, environment)
end
local copies = #ARGV - first_copy + 1
for at = first_sealed, #KEYS do
  if at < first_sealed + copies then redis.call('SET', KEYS[at], ARGV[first_copy + at - first_sealed]) else redis.call('DEL', KEYS[at]) end
end
redis.call('XADD', log, 'MAXLEN', log_length, id, 'epoch', epoch, 'environment', environment)
redis.call('XADD', outbox, id, 'epoch', epoch, 'environment', environment, 'entry', audit)
redis.call('HINCRBY', waiting_key, environment, 1)
if digest ~= '' then
  redis.call('HSET', done_key, 'seq', string.format('%d', seq), 'digest', digest, 'answer', answer)
  redis.call('EXPIRE', done_key, keep_s)
  -- a key of its own, because a field has no expiry of its own
  if values ~= '' then redis.call('SET', values_key, values, 'EX', values_s) else redis.call('DEL', values_key) end
end
-- only a hint, and the one thing here that can be refused: a user without the channel must not get an error for a change that is made
redis.pcall('PUBLISH', channel, shard)
return { 'changed', seq, epoch, registry, server_id, head_epoch }
`;

export const changeScript = defineScript({ name: 'ring-change', lua });

/** The same, also where the server's memory is at its limit: for what must not be refused for want of room. */
export const reservedChangeScript = defineScript({ name: 'ring-change-reserved', lua: `${allowOom}${lua}` });
