import { defineScript } from '@tallystick/platform-redis';

/** Keeps the greater of what is known and what is told. KEYS: witness. ARGV: head epoch, number. */
export const raiseScript = defineScript({
  name: 'ring-witness-raise',
  lua: `
local known = redis.call('HGET', KEYS[1], ARGV[1])
if not known or tonumber(known) < tonumber(ARGV[2]) then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
return 0
`,
});
