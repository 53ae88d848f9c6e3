import { defineScript } from '@tallystick/platform-redis';

/**
 * Devices of a few buckets, last seen on a day or later, that presented none of some tokens. Ends with the bucket that reaches the limit.
 * KEYS: meta. ARGV: base of the keys, first bucket, bucket to end before, first day, how many are wanted, tokens….
 * Gives the next bucket, and device, value, ….
 */
export const laggardsScript = defineScript({
  name: 'sightings-laggards',
  lua: `
local base, bucket, last, from_ms, wanted = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]) * 86400000, tonumber(ARGV[5])
local adopted = {}
for at = 6, #ARGV do adopted[ARGV[at]] = true end

local found = {}
while bucket < last and #found < 2 * wanted do
  local entries = redis.call('HGETALL', base .. ':bucket:' .. string.format('%d', bucket))
  for at = 1, #entries, 2 do
    local seen, presented = string.match(entries[at + 1], '^(%w+)|([^|]*)|')
    seen = seen and tonumber(seen, 36)
    if not seen then return redis.error_reply('DAMAGED a sighting can not be read') end
    if not adopted[presented] and seen >= from_ms then
      found[#found + 1] = entries[at]
      found[#found + 1] = entries[at + 1]
    end
  end
  bucket = bucket + 1
end
return { bucket, found }
`,
});
