// `npm run bench [-- section …]`: figures of this machine, as ratios in one run. It measures and tells; it never fails because a machine is slow.
import { join } from 'node:path';
import { build, installDependencies, root, run } from './prepare.mjs';
import { startStack, watcherFor } from './stack/stack.mjs';

const log = (/** @type {string} */ line) => console.log(`· ${line}`);
const stop = new AbortController();
let code = 1;
process.once('SIGINT', () => stop.abort());
process.once('SIGTERM', () => stop.abort());

/** @type {Awaited<ReturnType<typeof startStack>> | undefined} */
let stack;
try {
  await installDependencies(log);
  const servers = /** @type {const} */ (['redis', 'kafka', 'oidc']);
  const [started] = await Promise.all([
    startStack({ name: 'bench', fresh: true, servers: [...servers], watch: watcherFor(process.stdout), signal: stop.signal }),
    build(log),
  ]);
  stack = started;
  const { redis, kafka, oidc } = stack.endpoints;
  code = await run(
    process.execPath,
    ['--enable-source-maps', join(root, 'apps/system-e2e/dist/main.js'), 'bench', ...process.argv.slice(2)],
    {
      signal: stop.signal,
      env: {
        STACK_REDIS: redis ?? '',
        STACK_KAFKA: kafka ?? '',
        STACK_OIDC: oidc ?? '',
      },
    },
  );
} catch (error) {
  if (!stop.signal.aborted) console.error(`\n${error instanceof Error ? error.message : String(error)}`);
} finally {
  await stack?.stop();
}
process.exit(stop.signal.aborted ? 1 : code);
