import type { SourceRecordStore, UserRef } from '@tallystick/devices-domain';
import type { RedisParkedStore } from '@tallystick/devices-store-redis';
import type { Logger, Metrics } from '@tallystick/platform-observability';
import { declareSourceMetrics } from '../provisioning-metrics.ts';
import { repeat } from './repeat.ts';
import type { SourceWatch } from './source-watch.ts';

type ConnectionRef = Pick<UserRef, 'environment' | 'connection'>;

export interface SourceMetricsNeeds {
  readonly metrics: Pick<Metrics, 'gauge'>;
  readonly store: Pick<SourceRecordStore, 'source' | 'oldestPendingMs'>;
  readonly watch: Pick<SourceWatch, 'lag'>;
  readonly parked: Pick<RedisParkedStore, 'count'>;
}

/**
 * Measures all sources: how far each is behind, how long the oldest change waits, how many records are parked, and whether a source is
 * stopped (R18) or has a gap. What can't be asked now keeps its last figure.
 * @throws AggregateError after the others were measured, when one could not be.
 */
export function createSourceMetrics({ metrics, store, watch, parked }: SourceMetricsNeeds) {
  const { lag, oldest, waiting, overflow, stopped, gap } = declareSourceMetrics(metrics);

  const one = async ({ environment, connection }: ConnectionRef, topic: string): Promise<void> => {
    const ref = { environment, connection };
    for (const [partition, records] of await watch.lag(ref, topic))
      lag.set({ ...ref, partition: String(partition) }, Number(records));
    const [state, age, count] = await Promise.all([store.source(ref), store.oldestPendingMs(ref), parked.count(ref)]);
    oldest.set(ref, (age ?? 0) / 1_000);
    waiting.set(ref, count.open);
    overflow.set(ref, count.topicOnly);
    stopped.set(ref, state.stopped ? 1 : 0);
    gap.set(ref, state.gap ? 1 : 0);
  };

  return async (sources: readonly { readonly ref: ConnectionRef; readonly topic: string }[]): Promise<void> => {
    const results = await Promise.allSettled(sources.map(({ ref, topic }) => one(ref, topic)));
    const faults = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    if (faults.length > 0) throw new AggregateError(faults, `${faults.length} sources could not be measured`);
  };
}

/** Measures at once and then at every interval until stopped; a failure is logged. */
export const startMeasuring = (
  act: () => Promise<void>,
  intervalMs: number,
  logger: Logger,
): { readonly stop: () => Promise<void> } =>
  repeat(
    () => act().catch((error: unknown) => logger.warn({ err: error }, 'sources or holds could not be measured')),
    intervalMs,
  );
