import { loadConfig, runProcess } from '@tallystick/platform-config';
import { createLogger, startTracing } from '@tallystick/platform-observability';
import { tokenServiceConfig } from './config.ts';
import { startTokenService } from './start.ts';
import { topics } from './topics.ts';

const config = loadConfig(tokenServiceConfig, process.env);
const logger = createLogger({ service: 'token-service', level: config.LOG_LEVEL });
if (process.argv[2] === 'topics') process.exit(await topics(process.argv.slice(3), config, logger));

await runProcess({
  what: 'the token service',
  logger,
  start: async (ending) => {
    ending.add('traces', await startTracing({ service: 'token-service', variables: config }));
    await startTokenService(config, logger, ending);
  },
  stopWithinMs: 40_000 + config.HTTP_ANNOUNCE_MS,
});
