import { defineScript } from '@tallystick/platform-redis';
import { serverTime } from './server-time.ts';

/**
 * What came of a call. Whoever changes the state of the directory is the one who hears of it. In quarantine only a probe of this very quarantine
 * counts: an answer to a call that began before it says nothing about now.
 * KEYS: state, live leases, bulk leases. ARGV: time or '', lease, kind, wait until not-before in ms or '', why or ''.
 */
export const doneScript = defineScript({
  name: 'budget-done',
  lua: `${serverTime}
local state, now, lease, kind = KEYS[1], time_of(ARGV[1]), ARGV[2], ARGV[3]
if redis.call('ZREM', KEYS[2], lease) == 0 then redis.call('ZREM', KEYS[3], lease) end
local not_before, failures, why, since, interval, prober = unpack(redis.call('HMGET', state, 'n', 'f', 'qw', 'qs', 'qi', 'qp'))
local function set(...)
  redis.call('HSET', state, ...)
  redis.call('PEXPIRE', state, 2592000000)
end
local function ms(moment) return string.format('%.3f', moment) end

if kind == 'refused-all' then
  local told = now + math.min(tonumber(ARGV[4]), 3600000)
  if told > math.min(tonumber(not_before) or 0, now + 3600000) then set('n', ms(told)) end
end
if why then
  local mark = 'probe-' .. since .. '-'
  if string.sub(lease, 1, #mark) ~= mark then return 'nothing' end
  if kind == 'ok' then
    redis.call('HDEL', state, 'qw', 'qs', 'qa', 'qi', 'qp', 'qu', 'f')
    return 'healed'
  end
  if lease ~= prober then return 'nothing' end
  redis.call('HDEL', state, 'qp', 'qu')
  if kind == 'refused-all' then return 'nothing' end
  if kind == 'sick' then set('qw', ARGV[5]) end
  interval = math.min(2 * tonumber(interval), 300000)
  set('qi', interval, 'qa', ms(now + interval))
  return 'nothing'
end
local sick = kind == 'sick' and ARGV[5]
if kind == 'ok' and failures then redis.call('HDEL', state, 'f') end
if kind == 'failed' then
  failures = (tonumber(failures) or 0) + 1
  set('f', failures)
  if failures >= 20 then sick = 'directory-failing' end
end
if not sick then return 'nothing' end
set('qw', sick, 'qs', ms(now), 'qa', ms(now + 5000), 'qi', 5000)
return 'quarantined'
`,
});

/** KEYS as above. ARGV: time or ''. Gives places taken, then as waits in ms, '' for none: not before, why, since, probe at. */
export const stateScript = defineScript({
  name: 'budget-state',
  lua: `${serverTime}
local now = time_of(ARGV[1])
local not_before, why, since, probe_at = unpack(redis.call('HMGET', KEYS[1], 'n', 'qw', 'qs', 'qa'))
local function wait(moment) return string.format('%.0f', math.ceil(tonumber(moment) - now)) end
local from = string.format('(%.3f', now)
local leases = redis.call('ZCOUNT', KEYS[2], from, '+inf') + redis.call('ZCOUNT', KEYS[3], from, '+inf')
if not_before and tonumber(not_before) > now then not_before = wait(math.min(tonumber(not_before), now + 3600000)) else not_before = '' end
if not why then return { leases, not_before, '', '', '' } end
return { leases, not_before, why, wait(since), wait(probe_at) }
`,
});
