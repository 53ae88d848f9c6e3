import { defineScript } from '@tallystick/platform-redis';

/** Removes a member unless it has renewed since. KEYS: members. ARGV: member id, renewals as last seen. Gives 1 when it removed one. */
export const dropScript = defineScript({
  name: 'ring-drop',
  lua: `
local row = redis.call('HGET', KEYS[1], ARGV[1])
if row and cjson.decode(row).renewals == tonumber(ARGV[2]) then return redis.call('HDEL', KEYS[1], ARGV[1]) end
return 0
`,
});
