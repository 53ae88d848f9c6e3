import { serverTime } from '../budget/server-time.ts';

/** How long a hold is kept after its end, and with it the memory of an answer: as long, a rejected plan is not held again. */
export const keptMs = 90 * 86_400_000;

/** Lua that the scripts of guards share. `base` has to be set before: see `guardBase`. */
export const guardPrelude = `${serverTime}
local function keep(key, ms)
  ms = math.ceil(ms)
  if redis.call('PTTL', key) < ms then redis.call('PEXPIRE', key, string.format('%.0f', ms)) end
end

local function read_counts(text)
  local d, s, r, p, a = string.match(text, '^(%d+),(%d+),(%d+),(%d+),?(%d*)$')
  return { tonumber(d), tonumber(s), tonumber(r), tonumber(p), tonumber(a) or 0 } -- stored before there was a fifth: none of it
end
local function add_counts(to, counts, sign)
  for at = 1, 5 do to[at] = math.max(0, to[at] + sign * counts[at]) end
  return to
end
local function counts_text(counts) return string.format('%.0f,%.0f,%.0f,%.0f,%.0f', unpack(counts)) end

local function is_open(state, expires, now) return state == 'open' and now < tonumber(expires) end

-- the newest answer about exactly this plan, as state and hold; fields are those of the user
local function answer_about(user, fields, plan)
  local newest, found_state, found_hold = -1, nil, nil
  for at = 1, #fields, 2 do
    if string.sub(fields[at], 1, 2) == 'h:' then
      local hold = string.sub(fields[at], 3)
      local state, number = unpack(redis.call('HMGET', base .. ':hold:' .. hold, 's', 'an'))
      if not state then
        redis.call('HDEL', user, fields[at]) -- forgotten long after its end
      elseif fields[at + 1] == plan and (state == 'approved' or state == 'rejected') and tonumber(number) > newest then
        newest, found_state, found_hold = tonumber(number), state, hold
      end
    end
  end
  return found_state, found_hold
end

-- adds (or takes away) one who is held to what a hold is about; the sums make a hash that depends on who is held, not on the order
local function count_held(hold, name, plan, counts, sign)
  local number, before, sums = unpack(redis.call('HMGET', hold, 'n', 'c', 'x'))
  local digest, parts, at = redis.sha1hex(name .. '/' .. plan), {}, 0
  for part in string.gmatch(sums, '%d+') do
    parts[#parts + 1] = string.format('%.0f', (tonumber(part) + sign * tonumber(string.sub(digest, at + 1, at + 10), 16)) % 1099511627776)
    at = at + 10
  end
  redis.call('HSET', hold, 'n', tonumber(number) + sign, 'c', counts_text(add_counts(read_counts(before), counts, sign)), 'x', table.concat(parts, ','))
end

-- takes the user out of what an open hold is about, and out of the force of an approved one
local function leave(user, name, hold_id, hold_state, state)
  local hold = base .. ':hold:' .. hold_id
  local value = redis.call('HGET', hold .. ':users', name)
  redis.call('HDEL', user, 'h:' .. hold_id)
  if not value then return end
  local was, plan, counts, sealed = string.match(value, '^([^|]*)|([^|]*)|([^|]*)|(.*)$')
  if was ~= 'held' then return end
  redis.call('HSET', hold .. ':users', name, state .. '|' .. plan .. '|' .. counts .. '|' .. sealed)
  if hold_state == 'open' then count_held(hold, name, plan, read_counts(counts), -1) end
end
`;
