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
export { type KafkaAddress, kafkaAddressOf, kafkaVariables } from './kafka-variables.ts';
export { createProducer, type KafkaProducer, KafkaSendError, type ProducerOptions } from './producer.ts';
export { createOffsetReader, type OffsetReader } from './offset-reader.ts';
export { type KafkaReadOptions, readToEnd } from './read-to-end.ts';
export type { KafkaRecord } from './record.ts';
export { endOffsets, ensureTopics, missingTopics, type PartitionOffsets, type TopicSpec } from './topics.ts';
export { runTopicsCommand, topicsUsage } from './topics-command.ts';
