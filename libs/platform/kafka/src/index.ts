export {
  type BatchHandler,
  type ConsumerOptions,
  type HandlerContext,
  type RecordHandler,
  runConsumer,
  type RunningConsumer,
  type TopicPartition,
} from './consumer.ts';
export { createKafka, type KafkaOptions } from './create-kafka.ts';
export { createProducer, type KafkaProducer, KafkaSendError, type ProducerOptions } from './producer.ts';
export { createOffsetReader, type OffsetReader } from './offset-reader.ts';
export type { KafkaRecord } from './record.ts';
export { endOffsets, ensureTopics, missingTopics, type PartitionOffsets, type TopicSpec } from './topics.ts';
