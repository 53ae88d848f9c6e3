import { describe } from '@jest/globals';
import { connectionStoreConformance } from './connection-store-conformance.ts';
import { InMemoryConnectionStore } from './in-memory-connection-store.ts';

describe('the connections in memory', () =>
  connectionStoreConformance(
    (documents) => {
      const store = new InMemoryConnectionStore(documents);
      return { store, other: store, close: () => {} };
    },
    { prefix: 'memory' },
  ));
