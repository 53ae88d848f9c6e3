import { randomBytes } from 'node:crypto';
import type { Logger } from '@tallystick/platform-observability';
import { z } from 'zod';
import type { Redis } from '../redis-client.ts';
import { beginScript, endScript, giveUpScript, goOnScript } from './layout.scripts.ts';
import { enterEveryMs, enterLayout, layoutOf, type StoreLayout } from './store-layout.ts';

export interface Migrating {
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** A process of an older version that gave no sign for so long has gone; default three times {@link enterEveryMs}. */
  readonly goneAfterMs?: number;
  /** What a process that was killed has begun is begun anew after so long; default 30 000. */
  readonly holdMs?: number;
}

/** `older`: a process of an older version may still write; `busy`: another process is at it. Both: come again. */
export type Migrated = 'done' | 'older' | 'busy';

const beginReply = z.enum(['begun', 'older', 'busy', 'other']);

/**
 * Brings the data of a store forward to the layout of this version, one migration after another: once, whoever is first; from the start of the
 * step at which a process was killed; and only when no process of an older version gave a sign for a while, so in a rolling upgrade after the
 * last of them. What is not readable for them shuts them out before it begins.
 * @throws what a migration throws, the signal's reason, NewerLayout, and what the connection throws: repeating it is safe.
 */
export async function migrateLayout(redis: Redis, layout: StoreLayout, migrating: Migrating): Promise<Migrated> {
  const { logger, goneAfterMs = 3 * enterEveryMs, holdMs = 30_000 } = migrating;
  const who = randomBytes(8).toString('hex');
  for (;;) {
    migrating.signal.throwIfAborted();
    const written = await enterLayout(redis, layout);
    const migration = layout.migrations[written - 1];
    if (migration === undefined) return 'done';
    const to = written + 1;
    const args = [to, migration.oldestReader, who, holdMs, goneAfterMs];
    const begun = beginReply.parse(await beginScript.run(redis, [layout.key], args));
    if (begun === 'older' || begun === 'busy') return begun;
    if (begun === 'other') continue;
    logger.info({ from: written, to, of: layoutOf(layout) }, `the data of ${layout.what} is brought forward: ${migration.what}`);
    await held(redis, layout, { who, holdMs, signal: migrating.signal }, (signal) => migration.run(redis, signal));
    if ((await endScript.run(redis, [layout.key], [to, who, goneAfterMs])) !== 1) return 'older';
  }
}

/** Runs it for as long as nobody else may begin it. */
async function held(
  redis: Redis,
  { key }: StoreLayout,
  { who, holdMs, signal }: { readonly who: string; readonly holdMs: number; readonly signal: AbortSignal },
  run: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const lost = new AbortController();
  const goOn = async (): Promise<void> => {
    if ((await goOnScript.run(redis, [key], [who, holdMs])) !== 1)
      lost.abort(new Error('another process has begun this migration'));
  };
  const timer = setInterval(() => void goOn().catch((error: unknown) => lost.abort(error)), holdMs / 3);
  try {
    await run(AbortSignal.any([signal, lost.signal]));
    lost.signal.throwIfAborted();
  } catch (error) {
    await giveUpScript.run(redis, [key], [who]).catch(() => undefined); // else it ends by itself
    throw error;
  } finally {
    clearInterval(timer);
  }
}
