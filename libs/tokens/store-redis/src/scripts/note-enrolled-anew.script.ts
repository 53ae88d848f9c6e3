import { defineScript } from '@tallystick/platform-redis';
import { notePrelude } from './note-prelude.ts';

/** Makes every note of a device `lost` that was intended before. KEYS: the device's hash. ARGV: enrolled at. */
export const noteEnrolledAnewScript = defineScript({
  name: 'note-enrolled-anew',
  lua: `${notePrelude}
local entries = redis.call('HGETALL', KEYS[1])
for at = 1, #entries, 2 do
  local changed, order, was, intended, answered, holds, command = string.match(entries[at + 1], form)
  if not changed then return damaged(KEYS[1]) end
  if was ~= 'lost' and tonumber(intended) < tonumber(ARGV[1]) then
    keep(KEYS[1], entries[at], order, 'lost', intended, answered, holds, command)
  end
end
return redis.status_reply('OK')
`,
});
