import { defineScript } from '@tallystick/platform-redis';
import { serverTime } from '../budget/server-time.ts';
import { guardPrelude, keptMs } from './guard-prelude.ts';

/**
 * KEYS: user, open holds, holds, numbers. ARGV: time or '', base, name of the user, plan, counts, sealed plan, slot, because, pass or '',
 * ms until it expires, digest and sealed name of who asked for it, both '' for nobody.
 * Gives the hold: of exactly this plan where it is held or was answered, else the open one of this slot, which is made where there is none.
 */
export const holdScript = defineScript({
  name: 'guard-hold',
  lua: `local base = ARGV[2]
${guardPrelude}
local user, open, holds, numbers = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local now, name, plan, counts, sealed, slot, because, pass = time_of(ARGV[1]), unpack(ARGV, 3, 9)
local hold_ms, asked_digest, asked_sealed = tonumber(ARGV[10]), ARGV[11], ARGV[12]
local fields = redis.call('HGETALL', user)
local answered, answered_hold = answer_about(user, fields, plan)
if answered then return answered_hold end

local id = redis.call('HGET', open, slot)
if id then
  local state, expires = unpack(redis.call('HMGET', base .. ':hold:' .. id, 's', 'e'))
  if not is_open(state, expires, now) then id = false end
end
if id and redis.call('HGET', user, 'h:' .. id) == plan then return id end

for at = 1, #fields, 2 do
  if string.sub(fields[at], 1, 2) == 'h:' and fields[at + 1] ~= plan then
    local other = string.sub(fields[at], 3)
    local state, expires = unpack(redis.call('HMGET', base .. ':hold:' .. other, 's', 'e'))
    if state == 'approved' or is_open(state, expires, now) then leave(user, name, other, state, 'changed') end
  end
end

if not id then
  local slots = redis.call('HGETALL', open)
  for at = 1, #slots, 2 do
    local state, expires = unpack(redis.call('HMGET', base .. ':hold:' .. slots[at + 1], 's', 'e'))
    if not is_open(state, expires, now) then redis.call('HDEL', open, slots[at]) end
  end
  for _, oldest in ipairs(redis.call('ZRANGE', holds, 0, 9)) do
    if redis.call('EXISTS', base .. ':hold:' .. oldest) == 0 then redis.call('ZREM', holds, oldest) end
  end
  local number = redis.call('INCR', numbers)
  id = string.format('%.0f-%d', math.floor(now), number)
  redis.call('HSET', base .. ':hold:' .. id, 'because', because, 's', 'open', 'slot', slot, 'n', 0, 'c', '0,0,0,0', 'x', '0,0,0,0',
    'o', string.format('%.0f', now), 'e', '0')
  if pass ~= '' then redis.call('HSET', base .. ':hold:' .. id, 'pass', pass) end
  redis.call('HSET', open, slot, id)
  redis.call('ZADD', holds, number, id)
end

local hold = base .. ':hold:' .. id
redis.call('HSET', hold .. ':users', name, 'held|' .. plan .. '|' .. counts .. '|' .. sealed)
redis.call('ZADD', hold .. ':order', 0, name)
redis.call('HSET', user, 'h:' .. id, plan)
count_held(hold, name, plan, read_counts(counts), 1)
local expires = math.max(tonumber(redis.call('HGET', hold, 'e')), math.floor(now + hold_ms + 0.5))
redis.call('HSET', hold, 'e', string.format('%.0f', expires))
if pass == '' then
  redis.call('ZADD', base .. ':expiring', string.format('%.0f', expires), id)
  keep(base .. ':expiring', expires - now + ${keptMs})
end
if asked_digest ~= '' then
  redis.call('HSETNX', hold, 'q:' .. asked_digest, asked_sealed)
  redis.call('HSET', hold, 'ql', asked_digest)
end
for _, key in ipairs({ user, open, holds, hold, hold .. ':users', hold .. ':order' }) do keep(key, expires - now + ${keptMs}) end
return id
`,
});

/** KEYS: user. ARGV: time or '', base, name of the user, 'done' or 'changed'. What was rejected stays so: that is about the plan. */
export const settledScript = defineScript({
  name: 'guard-settled',
  lua: `local base = ARGV[2]
${guardPrelude}
local user, now, name = KEYS[1], time_of(ARGV[1]), ARGV[3]
local fields = redis.call('HGETALL', user)
for at = 1, #fields, 2 do
  if string.sub(fields[at], 1, 2) == 'h:' then
    local id = string.sub(fields[at], 3)
    local state, expires = unpack(redis.call('HMGET', base .. ':hold:' .. id, 's', 'e'))
    if state == 'approved' or is_open(state, expires, now) then leave(user, name, id, state, ARGV[4])
    elseif state ~= 'rejected' then redis.call('HDEL', user, fields[at]) end
  end
end
return 1
`,
});

/**
 * An answer is one field of the hold, however many users it has: whoever asks for a plan looks there.
 * KEYS: hold, open holds, numbers. ARGV: time or '', base, hold, 'approved' or 'rejected', hash, '1' where two people are needed, digest of who
 * answers, sealed answer.
 */
export const answerScript = defineScript({
  name: 'guard-answer',
  lua: `local base = ARGV[2]
${guardPrelude}
local hold, now = KEYS[1], time_of(ARGV[1])
local state, expires, number, sums, slot = unpack(redis.call('HMGET', hold, 's', 'e', 'n', 'x', 'slot'))
if not state then return 'unknown' end
if not is_open(state, expires, now) then return 'not-open' end
if redis.sha1hex(number .. '/' .. sums) ~= ARGV[5] then return 'outdated' end
if ARGV[4] == 'approved' and ARGV[6] == '1' and redis.call('HEXISTS', hold, 'q:' .. ARGV[7]) == 1 then return 'same-person' end
redis.call('HSET', hold, 's', ARGV[4], 'a', string.format('%.0f', now), 'an', redis.call('INCR', KEYS[3]), 'by', ARGV[8])
if redis.call('HGET', KEYS[2], slot) == ARGV[3] then redis.call('HDEL', KEYS[2], slot) end
redis.call('ZREM', base .. ':expiring', ARGV[3])
for _, key in ipairs({ hold, hold .. ':users', hold .. ':order' }) do keep(key, ${keptMs}) end
return 'answered'
`,
});

/** KEYS: open holds. ARGV: time or '', base, pass or '' for all. One that is over already stays expired. Gives how many there were. */
export const cancelScript = defineScript({
  name: 'guard-cancel',
  lua: `local base = ARGV[2]
${guardPrelude}
local open, now, count = KEYS[1], time_of(ARGV[1]), 0
local slots = redis.call('HGETALL', open)
for at = 1, #slots, 2 do
  local id = slots[at + 1]
  local hold = base .. ':hold:' .. id
  local state, expires, pass = unpack(redis.call('HMGET', hold, 's', 'e', 'pass'))
  if is_open(state, expires, now) and (ARGV[3] == '' or pass == ARGV[3]) then
    redis.call('HSET', hold, 's', 'cancelled')
    redis.call('HDEL', open, slots[at])
    redis.call('ZREM', base .. ':expiring', id)
    for _, key in ipairs({ hold, hold .. ':users', hold .. ':order' }) do keep(key, ${keptMs}) end
    count = count + 1
  end
end
return count
`,
});

/** KEYS: expiring holds. ARGV: time or '', how many. */
export const expiredScript = defineScript({
  name: 'guard-expired',
  lua: `${serverTime}
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', math.floor(time_of(ARGV[1]))), 'LIMIT', 0, ARGV[2])
`,
});

/** KEYS: hold. ARGV: time or '', how long for, in ms. */
export const claimEndScript = defineScript({
  name: 'guard-claim-end',
  lua: `${serverTime}
local now, till = time_of(ARGV[1]), redis.call('HGET', KEYS[1], 'en')
if till == 'noted' or redis.call('EXISTS', KEYS[1]) == 0 then return 'noted' end
if till and tonumber(till) > now then return 'another' end
redis.call('HSET', KEYS[1], 'en', string.format('%.0f', now + ARGV[2]))
return 'yours'
`,
});

/** KEYS: hold. */
export const endNotedScript = defineScript({
  name: 'guard-end-noted',
  lua: `if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSET', KEYS[1], 'en', 'noted') end
return 1
`,
});

/** KEYS: hold. ARGV: time or ''. Gives '1' when it is over without an answer, and all its fields. */
export const readHoldScript = defineScript({
  name: 'guard-read-hold',
  lua: `local base = ''
${guardPrelude}
local state, expires = unpack(redis.call('HMGET', KEYS[1], 's', 'e'))
local is_expired = state == 'open' and not is_open(state, expires, time_of(ARGV[1]))
return { is_expired and '1' or '0', redis.call('HGETALL', KEYS[1]) }
`,
});
