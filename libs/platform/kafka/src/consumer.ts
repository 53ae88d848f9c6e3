import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import type { Logger } from '@tallystick/platform-observability';
import { handleBatchOf, type PartitionRetries, partitionRetries } from './consume-batch.ts';
import { patientRetry } from './create-kafka.ts';
import type { KafkaRecord } from './record.ts';
import { withinMs } from './within.ts';

export type HandlerContext = {
  /** Aborted when the consumer stops or loses the partition: give up what can be given up. */
  readonly signal: AbortSignal;
  /** 1 for the first delivery in this process, 2 for the first repetition … */
  readonly attempt: number;
  /**
   * Go on at this offset (decimal) instead of after what was delivered: when the handler resolves, nothing of the delivery counts as
   * handled. Without the partition nothing happens.
   */
  readonly seekTo: (offset: string) => void;
};

/** Resolves when the record needs no further delivery. Throwing means "again later": the record is neither lost nor skipped. */
export type RecordHandler = (record: KafkaRecord, context: HandlerContext) => Promise<void>;
/** The same for all fetched records of one partition, in order: throwing delivers all of them again. */
export type BatchHandler = (records: readonly KafkaRecord[], context: HandlerContext) => Promise<void>;

export type ConsumerOptions = {
  readonly kafka: Kafka;
  readonly groupId: string;
  readonly topics: readonly string[];
  /** Where a group without a committed offset begins. */
  readonly fromBeginning: boolean;
  readonly logger: Logger;
  /** KafkaJS gave up. It is connected anew after a pause; this is for the alarm. */
  readonly onCrash?: (error: Error) => void;
  /** Joined the group, at first or again: the partitions are handed out from where the group stands, not from where this consumer was. */
  readonly onJoin?: () => void;
  /** A handler has thrown; the record comes again after `delayMs`. */
  readonly onRetry?: (failure: {
    readonly topic: string;
    readonly partition: number;
    readonly attempt: number;
    readonly delayMs: number;
    readonly error: unknown;
  }) => void;
  readonly retryDelayMs?: { readonly first: number; readonly max: number };
  /** Partitions that are handled at the same time. Default 1. */
  readonly concurrency?: number;
  readonly sessionTimeoutMs?: number;
  readonly heartbeatIntervalMs?: number;
  /** How long {@link RunningConsumer.stop} waits for a handler. Default 10 000. */
  readonly drainMs?: number;
} & ({ readonly handle: RecordHandler } | { readonly handleBatch: BatchHandler });

/** After so long in the group a crash is the first one again. */
const calmMs = 60_000;

export type TopicPartition = { readonly topic: string; readonly partition: number };

export type RunningConsumer = {
  /** Resolves at the first join of the group; rejects when stopped before. */
  readonly joined: Promise<void>;
  /** Empty while the group rebalances and while there is no connection. */
  readonly assignedPartitions: () => readonly TopicPartition[];
  /** Nothing more is handed out until {@link RunningConsumer.resume}; membership is kept. */
  readonly pause: () => void;
  readonly resume: () => void;
  /**
   * Goes on at this offset (decimal), also while nothing comes; what is being handled ends first, and a {@link HandlerContext.seekTo} of it
   * goes before. False, and nothing happens, without the partition.
   */
  readonly seek: (at: TopicPartition, offset: string) => boolean;
  /** Waits for the handler under way, at most `drainMs`, commits what was handled, and leaves the group. */
  readonly stop: () => Promise<void>;
};

/**
 * Consumes at least once, in order per partition. An offset is committed only after the handler has resolved.
 *
 * A handler that throws stops its partition alone: the partition is paused, so heartbeats, rebalances and shutdown go on, and the
 * same record comes again after a growing delay. A slow handler keeps its membership: heartbeats run beside it.
 */
export function runConsumer(options: ConsumerOptions): RunningConsumer {
  const { kafka, groupId, topics, fromBeginning, logger, onCrash, concurrency = 1, drainMs = 10_000 } = options;
  const { sessionTimeoutMs = 30_000, heartbeatIntervalMs = 3_000 } = options;
  const stopping = new AbortController();
  const abandoned = new AbortController();
  const stopRequested = new Promise<'stop'>((resolve) =>
    stopping.signal.addEventListener('abort', () => resolve('stop'), { once: true }),
  );
  let consumer: Consumer | undefined;
  let running = false; // KafkaJS refuses pause and resume before `run`
  let paused = false;
  let assigned: readonly TopicPartition[] = [];
  let joinedAt = Infinity;
  let join: () => void;
  let neverJoined: (error: Error) => void;
  const joined = new Promise<void>((resolve, reject) => ([join, neverJoined] = [resolve, reject]));
  joined.catch(() => undefined);

  const topicList = topics.map((topic) => ({ topic }));
  const pauseAll = () => running && consumer?.pause(topicList);
  const retries: PartitionRetries = partitionRetries(options.retryDelayMs ?? { first: 500, max: 30_000 }, {
    pause: (topic, partition) => !paused && consumer?.pause([{ topic, partitions: [partition] }]),
    resume: (topic, partition) => !paused && running && consumer?.resume([{ topic, partitions: [partition] }]),
  });
  const eachBatch = handleBatchOf(options, retries, {
    stop: { requested: stopping.signal, abandoned: abandoned.signal },
    heartbeatIntervalMs,
    seek: (topic, partition, offset) => consumer?.seek({ topic, partition, offset }),
  });

  /** One life of a KafkaJS consumer: ends with the error when it has given up, or with `stop`. */
  function live(current: Consumer): { readonly end: Promise<Error | 'stop'>; readonly disconnected: () => Promise<void> } {
    const crashed = new Promise<Error>((resolve) => {
      current.on(current.events.CRASH, ({ payload }) => {
        assigned = [];
        if (payload.restart) logger.warn({ groupId, err: payload.error }, 'the Kafka consumer restarts');
        else resolve(payload.error);
      });
    });
    current.on(current.events.REBALANCING, () => void (assigned = []));
    current.on(current.events.DISCONNECT, () => void (assigned = []));
    current.on(current.events.GROUP_JOIN, ({ payload }) => {
      assigned = Object.entries(payload.memberAssignment).flatMap(([topic, partitions]) =>
        partitions.map((partition) => ({ topic, partition })),
      );
      options.onJoin?.();
      joinedAt = performance.now();
      join();
    });
    const started = (async () => {
      await current.connect();
      await current.subscribe({ topics: [...topics], fromBeginning });
      const run = current.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: concurrency,
        eachBatch: (payload: EachBatchPayload) => {
          if (!paused) return eachBatch(payload);
          pauseAll(); // fetched before the pause reached this consumer
          return Promise.resolve();
        },
      });
      running = true;
      if (paused) pauseAll();
      await run;
    })();
    const failed = started.then(
      () => crashed,
      (error: unknown) => (error instanceof Error ? error : new Error('unknown fault', { cause: error })),
    );
    return {
      end: Promise.race([failed, stopRequested]),
      // Not while it starts: KafkaJS forgets a start under way, which then joins the group and keeps partitions that nobody handles.
      disconnected: () => started.catch(() => undefined).then(() => current.disconnect()),
    };
  }

  const lives = (async () => {
    for (let crashes = 0; !stopping.signal.aborted; crashes += 1) {
      consumer = kafka.consumer({
        groupId,
        sessionTimeout: sessionTimeoutMs,
        heartbeatInterval: heartbeatIntervalMs,
        maxWaitTimeInMs: 300, // a stop and a seek wait for the fetch under way
        allowAutoTopicCreation: false,
        retry: { ...patientRetry, restartOnFailure: () => Promise.resolve(false) }, // a restart of its own can't be stopped while it starts
      });
      joinedAt = Infinity;
      const life = live(consumer);
      const end = await life.end;
      if (performance.now() - joinedAt > calmMs) crashes = 0;
      running = false;
      assigned = [];
      retries.clear();
      await withinMs(drainMs, life.disconnected()).catch((error: unknown) =>
        logger.warn({ groupId, err: error }, 'the Kafka consumer did not stop cleanly'),
      );
      if (end === 'stop') return abandoned.abort();
      logger.error({ groupId, err: end }, 'the Kafka consumer gave up and is connected anew');
      onCrash?.(end);
      await Promise.race([
        new Promise((resolve) => setTimeout(resolve, Math.min(500 * 2 ** Math.min(crashes, 6), 30_000)).unref()),
        stopRequested,
      ]);
    }
  })();

  return {
    joined,
    assignedPartitions: () => assigned,
    pause: () => {
      paused = true;
      pauseAll();
    },
    resume: () => {
      paused = false;
      if (running) consumer?.resume(topicList);
    },
    seek: ({ topic, partition }, offset) => {
      const has = running && assigned.some((one) => one.topic === topic && one.partition === partition);
      if (has) consumer?.seek({ topic, partition, offset });
      return has;
    },
    stop: async () => {
      stopping.abort();
      retries.clear();
      await lives;
      neverJoined(new Error('the consumer was stopped before it had joined its group'));
    },
  };
}
