import type { EachBatchPayload } from 'kafkajs';
import type { ConsumerOptions, HandlerContext } from './consumer.ts';
import { type KafkaRecord, recordOf } from './record.ts';

const commitEveryMs = 1_000;
/** With these the coordinator says that this member is no longer what it thinks to be: it has to join again. */
const membershipFaults = new Set([
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'NOT_COORDINATOR_FOR_GROUP',
  'FENCED_INSTANCE_ID',
]);
const isMembershipFault = (error: unknown): error is Error =>
  error instanceof Error && membershipFaults.has((error as { type?: string }).type ?? '');

/** Which partitions wait for a repetition, how often they failed, and the timers that wake them. */
export type PartitionRetries = {
  readonly attempts: (topic: string, partition: number) => number;
  readonly failed: (topic: string, partition: number) => { readonly attempt: number; readonly delayMs: number };
  readonly succeeded: (topic: string, partition: number) => void;
  /** Forgets all timers: the consumer ends or begins anew. */
  readonly clear: () => void;
};

export function partitionRetries(
  delay: { readonly first: number; readonly max: number },
  control: {
    readonly pause: (topic: string, partition: number) => unknown;
    readonly resume: (topic: string, partition: number) => unknown;
  },
): PartitionRetries {
  const counts = new Map<string, number>();
  const timers = new Map<string, NodeJS.Timeout>();
  const keyOf = (topic: string, partition: number) => `${topic}|${partition}`;
  return {
    attempts: (topic, partition) => counts.get(keyOf(topic, partition)) ?? 0,
    succeeded: (topic, partition) => void counts.delete(keyOf(topic, partition)),
    failed: (topic, partition) => {
      const key = keyOf(topic, partition);
      const attempt = (counts.get(key) ?? 0) + 1;
      const delayMs = Math.round(Math.min(delay.first * 2 ** Math.min(attempt - 1, 20), delay.max) * (0.75 + Math.random() / 4));
      counts.set(key, attempt);
      clearTimeout(timers.get(key));
      control.pause(topic, partition);
      const wake = setTimeout(() => {
        timers.delete(key);
        control.resume(topic, partition);
      }, delayMs);
      timers.set(key, wake);
      return { attempt, delayMs };
    },
    clear: () => {
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
    },
  };
}

/** Heartbeats beside a handler. `lost` is the fault that ends the membership; a link that is down for a moment does not. */
function beatBeside(payload: EachBatchPayload, everyMs: number, abandoned: AbortSignal) {
  const gone = new AbortController();
  const beats: { lost?: Error } = {};
  const timer = setInterval(() => {
    payload.heartbeat().catch((error: unknown) => {
      if (!isMembershipFault(error)) return;
      beats.lost ??= error;
      gone.abort();
    });
  }, everyMs);
  const end = () => clearInterval(timer);
  abandoned.addEventListener('abort', end, { once: true }); // a handler that hangs must not hold the partition after a stop
  return {
    beats,
    signal: gone.signal,
    end: () => {
      end();
      abandoned.removeEventListener('abort', end);
    },
  };
}

/** `requested`: end soon. `abandoned`: the time for that is over. */
export type StopSignals = { readonly requested: AbortSignal; readonly abandoned: AbortSignal };

/** KafkaJS's `eachBatch` for our handlers. It throws only faults of Kafka: an error of a handler becomes a pause of its partition. */
export function handleBatchOf(
  options: ConsumerOptions,
  retries: PartitionRetries,
  {
    stop,
    heartbeatIntervalMs,
    seek,
  }: {
    readonly stop: StopSignals;
    readonly heartbeatIntervalMs: number;
    readonly seek: (topic: string, partition: number, offset: string) => void;
  },
) {
  const { logger, groupId, onRetry } = options;
  return async (payload: EachBatchPayload): Promise<void> => {
    const { topic, partition } = payload.batch;
    const records = payload.batch.messages.map((message) => recordOf(topic, partition, message));
    const units = 'handle' in options ? records.map((record) => [record]) : [records];
    const deliver = (unit: readonly KafkaRecord[], context: HandlerContext): Promise<void> =>
      'handle' in options ? options.handle(unit[0] as KafkaRecord, context) : options.handleBatch(unit, context);
    const beat = beatBeside(payload, Math.max(50, heartbeatIntervalMs / 2), stop.abandoned);
    const signal = AbortSignal.any([stop.requested, beat.signal]);
    const commit = () => payload.commitOffsetsIfNecessary(payload.uncommittedOffsets());
    let committedAt = performance.now();
    try {
      for (const unit of units) {
        if (signal.aborted || !payload.isRunning() || payload.isStale()) break;
        let soughtTo: string | undefined;
        try {
          await deliver(unit, {
            signal,
            attempt: retries.attempts(topic, partition) + 1,
            seekTo: (offset) => (soughtTo = offset),
          });
        } catch (error) {
          if (signal.aborted) break; // not its fault: it was told to give up
          const { attempt, delayMs } = retries.failed(topic, partition);
          logger.warn(
            { groupId, topic, partition, offset: unit[0]?.offset, attempt, delayMs, err: error },
            'a record could not be handled and comes again',
          );
          onRetry?.({ topic, partition, attempt, delayMs, error });
          break;
        }
        retries.succeeded(topic, partition);
        if (soughtTo !== undefined) {
          if (payload.isRunning()) seek(topic, partition, soughtTo); // also over a seek from outside: the handler takes it for done
          break;
        }
        payload.resolveOffset(unit.at(-1)?.offset ?? payload.batch.lastOffset());
        if (performance.now() - committedAt > commitEveryMs) {
          await commit();
          committedAt = performance.now();
        }
      }
      await commit();
      if (beat.beats.lost) throw beat.beats.lost; // KafkaJS joins again
    } finally {
      beat.end();
    }
  };
}
