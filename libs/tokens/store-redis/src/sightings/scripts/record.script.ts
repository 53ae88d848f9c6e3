import { defineScript } from '@tallystick/platform-redis';
import { readValue } from './read-value.ts';

/** A caller's clock may be ahead of this server's by so much. */
const aheadMs = 5 * 60_000;

/**
 * Records a batch, all or nothing: each device's newest sighting, and its move between the counters. What is later than this server's
 * time by more than a caller's clock may be ahead is taken as now; what is kept from a time when this server's clock was ahead is older
 * than anything, or it would stand against all real sightings until its day has come.
 * A stranger has a mark in its value, and counts for itself, until it shows a token; only then it needs a place among the devices.
 * KEYS: meta, days. ARGV: base of the keys, most devices, most strangers, then bucket, device and value of each sighting, oldest first.
 */
export const recordScript = defineScript({
  name: 'sightings-record',
  lua: `${readValue}
local meta, days, base, most, most_strangers = KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local since, newest, devices, strangers = unpack(redis.call('HMGET', meta, 'since', 'newest', 'devices', 'strangers'))
since, newest, devices, strangers = tonumber(since), tonumber(newest), tonumber(devices) or 0, tonumber(strangers) or 0
local turned_away, strangers_turned_away = unpack(redis.call('HMGET', meta, 'turned-away', 'strangers-turned-away'))
turned_away, strangers_turned_away = tonumber(turned_away), tonumber(strangers_turned_away)
redis.call('SCARD', days) -- fails here if it is no set

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local latest = now + ${aheadMs}
if newest and newest > latest then newest = nil end
if since and since > latest then since = nil end

local function base36(number)
  local text = ''
  repeat
    local digit = number % 36
    text = string.sub('0123456789abcdefghijklmnopqrstuvwxyz', digit + 1, digit + 1) .. text
    number = (number - digit) / 36
  until number == 0
  return text
end

-- at one instant the facts that are later by their bytes win, so that the order of recording does not matter; no strcoll, which depends on the locale
local function is_later(left, right)
  for at = 1, math.max(#left, #right) do
    local a, b = string.byte(left, at) or -1, string.byte(right, at) or -1
    if a ~= b then return a > b end
  end
  return false
end

local values, writes, seen_days = {}, {}, {}
for at = 4, #ARGV, 3 do
  local bucket, device, value = base .. ':bucket:' .. ARGV[at], ARGV[at + 1], ARGV[at + 2]
  local seen, facts, day = read_value(value)
  if seen > latest then
    value = base36(now) .. '|' .. facts
    seen, facts, day = read_value(value)
  end
  local known = values[device]
  if known == nil then known = redis.call('HGET', bucket, device) end
  local wins, is_stranger = true, string.find(facts, '^nothing|') or string.find(facts, '^unknown|')
  local known_seen, known_facts, known_day, was_stranger
  if known then
    known_seen, known_facts, known_day, was_stranger = read_value(known)
    if not known_seen then return redis.error_reply(damaged) end
    is_stranger = is_stranger and was_stranger
    wins = known_seen > latest or seen > known_seen or (seen == known_seen and is_later(facts, known_facts))
  end
  if wins and is_stranger and not known then
    wins = strangers < most_strangers
    if wins then strangers = strangers + 1 else strangers_turned_away = math.max(strangers_turned_away or seen, seen) end
  elseif wins and not is_stranger and (was_stranger or not known) then
    wins = devices < most
    if wins then
      devices = devices + 1
      if was_stranger then strangers = strangers - 1 end
    else
      turned_away = math.max(turned_away or seen, seen)
    end
  end
  if wins then
    if known then
      count(base .. ':current:' .. known_day, known_facts, -1)
      if known_day == day then count(base .. ':series:' .. day, known_facts, -1) end
    end
    if is_stranger then value = value .. '|s' end
    count(base .. ':current:' .. day, facts, 1)
    count(base .. ':series:' .. day, facts, 1)
    known = value
    writes[device] = bucket
    seen_days[day] = true
    since, newest = math.min(since or seen, seen), math.max(newest or seen, seen)
  end
  values[device] = known
end

local sums = sum_up()
if not sums or strangers < 0 then return redis.error_reply(damaged) end

write_sums(sums)
for device, bucket in pairs(writes) do redis.call('HSET', bucket, device, values[device]) end
for day in pairs(seen_days) do redis.call('SADD', days, day) end
if since then
  redis.call('HSET', meta, 'since', string.format('%d', since), 'newest', string.format('%d', newest), 'devices', string.format('%d', devices),
    'strangers', string.format('%d', strangers))
end
if turned_away then redis.call('HSET', meta, 'turned-away', string.format('%d', turned_away)) end
if strangers_turned_away then redis.call('HSET', meta, 'strangers-turned-away', string.format('%d', strangers_turned_away)) end
return redis.status_reply('OK')
`,
});
