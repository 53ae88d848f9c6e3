import { defineScript } from '@tallystick/platform-redis';
import { readPrelude } from './shard-prelude.ts';

/** What is stored under a key, or nil; not from a replica. KEYS: the key. */
export const readScript = defineScript({
  name: 'ring-read',
  lua: `${readPrelude}
return refuse_as_replica() or redis.call('GET', KEYS[1])
`,
});

/** What was answered to an idempotency key; not from a replica. KEYS: done, values. Gives seq, digest, answer, values; nil for what is not there. */
export const answeredScript = defineScript({
  name: 'ring-answered',
  lua: `${readPrelude}
local known = redis.call('HMGET', KEYS[1], 'seq', 'digest', 'answer')
return refuse_as_replica() or { known[1], known[2], known[3], redis.call('GET', KEYS[2]) }
`,
});

/** A field of a hash, or nil; not from a replica. KEYS: the hash. ARGV: the field. */
export const readFieldScript = defineScript({
  name: 'ring-witness-read',
  lua: `${readPrelude}
return refuse_as_replica() or redis.call('HGET', KEYS[1], ARGV[1])
`,
});
