import { z } from 'zod';
import type { Redis } from '../redis-client.ts';
import { enterScript } from './layout.scripts.ts';

/** One step forward. A layout that needs no step in the data has none: readers of it read both. */
export interface LayoutMigration {
  /** What it does, as logs say it. */
  readonly what: string;
  /** The oldest layout whose processes may still run on what this makes: else they are refused from the moment that it begins. */
  readonly oldestReader: number;
  /**
   * Does it. May be begun again from the start after any part of it was done, also when all of it was, beside processes of the new version that
   * write. Ends early when `signal` aborts.
   */
  readonly run: (redis: Redis, signal: AbortSignal) => Promise<void>;
}

/** How the data of one store is laid out in the present version: layout 1, and each migration one more. */
export interface StoreLayout {
  /** Hash: `writes`, the layout that all of the data is in at least; `oldest-reader`; `seen:<layout>` in ms; who migrates, `by` and `until`. */
  readonly key: string;
  /** What it is the layout of, as errors and logs say it: `the devices`. */
  readonly what: string;
  /** From layout 1 on, in order. Recorded for ever: a store may be that old. */
  readonly migrations: readonly LayoutMigration[];
}

export const layoutOf = ({ migrations }: StoreLayout): number => 1 + migrations.length;

/** The data is of a version that this one knows nothing of. Nothing was touched. */
export class NewerLayout extends Error {
  override readonly name = 'NewerLayout';
}

const enterReply = z.tuple([z.enum(['entered', 'newer']), z.int(), z.int()]);

/**
 * Says that a process of this version uses the store, and looks whether it may. Data without a marker is of layout 1. To be repeated every
 * {@link enterEveryMs}, for a newer version may come while this one runs, and a store may come back from a backup of it.
 *
 * An older version that may run beside or after a newer one writes its own layout, so it takes the marker back to that: what it wrote is
 * migrated when the last process of it has gone.
 * @returns the layout that all of the data is in at least.
 * @throws NewerLayout when this version must not touch it; what the connection throws when it can not be reached.
 */
export async function enterLayout(redis: Redis, layout: StoreLayout): Promise<number> {
  const [kind, writes, oldestReader] = enterReply.parse(await enterScript.run(redis, [layout.key], [layoutOf(layout)]));
  if (kind === 'entered') return writes;
  throw new NewerLayout(
    `the data of ${layout.what} in Redis was written by a newer version, whose layout ${writes} needs one that knows ${oldestReader}; this one knows ${layoutOf(layout)}. Run that version again, or restore a backup from before it (docs/operations/redis.md, "Versions")`,
  );
}

export const enterEveryMs = 5_000;
