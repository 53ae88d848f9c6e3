/** Notes are kept for so long after they last changed. */
export const notesKeptMs = 90 * 24 * 60 * 60_000;

/**
 * What every script of the device journal begins with: the time by this server, and a note as text (see `note-text.ts`). No JSON is read
 * here: Lua's numbers and texts would not all come out as they went in.
 * KEYS: the hashes of devices; all of a target's carry one hash tag, so that one script may touch many of them on a cluster.
 */
export const notePrelude = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- changed at, order, status, intended at, answered at, holds, command
local form = '^%[(%d+),(%d+),"([-%l]+)",([-%d]+),([-%w]+),([^,]+),(.+)%]$'

local function damaged(key)
  return redis.error_reply('DAMAGED a note of a device can not be read: delete ' .. key .. ', then the device is asked anew')
end

local function keep(key, command_id, order, status, intended, answered, holds, command)
  local parts = { string.format('%.0f', now), order, '"' .. status .. '"', intended, answered, holds, command }
  redis.call('HSET', key, command_id, '[' .. table.concat(parts, ',') .. ']')
  redis.call('PEXPIRE', key, '${notesKeptMs}')
end
`;
