import { defineScript } from '@tallystick/platform-redis';
import { allowOom } from './shard-prelude.ts';

/**
 * Takes published entries out of the outbox and out of the counts by environment, unless a later relay has the claim.
 * KEYS: outbox, waiting, relay. ARGV: fence, number of the last entry. Gives 1 when done.
 */
export const removeScript = defineScript({
  name: 'ring-outbox-remove',
  lua: `${allowOom}
local outbox, waiting, relay, seq = KEYS[1], KEYS[2], KEYS[3], tonumber(ARGV[2])
if redis.call('HGET', relay, 'fence') ~= ARGV[1] then return 0 end
local last, from, gone = string.format('%d-1', seq), '-', {}
while from do
  local entries = redis.call('XRANGE', outbox, from, last, 'COUNT', 1000)
  for _, entry in ipairs(entries) do
    for field = 1, #entry[2], 2 do
      local environment = entry[2][field + 1]
      if entry[2][field] == 'environment' then gone[environment] = (gone[environment] or 0) + 1 end
    end
  end
  from = #entries == 1000 and '(' .. entries[1000][1]
end
for environment, count in pairs(gone) do
  if redis.call('HINCRBY', waiting, environment, -count) <= 0 then redis.call('HDEL', waiting, environment) end
end
redis.call('XTRIM', outbox, 'MINID', '=', string.format('%d-0', seq + 1))
-- counts that had come apart from the outbox are right again at the latest when it is empty
if redis.call('XLEN', outbox) == 0 then redis.call('DEL', waiting) end
return 1
`,
});
