import type { StoreLayout } from '@tallystick/platform-redis';

/**
 * Of everything on the second Redis: sightings, the rings' witness, the journal of deliveries. The rings have a layout of their own in each
 * shard's head, which every script of theirs looks at.
 */
export const sightingsLayout = (prefix: string): StoreLayout => ({
  key: `${prefix}:layout:sightings`,
  what: 'the sightings and the witness',
  migrations: [],
});
