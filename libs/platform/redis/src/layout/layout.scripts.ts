import { defineScript } from '../script.ts';

// All of them go on where the server's memory is at its limit: what they write is a handful of fields.
const prelude = `#!lua flags=allow-oom
if string.match(redis.call('INFO', 'replication'), 'role:(%w+)') ~= 'master' then return redis.error_reply('NOTPRIMARY this server is a replica') end
local key = KEYS[1]
local writes, oldest_reader, by, ends_at = unpack(redis.call('HMGET', key, 'writes', 'oldest-reader', 'by', 'until'))
local marked = writes ~= false
writes, oldest_reader = tonumber(writes or '1'), tonumber(oldest_reader or '1')
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function write(...)
  redis.call('HSET', key, ...)
end
-- the newest moment at which a process of an older layout than this was there
local function seen_before(layout)
  local newest = 0
  for older = 1, layout - 1 do newest = math.max(newest, tonumber(redis.call('HGET', key, 'seen:' .. older) or '0')) end
  return newest
end
`;

/** ARGV: the layout of this version. Gives `entered` or `newer`, the layout of the data, and the oldest that may read it. */
export const enterScript = defineScript({
  name: 'layout-enter',
  lua: `${prelude}
local own = tonumber(ARGV[1])
if oldest_reader > own then return { 'newer', writes, oldest_reader } end
if writes > own then writes = own end
write('writes', writes, 'oldest-reader', oldest_reader, 'seen:' .. own, string.format('%d', now))
return { 'entered', writes, oldest_reader }
`,
});

/**
 * Begins the step to a layout. ARGV: that layout, the oldest reader of it, who, for how long in ms, after how many ms without a sign a process has
 * gone. Gives `begun`; `older`: a process of an older version may still write; `busy`: somebody else is at it; `other`: the data is elsewhere by now.
 */
export const beginScript = defineScript({
  name: 'layout-begin',
  lua: `${prelude}
local to, reader, who, for_ms, gone_ms = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
if not marked or writes ~= to - 1 then return 'other' end
if by and by ~= who and tonumber(ends_at) > now then return 'busy' end
if seen_before(to) > now - gone_ms then return 'older' end
write('by', who, 'until', string.format('%d', now + for_ms), 'oldest-reader', math.max(oldest_reader, reader))
return 'begun'
`,
});

/** ARGV: who, for how long in ms. Gives 1; 0: somebody else has taken it over, or may. */
export const goOnScript = defineScript({
  name: 'layout-go-on',
  lua: `${prelude}
if by ~= ARGV[1] or tonumber(ends_at) <= now then return 0 end
write('until', string.format('%d', now + tonumber(ARGV[2])))
return 1
`,
});

/** ARGV: the layout, who, after how many ms a process has gone. Gives 1 when all of the data is of it now; 0: it has to be done again. */
export const endScript = defineScript({
  name: 'layout-end',
  lua: `${prelude}
local to = tonumber(ARGV[1])
if by ~= ARGV[2] or tonumber(ends_at) <= now or writes ~= to - 1 then return 0 end
redis.call('HDEL', key, 'by', 'until')
if seen_before(to) > now - tonumber(ARGV[3]) then return 0 end
write('writes', to)
return 1
`,
});

/** Lets others begin what was given up. ARGV: who. Gives 1 when it was theirs. */
export const giveUpScript = defineScript({
  name: 'layout-give-up',
  lua: `${prelude}
if by ~= ARGV[1] then return 0 end
redis.call('HDEL', key, 'by', 'until')
return 1
`,
});
