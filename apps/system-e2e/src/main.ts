import { resolve } from 'node:path';
import { runNoOpWorker } from './bench/no-op-worker.ts';
import { runBench } from './bench/run-bench.ts';
import { chaosCommand } from './chaos/chaos-command.ts';
import { runDemo } from './demo/run-demo.ts';
import { soakCommand } from './soak/soak-command.ts';

// tools/demo.mjs and tools/bench.mjs have installed, built and started the servers, and say where they are.
const need = (name: string): string => process.env[name] ?? missing(name);
const missing = (name: string): never => {
  console.error(`${name} is not set: start this with npm run`);
  process.exit(2);
};
const root = resolve(import.meta.dirname, '../../..');
const [what, ...rest] = process.argv.slice(2);
if (what === 'chaos') process.exit(await chaosCommand(rest, { root, toxiproxy: need('STACK_TOXIPROXY') }));
if (what === 'soak') process.exit(await soakCommand(rest, { root, toxiproxy: need('STACK_TOXIPROXY') }));
if (what === 'no-op-worker') process.exit(await runNoOpWorker(rest[0] ?? '', rest[1] ?? ''));
const servers = { redis: need('STACK_REDIS'), kafka: need('STACK_KAFKA'), oidc: need('STACK_OIDC') };
if (what === 'bench') for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1)); // with what it has started
const temporal = process.env['STACK_TEMPORAL'] ? { temporal: process.env['STACK_TEMPORAL'] } : {};
process.exit(
  what === 'bench'
    ? await runBench(rest, {
        root,
        servers: { ...servers, ...temporal, pids: JSON.parse(process.env['STACK_PIDS'] ?? '{}') as Record<string, number> },
        programs: JSON.parse(process.env['BENCH_PROGRAMS'] ?? '{}') as Record<string, string>,
        versions: JSON.parse(process.env['BENCH_VERSIONS'] ?? '{}') as Record<string, string>,
      })
    : await runDemo({
        root,
        folder: need('DEMO_FOLDER'),
        servers: { ...servers, temporal: need('STACK_TEMPORAL') },
        temporalUi: need('STACK_TEMPORAL_UI'),
        nanomdm: process.env['STACK_NANOMDM'] || undefined,
        stay: what === '--stay',
      }),
);
