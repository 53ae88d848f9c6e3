import { loadConfig } from '@tallystick/platform-config';
import { createLogger } from '@tallystick/platform-observability';
import { tokenServiceConfig } from './config.ts';
import { startTokenService } from './start.ts';

const config = loadConfig(tokenServiceConfig, process.env);
const logger = createLogger({ service: 'token-service', level: config.LOG_LEVEL });

try {
  const { stop } = await startTokenService(config, logger);
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      void stop().then(() => process.exit(0));
    });
  }
} catch (error) {
  logger.fatal({ err: error }, 'the token service can not start');
  process.exit(1);
}
