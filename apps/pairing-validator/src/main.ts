import { loadConfig, runProcess } from '@tallystick/platform-config';
import { createLogger, startTracing } from '@tallystick/platform-observability';
import { validatorConfig } from './config.ts';
import { startValidator } from './start.ts';
import { topics } from './topics.ts';

const config = loadConfig(validatorConfig, process.env);
const logger = createLogger({ service: 'pairing-validator', level: config.LOG_LEVEL });
if (process.argv[2] === 'topics') process.exit(await topics(process.argv.slice(3), config, logger));

await runProcess({
  what: 'the validator',
  logger,
  start: async (ending) => {
    ending.add('traces', await startTracing({ service: 'pairing-validator', variables: config }));
    await startValidator(config, logger, ending);
  },
  stopWithinMs: 40_000 + config.HTTP_ANNOUNCE_MS,
});
