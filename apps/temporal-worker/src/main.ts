import { loadConfig } from '@tallystick/platform-config';
import { createLogger } from '@tallystick/platform-observability';
import { workerConfig } from './config.ts';
import { startWorker } from './start.ts';

const config = loadConfig(workerConfig, process.env);
const logger = createLogger({ service: 'temporal-worker', level: config.LOG_LEVEL });

try {
  const { stop, done } = await startWorker(config, logger);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop());
  await done;
  process.exit(0);
} catch (error) {
  logger.fatal({ err: error }, 'the Temporal worker can not start, or has ended');
  process.exit(1);
}
