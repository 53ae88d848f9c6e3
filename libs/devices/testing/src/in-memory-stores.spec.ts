import { describe } from '@jest/globals';
import { environmentId } from '@tallystick/kernel-core';
import { InMemoryReconciliationStore } from './in-memory-reconciliation-store.ts';
import { InMemorySourceRecordStore } from './in-memory-source-record-store.ts';
import { reconciliationStoreConformance } from './reconciliation-store-conformance.ts';
import { sourceRecordStoreConformance, type StoresUnderTest } from './source-record-store-conformance.ts';

function make(): StoresUnderTest {
  const records = new InMemorySourceRecordStore();
  const reconciliations = new InMemoryReconciliationStore(records);
  return {
    environment: environmentId('test'),
    records,
    otherRecords: records,
    reconciliations,
    otherReconciliations: reconciliations,
    users: records.users,
    close: () => undefined,
  };
}

describe('the source records in memory', () => sourceRecordStoreConformance(make));
describe('the reconciliation store in memory', () => reconciliationStoreConformance(make));
