import { defineScript } from '@tallystick/platform-redis';
import { allowOom, shardPrelude } from './shard-prelude.ts';

/**
 * A validator's heartbeat, acknowledgement and read in one step: whoever is told the latest number is in the member table from then on. Goes on
 * where the server's memory is full: otherwise no lease would be renewed, and every device of every environment refused.
 * The log names the environments that changed; each one's ring is given once, as it is now, which may be newer than the change.
 * ARGV from 3: member id, its epoch ('' while it joins), applied, its row (a JSON object, to which the count of renewals is added), most
 * entries, most bytes of rings, start of a ring's key.
 * Gives epoch, head epoch, seq, server time in ms, 1 when the log does not reach back, the environment of each entry from applied + 1 on,
 * and the rings as environment, document, …; '' for a ring that is not there, which must not stop the others.
 */
export const renewScript = defineScript({
  name: 'ring-renew',
  lua: `${allowOom}${shardPrelude}
local member, known_epoch, applied, row = ARGV[3], ARGV[4], tonumber(ARGV[5]), ARGV[6]
local most, most_bytes, ring_key = ARGV[7], tonumber(ARGV[8]), ARGV[9]
local seq, epoch, _, head_epoch = open_shard()
if not seq then return redis.error_reply(epoch) end

local function changed_environment(entry)
  for field = 1, #entry[2], 2 do
    if entry[2][field] == 'environment' then return entry[2][field + 1] end
  end
end

local trimmed, changed, rings = 0, {}, {}
if known_epoch == epoch and applied >= 0 and applied < seq then
  local entries = redis.call('XRANGE', log, string.format('%d-1', applied + 1), '+', 'COUNT', most)
  local bytes, given = 0, {}
  for at, entry in ipairs(entries) do
    local environment = changed_environment(entry)
    if not environment or entry[1] ~= string.format('%d-1', applied + at) then break end
    if not given[environment] then
      -- of the same hash tag as all keys here
      local ring = redis.pcall('GET', ring_key .. environment)
      if type(ring) ~= 'string' then ring = '' end
      if bytes > 0 and bytes + #ring > most_bytes then break end
      bytes, given[environment] = bytes + #ring, true
      rings[#rings + 1] = environment
      rings[#rings + 1] = ring
    end
    changed[#changed + 1] = environment
  end
  if #changed == 0 then trimmed = 1 end
end

-- one counter for the whole table: a member that was dropped and came back never shows a number again
local renewals = redis.call('HINCRBY', members, ':renewals', 1)
redis.call('HSET', members, member, string.format('%s,"renewals":%d}', string.sub(row, 1, -2), renewals))
local time = redis.call('TIME')
return { epoch, head_epoch, seq, time[1] * 1000 + math.floor(time[2] / 1000), trimmed, changed, rings }
`,
});
