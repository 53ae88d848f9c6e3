import type { ConnectionOptions } from 'node:tls';
import { Kafka, type KafkaConfig, type RetryOptions, type SASLOptions } from 'kafkajs';
import { kafkaLogCreator, type Logger } from '@tallystick/platform-observability';
import { correctKafkaJS } from './kafkajs-corrections.ts';

export type KafkaOptions = {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly logger: Logger;
  readonly ssl?: boolean | ConnectionOptions;
  readonly sasl?: SASLOptions;
};

/** Measured: with these a consumer keeps its membership through a broker restart, and comes back as soon as the broker does. */
export const patientRetry = { retries: 1000, initialRetryTime: 200, maxRetryTime: 2000, factor: 0.2, multiplier: 2 } as const;

/** For calls whose caller tries again. */
export const oneTry = { ...patientRetry, retries: 0 } as const;

/** For calls that a person or a start waits for: about ten seconds of trying, then the error. */
export const briefRetry = { retries: 8, initialRetryTime: 200, maxRetryTime: 2000, factor: 0.2, multiplier: 2 } as const;

/**
 * A KafkaJS client with its known faults corrected. No connection is made yet.
 * @throws Error when the installed KafkaJS is not the one that the corrections were reviewed for.
 */
export function createKafka(options: KafkaOptions): Kafka {
  correctKafkaJS();
  return clientOf(options, patientRetry);
}

const optionsOf = new WeakMap<Kafka, KafkaOptions>();

/** A client of the same brokers that tries otherwise. What KafkaJS is told of a single admin does not hold for connecting. */
export function retryingAs(kafka: Kafka, retry: RetryOptions): Kafka {
  const options = optionsOf.get(kafka);
  return options ? clientOf(options, retry) : kafka;
}

function clientOf(options: KafkaOptions, retry: RetryOptions): Kafka {
  const { brokers, clientId, logger, ssl, sasl } = options;
  const config: KafkaConfig = {
    brokers: [...brokers],
    clientId,
    logCreator: kafkaLogCreator(logger),
    connectionTimeout: 3_000,
    authenticationTimeout: 5_000,
    requestTimeout: 15_000,
    enforceRequestTimeout: true,
    retry,
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl }),
  };
  const kafka = new Kafka(config);
  optionsOf.set(kafka, options);
  return kafka;
}
