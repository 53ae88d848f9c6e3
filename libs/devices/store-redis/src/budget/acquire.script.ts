import { defineScript } from '@tallystick/platform-redis';
import { serverTime } from './server-time.ts';

/**
 * One ask of a directory's budget. All of it is decided in this step, so concurrent callers can't pass it together.
 *
 * Rate: GCRA. `t` is the moment at which all that was charged is paid off; a call is let through when it then is at most a burst ahead of now. So no
 * window of time has more than burst + rate × time, and a burst is there again after a quiet time. An operation with more calls than a burst
 * waits until all is paid off, and is paid for afterwards: it could never begin else.
 * Lanes: both may use all, one after the other:
 *   - bulk leaves a tenth of the burst, and one place (where there are two), to a live caller who comes now;
 *   - while a live caller waits, bulk leaves room for that call too, so that the live one is first;
 *   - after nine live calls per call of a waiting bulk caller it is bulk's turn, and live leaves room: bulk has a tenth, whatever live wants.
 *   "Waits" means: was sent away and is told to come back; it ends a moment after it should have come.
 * Who is sent away is told a moment after those who were sent away before, within a second, or all would come back at once.
 * In quarantine one caller is let through as the probe, when it is time.
 *
 * State: t paid off · n not before · f failures in a row · r live calls since bulk has waited · for each lane (l, b) its n next, p promised, c calls
 *   · quarantine: qw why, qs since, qa probe at, qi interval, qp prober, qu prober until. Moments lie in the future within bounds that are known,
 *   so those beyond them come from a server clock that was wrong for a while, and are cut: nobody is locked out until that day comes.
 * KEYS: state, live leases, bulk leases. ARGV: time or '', lane, calls, lease ms, calls a second, burst, places, lease.
 * Gives 'granted' and the lease; 'later' and the wait; 'quarantined', the wait and why. Waits in whole ms.
 */
export const acquireScript = defineScript({
  name: 'budget-acquire',
  lua: `${serverTime}
local state, lane, lease = KEYS[1], ARGV[2], ARGV[8]
local now, calls, lease_ms = time_of(ARGV[1]), tonumber(ARGV[3]), tonumber(ARGV[4])
local call_ms, burst, places = 1000 / tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local spacing = math.min(50, math.max(5, call_ms))
local grace, most_spread, longest_lease = 250, 1000, 900000

local paid, not_before, in_a_row, ln, lp, lc, bn, bp, bc, why, since, probe_at, prober_until =
  unpack(redis.call('HMGET', state, 't', 'n', 'r', 'ln', 'lp', 'lc', 'bn', 'bp', 'bc', 'qw', 'qs', 'qa', 'qu'))
local function moment(text, most) return math.min(tonumber(text) or 0, now + most) end
paid = moment(paid, math.max(60000, call_ms * math.max(burst, calls)))
not_before = moment(not_before, 3600000)
in_a_row = tonumber(in_a_row) or 0
local furthest = math.max(now, not_before, paid + call_ms * calls) - now + 2 * most_spread
local function lane_of(next, promised, of)
  promised = tonumber(promised) or 0
  if promised > now + furthest then promised = 0 end
  return { next = moment(next, furthest), promised = promised, calls = tonumber(of) or 0 }
end
local live, bulk = lane_of(ln, lp, lc), lane_of(bn, bp, bc)
local mine, theirs = live, bulk
if lane == 'bulk' then mine, theirs = bulk, live end
local function is_waiting(who) return who.promised > 0 and who.promised + grace > now end

local leases = 0
for at = 2, 3 do
  redis.call('ZREMRANGEBYSCORE', KEYS[at], '-inf', string.format('%.3f', now))
  redis.call('ZREMRANGEBYSCORE', KEYS[at], string.format('(%.3f', now + longest_lease), '+inf')
  leases = leases + redis.call('ZCARD', KEYS[at])
end

local function when_allowed(keep, of)
  local at = math.max(paid, now) + call_ms * (calls - math.max(burst - keep, calls))
  if at - now <= 0.01 then at = now end -- what the sums may be out
  if leases >= of then at = math.max(at, now + spacing) end
  return math.max(at, not_before)
end

local function grant(name)
  redis.call('ZADD', lane == 'bulk' and KEYS[3] or KEYS[2], string.format('%.3f', now + lease_ms), name)
  redis.call('PEXPIRE', lane == 'bulk' and KEYS[3] or KEYS[2], longest_lease)
  if lane == 'bulk' or not is_waiting(bulk) then in_a_row = 0 else in_a_row = in_a_row + calls end
  if mine.promised <= now then mine.promised = 0 end
  redis.call('HSET', state, 't', string.format('%.3f', math.max(paid, now) + call_ms * calls), 'r', in_a_row,
    lane == 'bulk' and 'bp' or 'lp', string.format('%.3f', mine.promised))
  redis.call('PEXPIRE', state, 2592000000)
  return { 'granted', name }
end

if why then
  local till = math.max(moment(prober_until, longest_lease), moment(probe_at, 300000), when_allowed(0, places))
  if till > now then return { 'quarantined', string.format('%.0f', math.ceil(till - now)), why } end
  lease = 'probe-' .. since .. '-' .. lease
  redis.call('HSET', state, 'qp', lease, 'qu', string.format('%.3f', now + lease_ms))
  return grant(lease)
end

local function when_granted()
  local is_bulks_turn = is_waiting(bulk) and in_a_row >= 9 * bulk.calls
  local gives_way = is_bulks_turn
  if lane == 'bulk' then gives_way = is_waiting(live) and not is_bulks_turn end
  local keep = 0
  if lane == 'bulk' and not is_bulks_turn and burst > 1 then keep = math.max(1, math.floor(burst / 10)) end
  if gives_way then keep = math.max(keep, theirs.calls) end
  -- too little to share: the other lane goes first
  if gives_way and (calls + keep > burst or places == 1) then return math.max(not_before, now + spacing) end
  local of = places
  if gives_way then of = places - 1 end
  if lane == 'bulk' and places > 1 then of = math.min(of, places - 1 + redis.call('ZCARD', KEYS[2])) end
  return when_allowed(keep, of)
end

local at = when_granted()
if at <= now then return grant(lease) end
local told = math.max(at, mine.next)
if told > at + most_spread then told = at end
local prefix = lane == 'bulk' and 'b' or 'l'
redis.call('HSET', state, prefix .. 'n', string.format('%.3f', told + spacing),
  prefix .. 'p', string.format('%.3f', math.max(mine.promised, told)), prefix .. 'c', calls)
redis.call('PEXPIRE', state, 2592000000)
return { 'later', string.format('%.0f', math.ceil(told - now)) }
`,
});
