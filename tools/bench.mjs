// `npm run bench [-- section …]`: figures of this machine, as ratios in one run. It measures and tells; it never fails because a machine is slow.
import { join } from 'node:path';
import { build, installDependencies, root, run } from './prepare.mjs';
import { startStack, watcherFor } from './stack/stack.mjs';

/** Sections of the devices half; the others are measured without another server beside them. */
const withTemporal = ['event-to-applied', 'reconciliations', 'replay', 'preview', 'full-pass'];

const log = (/** @type {string} */ line) => console.log(`· ${line}`);
const stop = new AbortController();
let code = 1;
process.once('SIGINT', () => stop.abort());
process.once('SIGTERM', () => stop.abort());

/** @type {Awaited<ReturnType<typeof startStack>> | undefined} */
let stack;
try {
  await installDependencies(log);
  const names = process.argv.slice(2);
  const needsTemporal = names.length === 0 || names.some((name) => withTemporal.includes(name));
  /** @type {import('./stack/stack.mjs').ServerName[]} */
  const servers = ['redis', 'kafka', 'oidc', ...(needsTemporal ? /** @type {const} */ (['temporal']) : [])];
  const [started] = await Promise.all([
    startStack({ name: 'bench', fresh: true, servers, watch: watcherFor(process.stdout), signal: stop.signal }),
    build(log),
  ]);
  stack = started;
  const { redis, kafka, oidc, temporal, pids } = stack.endpoints;
  code = await run(process.execPath, ['--enable-source-maps', join(root, 'apps/system-e2e/dist/main.js'), 'bench', ...names], {
    signal: stop.signal,
    env: {
      STACK_REDIS: redis ?? '',
      STACK_KAFKA: kafka ?? '',
      STACK_OIDC: oidc ?? '',
      STACK_TEMPORAL: temporal ?? '',
      STACK_PIDS: JSON.stringify(pids),
    },
  });
} catch (error) {
  if (!stop.signal.aborted) console.error(`\n${error instanceof Error ? error.message : String(error)}`);
} finally {
  await stack?.stop();
}
process.exit(stop.signal.aborted ? 1 : code);
