export { connectRedis, type Redis, type RedisOptions, type RedisState, RedisTimeout } from './connect-redis.ts';
export { checkDurability, type ConfigClient } from './durability.ts';
export { defineScript, type RedisScript, type ScriptClient } from './script.ts';
