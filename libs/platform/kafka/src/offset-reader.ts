import type { Admin, Kafka } from 'kafkajs';
import { briefRetry } from './create-kafka.ts';
import type { PartitionOffsets } from './topics.ts';
import { withinMs } from './within.ts';

export type OffsetReader = {
  /** Where each partition of the topic begins and ends now. @throws Error when the topic is missing, or nobody answers within 10 s. */
  readonly read: (topic: string) => Promise<readonly PartitionOffsets[]>;
  readonly close: () => Promise<void>;
};

const deadlineMs = 10_000;

/** For those who ask again and again: one connection, made at the first question and made anew after a failure. */
export function createOffsetReader(kafka: Kafka): OffsetReader {
  let current: Promise<Admin> | undefined;
  const underWay = new Set<Promise<unknown>>();
  const connected = (): Promise<Admin> => {
    current ??= (async () => {
      const admin = kafka.admin({ retry: briefRetry });
      await admin.connect();
      return admin;
    })();
    return current;
  };
  /** After what is under way: an answer that others wait for may be among it, and what KafkaJS still tries would connect again by itself. */
  const disconnected = async (last: Promise<Admin>): Promise<void> => {
    await Promise.allSettled(underWay);
    await (await last).disconnect();
  };
  const giveUp = (): void => {
    const last = current;
    current = undefined;
    if (last) disconnected(last).catch(() => undefined);
  };
  return {
    read: async (topic) => {
      const fetched = connected().then((admin) => admin.fetchTopicOffsets(topic));
      underWay.add(fetched);
      void fetched.catch(() => undefined).then(() => underWay.delete(fetched));
      try {
        const offsets = await withinMs(deadlineMs, fetched);
        return offsets.map(({ partition, low, high }) => ({ partition, low, high }));
      } catch (error) {
        giveUp();
        throw error;
      }
    },
    close: async () => {
      const last = current;
      current = undefined;
      if (last) await withinMs(deadlineMs, disconnected(last)).catch(() => undefined);
    },
  };
}
