import { loadConfig } from '@tallystick/platform-config';
import { configSchema } from './config.ts';
import { start } from './start.ts';

const config = loadConfig(configSchema, process.env);
try {
  const { url, propertiesFile, close } = await start(config, Date.now);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void close().then(() => process.exit(0)));
  process.stdout.write(`${JSON.stringify({ event: 'ready', url, idpUrl: `${url}/pingid`, propertiesFile })}\n`);
} catch (error) {
  process.stderr.write(`The directory simulator could not start: ${error instanceof Error ? error.message : 'unknown reason'}\n`);
  process.exitCode = 1;
}
