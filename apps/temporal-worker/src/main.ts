import { describeFaults, runProcess } from '@tallystick/platform-config';
import { createLogger, startTracing } from '@tallystick/platform-observability';
import { parseWorkerConfig } from './config.ts';
import { deploy, searchAttributes } from './deploy.ts';
import { startWorker } from './start.ts';

// How Node is started is said once, by the start script in package.json; the demo, the bench and the end-to-end tests read it there. Temporal's
// SDK runs the workflows of each queue in a thread with a heap of its own, which loads the SDK again: three of them, 50 MB each. What comes
// on top is garbage: by default V8 lets a heap grow to several times of what is alive. Source maps cost another 15 MB, and are worth it to who
// reads a stack trace at night. `--optimize-for-size` saves 25 MB more, and doubles the processor time of a previewed user.
const config = parseWorkerConfig(process.env);
if (!config.ok) {
  process.stderr.write(describeFaults(config.error));
  process.exit(1);
}
const logger = createLogger({ service: 'temporal-worker', level: config.value.common.LOG_LEVEL });
if (process.argv[2] === 'deployment') process.exit(await deploy(process.argv.slice(3), config.value.common, logger));
if (process.argv[2] === 'search-attributes') process.exit(await searchAttributes(process.argv.slice(3), config.value.common));

const { value } = config;
await runProcess({
  what: 'the Temporal worker',
  logger,
  start: async (ending) => {
    ending.add('traces', await startTracing({ service: 'temporal-worker', variables: value.common }));
    return startWorker(value, logger, ending);
  },
});
