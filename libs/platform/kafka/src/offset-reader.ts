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
  const connected = (): Promise<Admin> => {
    current ??= (async () => {
      const admin = kafka.admin({ retry: briefRetry });
      await admin.connect();
      return admin;
    })();
    return current;
  };
  const giveUp = (): void => {
    const last = current;
    current = undefined;
    last?.then((admin) => admin.disconnect()).catch(() => undefined);
  };
  return {
    read: async (topic) => {
      try {
        const offsets = await withinMs(
          deadlineMs,
          connected().then((admin) => admin.fetchTopicOffsets(topic)),
        );
        return offsets.map(({ partition, low, high }) => ({ partition, low, high }));
      } catch (error) {
        giveUp();
        throw error;
      }
    },
    close: async () => {
      const last = current;
      current = undefined;
      if (last)
        await withinMs(
          deadlineMs,
          last.then((admin) => admin.disconnect()),
        ).catch(() => undefined);
    },
  };
}
