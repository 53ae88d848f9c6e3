// `npm run bench [-- section …] [--long] [--profile] [--rounds N] [--json FILE] [--report]`: figures of this machine, as ratios in one run. It measures and tells; it never fails because a machine is slow.
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build, installDependencies, root, run } from './prepare.mjs';
import { k6, k6Version } from './stack/k6.mjs';
import { opa, opaVersion } from './stack/opa.mjs';
import { kafkaVersion } from './stack/servers/kafka-jars.mjs';
import { startStack, watcherFor } from './stack/stack.mjs';

/** Sections of the devices half; the others are measured without another server beside them. */
const withTemporal = ['event-to-applied', 'reconciliations', 'replay', 'preview', 'full-pass', 'curve-users', 'curve-partitions'];
const withK6 = ['validator-load', 'validator-vs-opa'];
const withOpa = ['validator-vs-opa'];

const log = (/** @type {string} */ line) => console.log(`· ${line}`);
const stop = new AbortController();
let code = 1;
process.once('SIGINT', () => stop.abort());
process.once('SIGTERM', () => stop.abort());

/** @type {Awaited<ReturnType<typeof startStack>> | undefined} */
let stack;
try {
  const { values, positionals: names } = parseArgs({
    allowPositionals: true,
    options: {
      long: { type: 'boolean' },
      profile: { type: 'boolean' },
      report: { type: 'boolean' },
      rounds: { type: 'string' },
      json: { type: 'string' },
    },
  });
  const isProfileOnly = names.length === 0 && values.profile && !values.report;
  const needs = (/** @type {readonly string[]} */ some) =>
    names.length === 0 ? !isProfileOnly : names.some((name) => some.includes(name));
  await installDependencies(log);
  /** @type {Record<string, string>} */
  const programs = {};
  if (needs(withK6)) programs['k6'] = await k6({ log, signal: stop.signal });
  if (needs(withOpa)) programs['opa'] = await opa({ log, signal: stop.signal });
  /** @type {import('./stack/stack.mjs').ServerName[]} */
  const servers = ['redis', 'kafka', 'oidc', ...(needs(withTemporal) ? /** @type {const} */ (['temporal']) : [])];
  const [started] = await Promise.all([
    startStack({ name: 'bench', fresh: true, servers, watch: watcherFor(process.stdout), signal: stop.signal }),
    build(log),
  ]);
  stack = started;
  const { redis, kafka, oidc, temporal, pids } = stack.endpoints;
  const flags = [values.long && '--long', values.profile && '--profile', values.report && '--report'].filter((flag) => !!flag);
  const rounds = values.rounds === undefined ? [] : ['--rounds', values.rounds];
  // Where the person is who asked, which is not where this runs.
  const json = values.json === undefined ? [] : ['--json', resolve(process.env['INIT_CWD'] ?? '.', values.json)];
  const args = ['bench', ...names, .../** @type {string[]} */ (flags), ...rounds, ...json];
  code = await run(process.execPath, ['--enable-source-maps', join(root, 'apps/system-e2e/dist/main.js'), ...args], {
    signal: stop.signal,
    env: {
      STACK_REDIS: redis ?? '',
      STACK_KAFKA: kafka ?? '',
      STACK_OIDC: oidc ?? '',
      STACK_TEMPORAL: temporal ?? '',
      STACK_PIDS: JSON.stringify(pids),
      BENCH_PROGRAMS: JSON.stringify(programs),
      BENCH_VERSIONS: JSON.stringify({
        Kafka: kafkaVersion,
        ...(programs['k6'] && { k6: k6Version }),
        ...(programs['opa'] && { OPA: opaVersion }),
      }),
    },
  });
} catch (error) {
  if (!stop.signal.aborted) console.error(`\n${error instanceof Error ? error.message : String(error)}`);
} finally {
  await stack?.stop();
}
process.exit(stop.signal.aborted ? 1 : code);
