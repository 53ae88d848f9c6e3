import { defineScript } from '@tallystick/platform-redis';

/** Keeps the greater of what is known and what is told. KEYS: witness. ARGV: head epoch, number. Gives the number of replicas. */
export const raiseScript = defineScript({
  name: 'ring-witness-raise',
  lua: `
local known = redis.call('HGET', KEYS[1], ARGV[1])
if not known or tonumber(known) < tonumber(ARGV[2]) then known = ARGV[2] end
redis.call('HSET', KEYS[1], ARGV[1], known) -- also when it changes nothing: WAIT waits for this connection's writes
return tonumber(string.match(redis.call('INFO', 'replication'), 'connected_slaves:(%d+)') or '0')
`,
});
