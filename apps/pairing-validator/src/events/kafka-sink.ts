import { createKafka, createProducer, ensureTopics } from '@tallystick/platform-kafka';
import type { Logger } from '@tallystick/platform-observability';
import { type VerdictEventSink, verdictTopic } from './verdict-events.ts';

export interface StoppableSink extends VerdictEventSink {
  readonly stop: () => Promise<void>;
}

/** A producer that gives up a batch before many more have gathered behind it. */
const sendDeadlineMs = 5_000;
const partitions = 12;

/** Verdict events to Kafka. Connects with the first event; a broker that is away is tried again with each batch. */
export function kafkaSink(brokers: readonly string[], createTopic: boolean, logger: Logger): StoppableSink {
  const kafka = createKafka({ brokers, clientId: 'tallystick-validator', logger });
  const producer = createProducer(kafka, { sendDeadlineMs });
  let created: Promise<void> | undefined = createTopic ? undefined : Promise.resolve();
  const hasTopic = (): Promise<void> => {
    created ??= ensureTopics(kafka, [{ topic: verdictTopic, numPartitions: partitions, replicationFactor: 1 }]);
    created.catch(() => (created = undefined));
    return created;
  };
  return {
    send: async (topic, messages) => {
      await hasTopic();
      await producer.send(
        topic,
        messages.map(({ key, value }) => ({ key, value })),
      );
    },
    stop: () => producer.close(),
  };
}
