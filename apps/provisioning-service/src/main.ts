import { loadConfig, runProcess } from '@tallystick/platform-config';
import { createLogger, startTracing } from '@tallystick/platform-observability';
import { provisioningConfig } from './config.ts';
import { startProvisioningService } from './start.ts';
import { topics } from './topics.ts';

const config = loadConfig(provisioningConfig, process.env);
const logger = createLogger({ service: 'provisioning-service', level: config.LOG_LEVEL });
if (process.argv[2] === 'topics') process.exit(await topics(process.argv.slice(3), config, logger));

await runProcess({
  what: 'the provisioning service',
  logger,
  start: async (ending) => {
    ending.add('traces', await startTracing({ service: 'provisioning-service', variables: config }));
    return startProvisioningService(config, logger, ending);
  },
  stopWithinMs: 40_000 + config.HTTP_ANNOUNCE_MS,
});
