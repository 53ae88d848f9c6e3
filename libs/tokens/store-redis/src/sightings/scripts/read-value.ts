/**
 * `read_value(text)` → milliseconds, facts, day, whether it is a stranger's; nil for a text that is none. Counters of a day are read from and checked against what
 * they would become before anything is written, because a script that fails is not rolled back.
 */
export const readValue = `
local damaged = 'DAMAGED the counters of the sightings do not fit their devices: delete the sightings of this environment'

local function read_value(text)
  local at, facts = string.match(text, '^(%w+)|(.+)$')
  at = at and tonumber(at, 36)
  if not at then return nil end
  local is_stranger = string.sub(facts, -2) == '|s'
  if is_stranger then facts = string.sub(facts, 1, -3) end
  return at, facts, math.floor(at / 86400000), is_stranger
end

-- changes of counters: key -> field -> difference
local differences = {}
local function count(key, field, by)
  local fields = differences[key]
  if not fields then
    fields = {}
    differences[key] = fields
  end
  fields[field] = (fields[field] or 0) + by
end

-- what the counters become, or nil when one would be below nothing
local function sum_up()
  local sums = {}
  for key, fields in pairs(differences) do
    for field, by in pairs(fields) do
      if by ~= 0 then
        local sum = (tonumber(redis.call('HGET', key, field) or '0') or -1) + by
        if sum < 0 then return nil end
        sums[#sums + 1] = { key, field, sum }
      end
    end
  end
  return sums
end

local function write_sums(sums)
  for _, sum in ipairs(sums) do
    if sum[3] == 0 then redis.call('HDEL', sum[1], sum[2]) else redis.call('HSET', sum[1], sum[2], string.format('%d', sum[3])) end
  end
end
`;
