import { defineScript } from '@tallystick/platform-redis';
import { shardPrelude } from './shard-prelude.ts';

/**
 * Gives the shard another head epoch (ARGV 1), if it still has the expected one. Numbers go on, log and members stay: every validator
 * loads the shard afresh, because the epoch that it is told is another. ARGV from 3: expected head epoch, hint channel, shard. Gives 1 when done.
 */
export const reopenScript = defineScript({
  name: 'ring-reopen',
  lua: `${shardPrelude}
local seq, epoch, _, head_epoch = open_shard()
if not seq then return redis.error_reply(epoch) end
if head_epoch ~= ARGV[3] then return 0 end
redis.call('HSET', head, 'epoch', ARGV[1])
redis.pcall('PUBLISH', ARGV[4], ARGV[5])
return 1
`,
});
