export { RedisAuditOutbox, type RedisAuditOutboxOptions } from './redis-audit-outbox.ts';
export { RedisDeviceJournal, type RedisDeviceJournalOptions } from './redis-device-journal.ts';
export { RedisRingWitness, type RedisRingWitnessOptions } from './redis-ring-witness.ts';
export { RedisTokenRingStore, type RedisTokenRingStoreOptions } from './redis-token-ring-store.ts';
export { RedisSightingStore, type RedisSightingStoreOptions } from './sightings/redis-sighting-store.ts';
export { UnreadableRecord } from './unreadable-record.ts';
export { sightingsLayout } from './sightings/sightings-layout.ts';
