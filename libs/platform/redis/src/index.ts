export { checkNodes, type NodesCheck } from './check-nodes.ts';
export {
  connectRedis,
  type RedisAddress,
  redisFacts,
  type RedisFacts,
  type RedisOptions,
  type RedisState,
} from './connect-redis.ts';
export { checkDurability, type ConfigClient } from './durability.ts';
export { type Redis, type RedisLogin, RedisTimeout, type RedisTls } from './redis-client.ts';
export { defineScript, type RedisScript, type ScriptClient } from './script.ts';
export { optionalRedisAddressOf, redisAddressOf, redisVariables } from './redis-variables.ts';
