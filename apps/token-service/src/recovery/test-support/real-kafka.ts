import { kafkaChains, type PublishedChains, verifyAuditTopic } from '@tallystick/platform-audit';
import {
  createKafka,
  createProducer,
  endOffsets,
  ensureTopics,
  type KafkaProducer,
  KafkaSendError,
  readToEnd,
} from '@tallystick/platform-kafka';
import { createLogger } from '@tallystick/platform-observability';
import { endpoints, uniqueName } from '@tallystick/platform-testing';
import { testSigner } from './test-signer.ts';
import { auditTopicSpecs, kafkaRevocationTopic, type RevocationTopic } from '@tallystick/tokens-audit-kafka';

const logger = createLogger({ service: 'test', level: 'silent' });

interface PublishedEntry {
  readonly seq: number;
  readonly epoch: string;
}
/** Without the starts of chains. */
const entryOf = (value: string): readonly PublishedEntry[] => {
  const record = JSON.parse(value) as PublishedEntry & { readonly kind: string };
  return record.kind === 'entry' ? [record] : [];
};

/** Topics of their own on the real Kafka, and a link to it that can be cut. */
export async function realKafka() {
  const kafka = createKafka({ brokers: endpoints().kafka, clientId: 'test', logger });
  const topicNames = { audit: uniqueName('audit'), heads: uniqueName('heads'), revocations: uniqueName('revocations') };
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
  const chains = kafkaChains({
    kafka,
    topics: topicNames,
    half: 'tokens',
    keys: testSigner.trusted,
    groupPrefix: uniqueName('chains'),
  });
  const published: PublishedChains = {
    look: (of) => (link.isUp ? chains.look(of) : Promise.reject(new Error('Kafka is away'))),
  };
  return {
    kafka,
    link,
    topicNames,
    producer,
    topic: cutTopic,
    published,
    ends: async () => {
      const offsets = await endOffsets(kafka, topicNames.audit);
      return Object.fromEntries(offsets.map(({ partition, high }) => [`${partition}`, high]));
    },
    verify: () => verifyAuditTopic({ kafka, topics: topicNames, keys: testSigner.trusted }),
    /** The audit entries of an environment, as they lie in the topic. */
    audit: async (environment: string) => {
      const found: PublishedEntry[] = [];
      await readToEnd({
        kafka,
        topic: topicNames.audit,
        groupPrefix: uniqueName('reader'),
        onRecord: ({ key, value }) => void (String(key) === environment && found.push(...entryOf(String(value)))),
      });
      return found;
    },
    close: () => real.close(),
  };
}
