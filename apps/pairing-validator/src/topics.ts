import { kafkaAddressOf, runTopicsCommand } from '@tallystick/platform-kafka';
import type { Logger } from '@tallystick/platform-observability';
import type { ValidatorConfig } from './config.ts';
import { verdictTopicSpec } from './events/kafka-sink.ts';

/** `main.js topics show|create`. @returns the exit code */
export const topics = (args: readonly string[], config: ValidatorConfig, logger: Logger): Promise<number> =>
  runTopicsCommand(args, {
    ...{ address: kafkaAddressOf('VALIDATOR', config), client: 'tallystick-validator', logger },
    topics: [verdictTopicSpec],
  });
