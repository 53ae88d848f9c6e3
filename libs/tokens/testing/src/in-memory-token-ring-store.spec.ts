import { describe } from '@jest/globals';
import { InMemoryTokenRingStore } from './in-memory-token-ring-store.ts';
import { tokenRingStoreConformance } from './token-ring-store.conformance.ts';

describe('InMemoryTokenRingStore', () => {
  tokenRingStoreConformance({
    make: (options) => {
      const store = new InMemoryTokenRingStore(options);
      return { store, server: store, close: () => undefined };
    },
  });
});
