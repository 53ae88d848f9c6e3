import { defineScript } from '@tallystick/platform-redis';

/**
 * All counters from a day on, as of one moment: a device that is recorded meanwhile is in one place and not in two.
 * KEYS: meta, days. ARGV: base of the keys, first day. Gives since, newest, when a device and when a stranger was last turned away,
 * and for each day: day, current as facts, devices, …, series likewise.
 */
export const countScript = defineScript({
  name: 'sightings-count',
  lua: `
local base, from_day = ARGV[1], tonumber(ARGV[2])
local facts = redis.call('HMGET', KEYS[1], 'since', 'newest', 'turned-away', 'strangers-turned-away')
local found = {}
for _, day in ipairs(redis.call('SMEMBERS', KEYS[2])) do
  if tonumber(day) >= from_day then
    found[#found + 1] = { day, redis.call('HGETALL', base .. ':current:' .. day), redis.call('HGETALL', base .. ':series:' .. day) }
  end
end
return { facts[1], facts[2], facts[3], facts[4], found }
`,
});
