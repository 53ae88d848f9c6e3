import { defineScript } from '@tallystick/platform-redis';
import { readValue } from './read-value.ts';

/**
 * Forgets the devices of the next few buckets that were last seen before a day, and the series of days that no device was last seen on.
 * A round begins at the first bucket; it is complete when no device is left to forget, or when it comes to the last bucket. The series
 * of a day stays as long as a device was last seen on it: that device may yet be seen once more on that day.
 * KEYS: meta, days. ARGV: base of the keys, day, how many buckets to do, how many there are.
 * Gives how many devices were forgotten, 1 when the round is complete, and how many devices are left.
 */
export const forgetScript = defineScript({
  name: 'sightings-forget',
  lua: `${readValue}
local meta, days, base, before, steps, buckets = KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local devices, strangers, round, next_bucket = unpack(redis.call('HMGET', meta, 'devices', 'strangers', 'forgetting', 'next-bucket'))
devices, strangers = tonumber(devices) or 0, tonumber(strangers) or 0
local first = round == ARGV[2] and tonumber(next_bucket) or 0

local function old_days()
  local found = {}
  for _, day in ipairs(redis.call('SMEMBERS', days)) do
    if tonumber(day) < before then found[#found + 1] = day end
  end
  return found
end

-- the counters know whether there is anybody to look for
local is_needed = false
for _, day in ipairs(old_days()) do is_needed = is_needed or redis.call('EXISTS', base .. ':current:' .. day) == 1 end
local last = is_needed and math.min(first + steps, buckets) or first

local gone, forgotten = {}, 0
for bucket = first, last - 1 do
  local key, names = base .. ':bucket:' .. string.format('%d', bucket), {}
  local entries = redis.call('HGETALL', key)
  for at = 1, #entries, 2 do
    local seen, facts, day, is_stranger = read_value(entries[at + 1])
    if not seen then return redis.error_reply(damaged) end
    if day < before then
      names[#names + 1] = entries[at]
      if is_stranger then strangers = strangers - 1 else devices = devices - 1 end
      count(base .. ':current:' .. day, facts, -1)
    end
  end
  gone[key] = names
  forgotten = forgotten + #names
end
local sums = sum_up()
if not sums or devices < 0 or strangers < 0 then return redis.error_reply(damaged) end

write_sums(sums)
for key, names in pairs(gone) do
  for at = 1, #names, 1000 do redis.call('HDEL', key, unpack(names, at, math.min(at + 999, #names))) end
end
local left = 0
for _, day in ipairs(old_days()) do
  if redis.call('EXISTS', base .. ':current:' .. day) == 1 then
    left = left + 1
  else
    redis.call('UNLINK', base .. ':series:' .. day)
    redis.call('SREM', days, day)
  end
end
local is_done = left == 0 or last == buckets
if forgotten > 0 then
  redis.call('HSET', meta, 'devices', string.format('%d', devices), 'strangers', string.format('%d', strangers))
end
if is_done then redis.call('HDEL', meta, 'forgetting', 'next-bucket') else redis.call('HSET', meta, 'forgetting', ARGV[2], 'next-bucket', last) end
-- without a device the environment begins anew: its figures do not reach back beyond a gap
if devices + strangers == 0 then redis.call('HDEL', meta, 'since', 'newest', 'devices', 'strangers') end
for _, name in ipairs({ 'turned-away', 'strangers-turned-away' }) do
  local last_at = tonumber(redis.call('HGET', meta, name))
  if last_at and math.floor(last_at / 86400000) < before then redis.call('HDEL', meta, name) end
end
return { forgotten, is_done and 1 or 0, devices + strangers }
`,
});
