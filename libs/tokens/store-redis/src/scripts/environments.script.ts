import { defineScript } from '@tallystick/platform-redis';
import { allowOom, shardPrelude } from './shard-prelude.ts';

/**
 * A page of the environments that have a ring; one may come twice. ARGV from 3: cursor, about how many.
 * Gives the epoch that answers, the next cursor ('0': that was all), and the names.
 */
export const environmentsScript = defineScript({
  name: 'ring-environments',
  lua: `${allowOom}${shardPrelude}
local seq, epoch = open_shard()
if not seq then return redis.error_reply(epoch) end
local page = redis.call('SSCAN', environments, ARGV[3], 'COUNT', ARGV[4])
return { epoch, page[1], page[2] }
`,
});
