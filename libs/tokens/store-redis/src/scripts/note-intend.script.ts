import { defineScript } from '@tallystick/platform-redis';
import { notePrelude, notesKeptMs } from './note-prelude.ts';

/**
 * Notes commands that are not noted yet, each behind all others of its device. Whatever of such a device has not changed for 90 days goes:
 * only here a hash grows, so it never has more notes than were changed within 90 days of the last intention.
 * KEYS: hashes of devices. ARGV: intended at, then of each command: which key, its id, and the rest of it as JSON.
 */
export const noteIntendScript = defineScript({
  name: 'note-intend',
  lua: `${notePrelude}
local oldest = now - ${notesKeptMs}
-- by key: the order of the newest note
local newest = {}

local function forget_old(key)
  local highest, is_old = 0, false
  for _, text in ipairs(redis.call('HVALS', key)) do
    local changed, order = string.match(text, '^%[(%d+),(%d+),"') -- no more of it: this is most of what the script costs
    if not changed then return nil end
    highest = math.max(highest, tonumber(order))
    is_old = is_old or tonumber(changed) < oldest
  end
  if is_old then
    local entries = redis.call('HGETALL', key)
    for at = 1, #entries, 2 do
      if tonumber(string.match(entries[at + 1], '%d+')) < oldest then redis.call('HDEL', key, entries[at]) end
    end
  end
  return highest
end

for at = 2, #ARGV, 3 do
  local key, id, command = KEYS[tonumber(ARGV[at])], ARGV[at + 1], ARGV[at + 2]
  if redis.call('HEXISTS', key, id) == 0 then
    local before = newest[key] or forget_old(key)
    if not before then return damaged(key) end
    newest[key] = before + 1
    keep(key, id, string.format('%.0f', before + 1), 'sending', ARGV[1], 'null', 'false', command)
  end
end
return redis.status_reply('OK')
`,
});
