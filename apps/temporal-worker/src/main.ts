import { describeFaults } from '@tallystick/platform-config';
import { createLogger } from '@tallystick/platform-observability';
import { parseWorkerConfig } from './config.ts';
import { startWorker } from './start.ts';

const config = parseWorkerConfig(process.env);
if (!config.ok) {
  process.stderr.write(describeFaults(config.error));
  process.exit(1);
}
const logger = createLogger({ service: 'temporal-worker', level: config.value.common.LOG_LEVEL });

try {
  const { stop, done } = await startWorker(config.value, logger);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop());
  await done;
  process.exit(0);
} catch (error) {
  logger.fatal({ err: error }, 'the Temporal worker can not start, or has ended');
  process.exit(1);
}
