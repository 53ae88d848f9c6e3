import { describeFaults } from '@tallystick/platform-config';
import { createLogger } from '@tallystick/platform-observability';
import { parseWorkerConfig } from './config.ts';
import { deploy } from './deploy.ts';
import { startWorker } from './start.ts';

const config = parseWorkerConfig(process.env);
if (!config.ok) {
  process.stderr.write(describeFaults(config.error));
  process.exit(1);
}
const logger = createLogger({ service: 'temporal-worker', level: config.value.common.LOG_LEVEL });
if (process.argv[2] === 'deployment') process.exit(await deploy(process.argv.slice(3), config.value.common, logger));

try {
  const { stop, done } = await startWorker(config.value, logger);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop());
  await done;
  process.exit(0);
} catch (error) {
  logger.fatal({ err: error }, 'the Temporal worker can not start, or has ended');
  process.exit(1);
}
