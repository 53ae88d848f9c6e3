export { RedisTokenRingStore, type RedisTokenRingStoreOptions } from './redis-token-ring-store.ts';
export { UnreadableRecord } from './ring-document.ts';
