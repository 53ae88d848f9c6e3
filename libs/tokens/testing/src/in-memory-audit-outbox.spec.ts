import { describe } from '@jest/globals';
import { auditOutboxConformance } from './audit-outbox.conformance.ts';
import { InMemoryAuditOutbox } from './in-memory-audit-outbox.ts';
import { InMemoryTokenRingStore } from './in-memory-token-ring-store.ts';

describe('InMemoryAuditOutbox', () => {
  auditOutboxConformance({
    make: (options) => {
      const store = new InMemoryTokenRingStore(options);
      return { store, outbox: new InMemoryAuditOutbox(store), close: () => undefined };
    },
  });
});
