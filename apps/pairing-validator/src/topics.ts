import { createKafka, kafkaAddressOf, runTopicsCommand } from '@tallystick/platform-kafka';
import type { Logger } from '@tallystick/platform-observability';
import type { ValidatorConfig } from './config.ts';
import { verdictTopicSpec } from './events/kafka-sink.ts';

/** `main.js topics show|create`: what a deploy calls before the first start. @returns the exit code */
export async function topics(args: readonly string[], config: ValidatorConfig, logger: Logger): Promise<number> {
  const address = kafkaAddressOf('VALIDATOR', config);
  if (address === undefined) {
    process.stderr.write('VALIDATOR_KAFKA_BROKERS: is missing\n');
    return 1;
  }
  const kafka = createKafka({ ...address, clientId: 'tallystick-validator', logger });
  return runTopicsCommand(args, { kafka, topics: [verdictTopicSpec], write: (text) => process.stdout.write(text) });
}
