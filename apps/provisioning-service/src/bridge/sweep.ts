import type { ConnectionRests, SourceRecordStore, UserRef, WakeMark } from '@tallystick/devices-domain';
import type { Logger } from '@tallystick/platform-observability';
import { type BridgeNeeds, wakeAll } from './bridge.ts';
import { repeat } from './repeat.ts';

type ConnectionRef = Pick<UserRef, 'environment' | 'connection'>;

const page = 500;

/**
 * Wakes every user whose wake-up was never confirmed: the bridge died between storing the record and signalling, or the directory is in
 * quarantine. Users of a connection at rest are left alone, and after it only so many are woken as may be.
 */
export async function sweep(
  needs: Pick<BridgeNeeds, 'wake'> & {
    readonly store: Pick<SourceRecordStore, 'pending' | 'signalled'>;
    readonly rests: ConnectionRests;
  },
  connections: readonly ConnectionRef[],
): Promise<number> {
  let woken = 0;
  const failures: unknown[] = [];
  for (const connection of connections) {
    // One user or connection that can't be woken must not keep the others from it.
    const failed = (error: unknown): void => void failures.push(error);
    const may = await needs.rests.mayWake(connection).catch((error: unknown) => (failed(error), 0));
    if (may === 0) continue;
    let left = may === 'all' ? Infinity : may;
    let users: { readonly user: UserRef; readonly version: WakeMark }[] = [];
    const flush = async (): Promise<void> => {
      const these = users;
      users = [];
      await wakeAll(needs, these).then(() => void (woken += these.length), failed);
    };
    for await (const user of needs.store.pending(connection)) {
      if (left === 0) break;
      left -= 1;
      users.push(user);
      if (users.length === page) await flush();
    }
    await flush();
    if (may !== 'all' && left > 0) await needs.rests.woken(connection).catch(failed);
  }
  if (failures.length > 0) throw new Error(`${failures.length} pages of users could not be woken`, { cause: failures[0] });
  return woken;
}

/** Sweeps at once and then at every interval until stopped; one that fails is made up by the next. */
export const startSweeping = (
  act: () => Promise<number>,
  intervalMs: number,
  logger: Logger,
): { readonly stop: () => Promise<void> } =>
  repeat(
    () =>
      act().then(
        (woken) => void (woken > 0 && logger.info({ woken }, 'woke users whose wake-up was never confirmed')),
        (error: unknown) => logger.warn({ err: error }, 'the sweep of unconfirmed wake-ups failed and is repeated later'),
      ),
    intervalMs,
  );
