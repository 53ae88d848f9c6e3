export { environmentsOfOneShard, exampleDigest, exampleRing, exampleToken } from './example-rings.ts';
export { type InMemoryOptions, InMemoryTokenRingStore } from './in-memory-token-ring-store.ts';
export { type MakeStore, type StoreUnderTest, tokenRingStoreConformance } from './token-ring-store.conformance.ts';
