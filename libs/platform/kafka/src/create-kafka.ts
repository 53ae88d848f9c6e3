import type { ConnectionOptions } from 'node:tls';
import { Kafka, type KafkaConfig, type SASLOptions } from 'kafkajs';
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

/** For calls that a person or a start waits for: about ten seconds of trying, then the error. */
export const briefRetry = { retries: 8, initialRetryTime: 200, maxRetryTime: 2000, factor: 0.2, multiplier: 2 } as const;

/**
 * A KafkaJS client with its known faults corrected. No connection is made yet.
 * @throws Error when the installed KafkaJS is not the one that the corrections were reviewed for.
 */
export function createKafka({ brokers, clientId, logger, ssl, sasl }: KafkaOptions): Kafka {
  correctKafkaJS();
  const config: KafkaConfig = {
    brokers: [...brokers],
    clientId,
    logCreator: kafkaLogCreator(logger),
    connectionTimeout: 3_000,
    authenticationTimeout: 5_000,
    requestTimeout: 15_000,
    enforceRequestTimeout: true,
    retry: patientRetry,
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl }),
  };
  return new Kafka(config);
}
