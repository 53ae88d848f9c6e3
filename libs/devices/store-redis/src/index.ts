export { createIdentities, type Identities } from './identities.ts';
export { RedisReconciliationStore } from './redis-reconciliation-store.ts';
export { RedisSourceRecordStore } from './redis-source-record-store.ts';
