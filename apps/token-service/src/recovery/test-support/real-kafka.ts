import { createKafka, createProducer, ensureTopics, type KafkaProducer, KafkaSendError } from '@tallystick/platform-kafka';
import { createLogger } from '@tallystick/platform-observability';
import { endpoints, uniqueName } from '@tallystick/platform-testing';
import { auditTopicSpecs, kafkaRevocationTopic, readToEnd, type RevocationTopic } from '@tallystick/tokens-audit-kafka';

const logger = createLogger({ service: 'test', level: 'silent' });

interface PublishedEntry {
  readonly seq: number;
  readonly epoch: string;
  readonly headEpoch: string;
}

/** Topics of their own on the real Kafka, and a link to it that can be cut. */
export async function realKafka() {
  const kafka = createKafka({ brokers: endpoints().kafka, clientId: 'test', logger });
  const topicNames = { audit: uniqueName('audit'), revocations: uniqueName('revocations') };
  await ensureTopics(kafka, auditTopicSpecs(topicNames));
  const real = createProducer(kafka);
  const topic = kafkaRevocationTopic({ kafka, topic: topicNames.revocations, logger });
  const link = { isUp: true };

  const producer: Pick<KafkaProducer, 'send'> = {
    send: (name, messages) =>
      link.isUp ? real.send(name, messages) : Promise.reject(new KafkaSendError('not-sent', 'Kafka is away')),
  };
  const cutTopic: RevocationTopic = {
    read: (told) => (link.isUp ? topic.read(told) : Promise.reject(new Error('Kafka is away'))),
  };
  return {
    kafka,
    link,
    topicNames,
    producer,
    topic: cutTopic,
    /** The audit entries of an environment, as they lie in the topic. */
    audit: async (environment: string) => {
      const found: PublishedEntry[] = [];
      await readToEnd({
        kafka,
        topic: topicNames.audit,
        groupPrefix: uniqueName('reader'),
        onRecord: ({ key, value }) =>
          void (String(key) === environment && found.push(JSON.parse(String(value)) as PublishedEntry)),
      });
      return found;
    },
    close: () => real.close(),
  };
}
