export { auditOutboxConformance, type MakeOutbox, type OutboxUnderTest } from './audit-outbox.conformance.ts';
export {
  deliveredValues,
  deliveryTargetConformance,
  type DeliveryTargetTraits,
  type DeliveryTargetUnderTest,
} from './delivery-target.conformance.ts';
export { deviceJournalConformance, type JournalUnderTest } from './device-journal.conformance.ts';
export { environmentsOfOneShard, exampleDigest, exampleRing, exampleToken } from './example-rings.ts';
export { InMemoryAuditOutbox } from './in-memory-audit-outbox.ts';
export { type InMemoryConfiguration, InMemoryMdm } from './in-memory-delivery-target.ts';
export { InMemoryDeviceJournal } from './in-memory-device-journal.ts';
export { InMemoryRingWitness } from './in-memory-ring-witness.ts';
export { type InMemoryOptions, InMemoryTokenRingStore } from './in-memory-token-ring-store.ts';
export { type MakeStore, type StoreUnderTest } from './ring-store-under-test.ts';
export { ringWitnessConformance, type WitnessUnderTest } from './ring-witness.conformance.ts';
export { InMemorySightingStore, type InMemorySightingOptions } from './sighting-in-memory-store.ts';
export { type MakeSightingStore, sightingStoreConformance, type SightingStoreUnderTest } from './sighting-store.conformance.ts';
export { inMemoryTargets } from './target-slots.conformance.ts';
export { InMemoryTokenAdministration, knownAdoption, type KnownToken, valueOf } from './token-administration-in-memory.ts';
export { type AdministrationUnderTest, tokenAdministrationConformance } from './token-administration.conformance.ts';
export { tokenRingStoreConformance } from './token-ring-store.conformance.ts';
