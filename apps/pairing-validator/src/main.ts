import { loadConfig } from '@tallystick/platform-config';
import { createLogger } from '@tallystick/platform-observability';
import { validatorConfig } from './config.ts';
import { startValidator } from './start.ts';

const config = loadConfig(validatorConfig, process.env);
const logger = createLogger({ service: 'pairing-validator', level: config.LOG_LEVEL });

try {
  const { stop } = await startValidator(config, logger);
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      void stop().then(
        () => process.exit(0),
        (error: unknown) => {
          logger.error({ err: error }, 'the validator did not stop cleanly');
          process.exit(1);
        },
      );
    });
  }
} catch (error) {
  logger.fatal({ err: error }, 'the validator can not start');
  process.exit(1);
}
