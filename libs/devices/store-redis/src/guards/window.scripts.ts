import { defineScript } from '@tallystick/platform-redis';
import { guardPrelude } from './guard-prelude.ts';

/**
 * Answers count before the window, and beside it: what a person approved neither fills the window nor is stopped by it. A window is counted in
 * buckets of its 288th part (5 minutes of a day), each until its end is a whole window ago, so it never lets more through than its limits.
 * KEYS: window, user. ARGV: time or '', base, plan, '1' where the guards are on, window ms, counts, the five limits.
 * Gives 'granted', or 'approved' and 'rejected' with the hold, or 'exceeded' with the number of the limit.
 */
export const reserveScript = defineScript({
  name: 'guard-reserve',
  lua: `local base = ARGV[2]
${guardPrelude}
local window, user, now, plan, window_ms = KEYS[1], KEYS[2], time_of(ARGV[1]), ARGV[3], tonumber(ARGV[5])
local counts = read_counts(ARGV[6])
local fields = redis.call('HGETALL', user)
local state, hold = answer_about(user, fields, plan)
if state then return { state, hold } end
if ARGV[4] ~= '1' then return { 'granted', '' } end

local function is_over(bucket) return tonumber(bucket) <= now - window_ms end
local is_there = false
for at = 1, #fields, 2 do
  if string.sub(fields[at], 1, 2) == 'r:' then
    if is_over(string.match(fields[at + 1], '^%d+')) then redis.call('HDEL', user, fields[at])
    elseif string.sub(fields[at], 3) == plan then is_there = true end
  end
end
if is_there or (counts[1] + counts[2] + counts[3] + counts[4] + counts[5] == 0) then return { 'granted', '' } end

local sums, buckets = { 0, 0, 0, 0, 0 }, redis.call('HGETALL', window)
local bucket_ms = window_ms / 288
local bucket = string.format('%.0f', math.ceil((math.floor(now / bucket_ms) + 1) * bucket_ms))
local mine = { 0, 0, 0, 0, 0 }
for at = 1, #buckets, 2 do
  -- one that is further ahead than a window comes from a server clock that was wrong for a while
  if is_over(buckets[at]) or tonumber(buckets[at]) > now + window_ms + bucket_ms then redis.call('HDEL', window, buckets[at])
  else
    local let_through = read_counts(buckets[at + 1])
    add_counts(sums, let_through, 1)
    if buckets[at] == bucket then mine = let_through end
  end
end
for at, limit in ipairs({ unpack(ARGV, 7, 11) }) do
  if counts[at] > 0 and sums[at] + counts[at] > tonumber(limit) then return { 'exceeded', tostring(at) } end
end
redis.call('HSET', window, bucket, counts_text(add_counts(mine, counts, 1)))
redis.call('HSET', user, 'r:' .. plan, bucket .. '|' .. ARGV[6])
keep(window, window_ms + 2 * bucket_ms + 1000)
keep(user, window_ms + 2 * bucket_ms + 1000)
return { 'granted', '' }
`,
});

/** KEYS: window, user. ARGV: plan. */
export const releaseScript = defineScript({
  name: 'guard-release',
  lua: `local base = ''
${guardPrelude}
local window, user, field = KEYS[1], KEYS[2], 'r:' .. ARGV[1]
local reserved = redis.call('HGET', user, field)
if not reserved then return 0 end
redis.call('HDEL', user, field)
local bucket, counts = string.match(reserved, '^(%d+)|(.*)$')
local let_through = redis.call('HGET', window, bucket)
if not let_through then return 0 end
let_through = counts_text(add_counts(read_counts(let_through), read_counts(counts), -1))
if let_through == '0,0,0,0,0' then redis.call('HDEL', window, bucket) else redis.call('HSET', window, bucket, let_through) end
return 1
`,
});
