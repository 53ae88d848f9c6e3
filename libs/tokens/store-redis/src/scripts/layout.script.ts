import { defineScript } from '@tallystick/platform-redis';
import { allowOom, shardPrelude } from './shard-prelude.ts';

/**
 * Raises what the shard says of its layout; never lowers it, so that of two versions which run at once the older one changes nothing.
 * ARGV from 3: layout that is written, oldest version of the layout that can read it. Gives 1.
 */
export const layoutScript = defineScript({
  name: 'ring-layout',
  lua: `${allowOom}${shardPrelude}
local seq, epoch = open_shard()
if not seq then return redis.error_reply(epoch) end
for field, told in pairs({ writes = ARGV[3], ['oldest-reader'] = ARGV[4] }) do
  local known = tonumber(redis.call('HGET', head, field) or '1')
  redis.call('HSET', head, field, string.format('%d', math.max(known, tonumber(told))))
end
return 1
`,
});
