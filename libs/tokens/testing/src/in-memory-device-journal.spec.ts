import { describe } from '@jest/globals';
import { deviceJournalConformance } from './device-journal.conformance.ts';
import { InMemoryDeviceJournal } from './in-memory-device-journal.ts';

describe('InMemoryDeviceJournal', () => {
  deviceJournalConformance({ make: () => ({ journal: new InMemoryDeviceJournal(), close: () => undefined }) });
});
