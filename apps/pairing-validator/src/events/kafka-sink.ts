import { createKafka, createProducer, ensureTopics, type KafkaAddress } from '@tallystick/platform-kafka';
import type { Logger } from '@tallystick/platform-observability';
import { type VerdictEventSink, verdictTopic } from './verdict-events.ts';

export interface StoppableSink extends VerdictEventSink {
  readonly stop: () => Promise<void>;
}

/** A batch is given up before many more have gathered behind it; so is the topic, until the next batch. */
const sendDeadlineMs = 5_000;
const topicDeadlineMs = 5_000;

export const verdictTopicSpec = { topic: verdictTopic, numPartitions: 12 };

/** Verdict events to Kafka. Connects with the first event; a broker that is away is tried again with each batch. */
export function kafkaSink(address: KafkaAddress, createTopic: boolean, logger: Logger): StoppableSink {
  const kafka = createKafka({ ...address, clientId: 'tallystick-validator', logger });
  const producer = createProducer(kafka, { sendDeadlineMs });
  const end = new AbortController();
  let created: Promise<void> | undefined = createTopic ? undefined : Promise.resolve();
  const hasTopic = (): Promise<void> => {
    if (created) return created;
    const making = (created = ensureTopics(kafka, [{ ...verdictTopicSpec, replicationFactor: 1 }], topicDeadlineMs, end.signal));
    making.catch(() => (created = undefined));
    return making;
  };
  return {
    send: async (topic, messages) => {
      await hasTopic();
      await producer.send(
        topic,
        messages.map(({ key, value }) => ({ key, value })),
      );
    },
    stop: () => {
      end.abort();
      return producer.close();
    },
  };
}
