import { loadConfig, runProcess } from '@tallystick/platform-config';
import { configSchema } from './config.ts';
import { start } from './start.ts';

const config = loadConfig(configSchema, process.env);
const say = (facts: object, message: string): void => {
  const { err } = facts as { readonly err?: unknown };
  process.stderr.write(`${message}${err instanceof Error ? `: ${err.message}` : ''}\n`);
};

await runProcess({
  what: 'the directory simulator',
  logger: { info: () => undefined, error: say },
  start: async (ending) => {
    const { url, propertiesFile, pingoneFile, close } = await start(config, Date.now);
    ending.add('HTTP', close);
    const ready = { event: 'ready', url, idpUrl: `${url}/pingid`, propertiesFile, pingoneFile };
    process.stdout.write(`${JSON.stringify(ready)}\n`);
  },
});
