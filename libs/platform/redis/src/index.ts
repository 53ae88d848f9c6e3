export { connectRedis, type Redis, type RedisOptions, type RedisState, RedisTimeout } from './connect-redis.ts';
export { checkRingDurability, type ConfigClient } from './durability.ts';
export { defineScript, type RedisScript, type ScriptClient } from './script.ts';
