import { defineScript } from '@tallystick/platform-redis';
import { allowOom, shardPrelude } from './shard-prelude.ts';

/**
 * Where the shard stands and who its members are. ARGV 3: `touch` writes something without meaning, for WAIT to wait for.
 * Makes head and member table where there never were any, so that a table without validators can become trusted.
 * Gives epoch, registry, server id, replicas, seq, head epoch, and the member table as field, text, ….
 */
export const lookScript = defineScript({
  name: 'ring-look',
  lua: `${allowOom}${shardPrelude}
local seq, epoch, registry, head_epoch = open_shard()
if not seq then return redis.error_reply(epoch) end
if ARGV[3] == 'touch' then redis.call('HSET', head, 'seq', string.format('%d', seq)) end
return { epoch, registry, server_id, replicas, seq, head_epoch, redis.call('HGETALL', members) }
`,
});
