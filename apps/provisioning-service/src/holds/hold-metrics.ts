import type { ConnectionRef, GuardStore } from '@tallystick/devices-domain';
import type { Instant } from '@tallystick/kernel-core';
import type { Metrics } from '@tallystick/platform-observability';
import { declareHoldMetrics } from '../provisioning-metrics.ts';

export interface HoldMetricsNeeds {
  readonly metrics: Pick<Metrics, 'gauge'>;
  readonly guards: Pick<GuardStore, 'list'>;
  readonly now: () => Instant;
}

const page = 200;
const mostHolds = 1_000;

/**
 * Counts the open holds of each connection, and how long the oldest has waited. What can't be asked now keeps its last figure.
 * @throws AggregateError after the others were counted, when one could not be.
 */
export function createHoldMetrics({ metrics, guards, now }: HoldMetricsNeeds) {
  const { open, users, oldest } = declareHoldMetrics(metrics);
  const one = async (ref: ConnectionRef): Promise<void> => {
    let [found, waiting, seen]: [number, number, number] = [0, 0, 0];
    let since: number = now();
    let cursor: string | undefined;
    do {
      const { holds, next }: Awaited<ReturnType<GuardStore['list']>> = await guards.list(ref, cursor, page);
      for (const hold of holds) {
        if (hold.state !== 'open') continue;
        found += 1;
        waiting += hold.users;
        since = Math.min(since, hold.openedAt);
      }
      seen += holds.length;
      cursor = next;
    } while (cursor !== undefined && seen < mostHolds);
    open.set(ref, found);
    users.set(ref, waiting);
    oldest.set(ref, (now() - since) / 1_000);
  };
  return async (connections: readonly ConnectionRef[]): Promise<void> => {
    const asked = connections.map(({ environment, connection }) => one({ environment, connection }));
    const faults = (await Promise.allSettled(asked)).filter((result) => result.status === 'rejected');
    if (faults.length > 0)
      throw new AggregateError(
        faults.map(({ reason }) => reason as unknown),
        `the holds of ${faults.length} connections could not be counted`,
      );
  };
}
