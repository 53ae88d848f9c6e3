import { loadConfig } from '@tallystick/platform-config';
import { configSchema } from './config.ts';
import { start } from './start.ts';

const config = loadConfig(configSchema, process.env);
try {
  const { url, propertiesFile, pingoneFile, close } = await start(config, Date.now);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void close().then(() => process.exit(0)));
  const ready = { event: 'ready', url, idpUrl: `${url}/pingid`, propertiesFile, pingoneFile };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
} catch (error) {
  process.stderr.write(`The directory simulator could not start: ${error instanceof Error ? error.message : 'unknown reason'}\n`);
  process.exitCode = 1;
}
