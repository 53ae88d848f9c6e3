import { defineScript } from '@tallystick/platform-redis';

/**
 * Removes a member unless it has renewed since. A row that can't be read has no count of renewals; a number made from its text stands for
 * it (see `readMember`). KEYS: members. ARGV: member id, renewals as last seen. Gives 1 when it removed one.
 */
export const dropScript = defineScript({
  name: 'ring-drop',
  lua: `
local row, seen = redis.call('HGET', KEYS[1], ARGV[1]), tonumber(ARGV[2])
if not row then return 0 end
local is_json, member = pcall(cjson.decode, row)
local is_same = is_json and type(member) == 'table' and member.renewals == seen
local by_text = -tonumber(string.sub(redis.sha1hex(row), 1, 12), 16)
if is_same or by_text == seen then return redis.call('HDEL', KEYS[1], ARGV[1]) end
return 0
`,
});
