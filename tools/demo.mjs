// `npm run demo` and `npm start`: all set-up from a fresh clone, then the product with real servers and real input.
import { join } from 'node:path';
import { build, installDependencies, root, run } from './prepare.mjs';
import { nanomdm } from './stack/nanomdm.mjs';
import { startStack, watcherFor } from './stack/stack.mjs';

const stay = process.argv.includes('--stay');
const name = stay ? 'start' : 'demo';
const log = (/** @type {string} */ line) => console.log(`· ${line}`);
const stop = new AbortController();
let code = 1;

process.once('SIGINT', () => stop.abort());
process.once('SIGTERM', () => stop.abort());

/** @type {Awaited<ReturnType<typeof startStack>> | undefined} */
let stack;
try {
  await installDependencies(log);
  /** @returns {Promise<Record<string, string>>} */
  const withoutMdm = (/** @type {unknown} */ error) => {
    log(`${error instanceof Error ? error.message : String(error)}; the demo goes on without an MDM`);
    return Promise.resolve({});
  };
  const [started, , mdm] = await Promise.all([
    startStack({ name, fresh: true, watch: watcherFor(process.stdout), signal: stop.signal }),
    build(log),
    nanomdm({ log, signal: stop.signal }).catch(withoutMdm),
  ]);
  stack = started;
  const { redis, kafka, temporal, temporalUi, oidc } = stack.endpoints;
  code = await run(
    process.execPath,
    ['--enable-source-maps', join(root, 'apps/system-e2e/dist/main.js'), ...(stay ? ['--stay'] : [])],
    {
      signal: stop.signal,
      env: {
        ...mdm,
        STACK_REDIS: redis ?? '',
        STACK_KAFKA: kafka ?? '',
        STACK_TEMPORAL: temporal ?? '',
        STACK_TEMPORAL_UI: temporalUi ?? '',
        STACK_OIDC: oidc ?? '',
        DEMO_FOLDER: join(root, '.stack', name, 'system'),
      },
    },
  );
} catch (error) {
  if (!stop.signal.aborted) console.error(`\n${error instanceof Error ? error.message : String(error)}`);
} finally {
  if (stack) {
    log('stopping the servers');
    await stack.stop();
  }
}
process.exit(stop.signal.aborted && stay ? 0 : code);
