import { loadConfig } from '@tallystick/platform-config';
import { createLogger } from '@tallystick/platform-observability';
import { provisioningConfig } from './config.ts';
import { startProvisioningService } from './start.ts';

const config = loadConfig(provisioningConfig, process.env);
const logger = createLogger({ service: 'provisioning-service', level: config.LOG_LEVEL });

try {
  const { stop } = await startProvisioningService(config, logger);
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      void stop().then(() => process.exit(0));
    });
  }
} catch (error) {
  logger.fatal({ err: error }, 'the provisioning service can not start');
  process.exit(1);
}
