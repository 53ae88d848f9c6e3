import type { StoreLayout } from '@tallystick/platform-redis';
import { indexStoredRecords } from './index-stored-records.ts';

/**
 * Of everything that the devices half keeps on its Redis: records, work, owners, sources, parked records, guards and holds, passes, inspections,
 * connections, changes and the audit's outbox. What is on the Redis of the allowances is forgotten within a day and has none.
 *
 * A change of a stored form that an older version would misread, or that a newer one can not read as it was, is a migration here.
 */
export const devicesLayout: StoreLayout = {
  key: 'tally:layout:devices',
  what: 'the devices',
  migrations: [
    {
      what: 'users and accounts that were stored before there were indexes are brought into them',
      oldestReader: 1,
      run: indexStoredRecords,
    },
  ],
};
