import { randomUUID } from 'node:crypto';
import type { Consumer, Kafka } from 'kafkajs';
import { endOffsets } from './topics.ts';

export interface KafkaReadOptions {
  readonly kafka: Kafka;
  readonly topic: string;
  /** Of the consumer group: another one each time, which commits nothing, so the broker soon forgets it. An ACL for this prefix is enough. */
  readonly groupPrefix: string;
  /**
   * Each record that was there when the reading began, in order per partition. `isSettled`: it was there before the end of any partition
   * was taken, so whatever was acknowledged before it, in any partition, is read as well.
   */
  readonly onRecord: (record: {
    readonly partition: number;
    readonly offset: string;
    readonly key: Buffer | null;
    readonly value: Buffer | null;
    readonly isSettled: boolean;
  }) => void;
  /** By partition: where its reading begins. Default: at its beginning. */
  readonly from?: ReadonlyMap<number, bigint>;
  /** By partition: where its reading ends, though there may be more by now; none of a partition that is not named. Default: at its end. */
  readonly to?: ReadonlyMap<number, bigint>;
  /** No batch for so long: given up. Default 30 000. */
  readonly stallMs?: number;
}

const retry = { retries: 5, initialRetryTime: 200, maxRetryTime: 2_000, restartOnFailure: () => Promise.resolve(false) };

/**
 * Reads a topic from its beginning, or from where it is told, to where it ended when this was called. Nothing is committed and nothing is kept. The end is taken from the
 * last offset of a batch, not of a record: compaction and control records leave gaps.
 * @throws Error when Kafka is away, the topic is not there, or nothing comes for `stallMs`.
 */
export async function readToEnd(options: KafkaReadOptions): Promise<void> {
  const { kafka, topic, groupPrefix, onRecord, from = new Map<number, bigint>(), to, stallMs = 30_000 } = options;
  const settled = await endsOf(kafka, topic);
  const open = await endsOf(kafka, topic);
  for (const [partition, end] of open) {
    const last = to ? least(end, to.get(partition) ?? 0n) : end;
    if (last <= (from.get(partition) ?? 0n)) open.delete(partition);
    else open.set(partition, last);
  }
  if (open.size === 0) return;
  const ends = new Map(open);
  const consumer = kafka.consumer({
    groupId: `${groupPrefix}-${randomUUID()}`,
    maxWaitTimeInMs: 300, // a disconnect waits for the fetch under way
    allowAutoTopicCreation: false,
    retry,
  });
  try {
    await new Promise<void>((resolve, reject) => {
      const watchdog = watchFor(stallMs, () => reject(new Error(`nothing came from ${topic} for ${stallMs} ms`)));
      const finish = (act: () => void) => {
        watchdog.end();
        act();
      };
      consumer.on(consumer.events.CRASH, ({ payload }) => finish(() => reject(payload.error)));
      consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { partition, lastOffset } }) => {
        watchdog.seen();
        if (BigInt(lastOffset) >= (open.get(partition) ?? 0n) - 1n) open.delete(partition);
        if (open.size === 0) finish(resolve);
      });
      run(consumer, topic, from, (partition, { offset, key, value }) => {
        const at = BigInt(offset);
        if (at >= (from.get(partition) ?? 0n) && at < (ends.get(partition) ?? 0n))
          onRecord({ partition, offset, key, value, isSettled: at < (settled.get(partition) ?? 0n) });
      }).catch((error: unknown) => finish(() => reject(error instanceof Error ? error : new Error('unknown fault'))));
    });
  } finally {
    await consumer.disconnect().catch(() => undefined);
  }
}

/** The end of each partition that holds anything. */
async function endsOf(kafka: Kafka, topic: string): Promise<Map<number, bigint>> {
  const offsets = await endOffsets(kafka, topic);
  return new Map(
    offsets.flatMap(({ partition, low, high }) => (BigInt(high) > BigInt(low) ? [[partition, BigInt(high)] as const] : [])),
  );
}

interface Message {
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

async function run(
  consumer: Consumer,
  topic: string,
  from: ReadonlyMap<number, bigint>,
  onMessage: (partition: number, message: Message) => void,
): Promise<void> {
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatch: ({ batch }) => {
      for (const message of batch.messages) onMessage(batch.partition, message);
      return Promise.resolve();
    },
  });
  for (const [partition, offset] of from) consumer.seek({ topic, partition, offset: `${offset}` });
}

const least = (one: bigint, other: bigint): bigint => (one < other ? one : other);

function watchFor(ms: number, onStall: () => void) {
  let timer = setTimeout(onStall, ms);
  return {
    seen: () => {
      clearTimeout(timer);
      timer = setTimeout(onStall, ms);
    },
    end: () => clearTimeout(timer),
  };
}
