// `npm test [-- unit|int|e2e|tools …] [path …]`: everything that a test needs, then the tests, then one line that counts those that ran.
// With TALLYSTICK_CHAOS=1 also chaos (TALLYSTICK_CHAOS_MINUTES each, 3) and soak, after all others.
// With TALLYSTICK_KEYCLOAK=1 also those with Keycloak as the issuer: of `int`, and of `e2e` the roads named below, or whatever is named on the command line. With TALLYSTICK_DEBEZIUM=1 also those on a real PostgreSQL with Debezium: 60 MB to fetch once, half a minute more, 300 MB of memory.
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { build, installDependencies, nxEnv, root, run } from './prepare.mjs';
import { failuresOf } from './test-failures.mjs';
import { apiFuzzer } from './stack/api-fuzzer.mjs';
import { clockShifter } from './stack/clock-shifter.mjs';
import { fileValidators } from './stack/file-validators.mjs';
import { kafkaProgram } from './stack/kafka-program.mjs';
import { startKeycloak } from './stack/keycloak.mjs';
import { nanomdm } from './stack/nanomdm.mjs';
import { usualServers } from './stack/servers/index.mjs';
import { startStack } from './stack/stack.mjs';
import { temporalTestServer } from './stack/temporal-test-server.mjs';

const kinds = ['tools', 'unit', 'int', 'e2e'];
const args = process.argv.slice(2);
const wanted = kinds.filter((kind) => args.includes(kind));
const chosen = wanted.length > 0 ? wanted : kinds;
const paths = args.filter((arg) => !kinds.includes(arg));
const reports = join(root, '.stack', 'test-reports');
const log = (/** @type {string} */ line) => console.log(`· ${line}`);
const debezium = process.env['TALLYSTICK_DEBEZIUM'] === '1' && chosen.includes('int');
/** A Jest worker that has grown beyond this after a file is replaced by a new one. */
const workerMemory = '--workerIdleMemoryLimit=1GB';
/** Files of tests on real servers at a time, each with servers of its own: most of their time is waiting, that of whole systems above all. */
const lanes = { int: 2, e2e: 3 };
/** Minutes of chaos and soak, on servers of their own and with the machine to themselves. */
const isLong = process.env['TALLYSTICK_CHAOS'] === '1' && chosen.includes('e2e');
/** End-to-end tests that are run once more with Keycloak as the issuer of everything. */
const keycloakRoads = ['tokens-road', 'cli-login'];
const totals = { passed: 0, failed: 0 };
/** What failed, a line each: told once more at the end, where whoever looks at the run looks first. @type {string[]} */
const failures = [];
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => stop.abort()); // a second one must not leave behind what the first ends

/** Jest writes the report; a suite that could not run at all has no tests and counts as one failure. */
async function jest(/** @type {string} */ kind, /** @type {string[]} */ options, /** @type {Record<string, string>} */ env = {}) {
  const report = join(reports, `${kind}.json`);
  const [all, ending] = [['--json', `--outputFile=${report}`, ...options, '--passWithNoTests', '--', ...paths], stop.signal];
  const code = await run('jest', all, { env, signal: ending, whole: true }); // its workers, and the servers and processes that tests start
  if (ending.aborted) throw new Error('the tests were ended by a signal');
  /** @type {import('./test-failures.mjs').JestReport} */
  const told = JSON.parse(readFileSync(report, 'utf8'));
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = told;
  failures.push(...failuresOf(told, root));
  totals.passed += numPassedTests;
  totals.failed += numFailedTests + numRuntimeErrorTestSuites;
  if (code !== 0 && numFailedTests + numRuntimeErrorTestSuites === 0) totals.failed += 1; // a crash, a leaked handle, a broken configuration
}

/** Tests of the tools themselves, by Node's own runner. */
async function toolTests() {
  const testFiles = readdirSync(join(root, 'tools'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.mjs'))
    .map((file) => join('tools', file));
  const child = spawn(process.execPath, ['--test', '--test-reporter=tap', ...testFiles], {
    cwd: root,
    env: { ...process.env, ...nxEnv },
    stdio: ['ignore', 'pipe', 'inherit'],
    signal: stop.signal,
  });
  child.once('error', () => undefined); // the signal
  let tap = '';
  child.stdout.on('data', (chunk) => (tap += chunk));
  await new Promise((resolve) => child.once('exit', resolve));
  const count = (/** @type {string} */ word) => Number(new RegExp(`^# ${word} (\\d+)$`, 'm').exec(tap)?.[1] ?? NaN);
  const [pass, fail, cancelled] = [count('pass'), count('fail'), count('cancelled')];
  const failed = Number.isNaN(fail) ? 1 : fail + cancelled;
  totals.passed += Number.isNaN(pass) ? 0 : pass;
  totals.failed += failed;
  failures.push(...[...tap.matchAll(/^ *not ok \d+ - (.*)$/gm)].map(([, title]) => `tools: ${title}`));
  console.log(failed > 0 ? tap : `tools: ${pass} passed`);
}

/** @type {Awaited<ReturnType<typeof startStack>>[]} */
const stacks = [];
/** @type {Awaited<ReturnType<typeof startKeycloak>> | undefined} */
let keycloak;
try {
  await installDependencies(log);
  rmSync(reports, { recursive: true, force: true });
  mkdirSync(reports, { recursive: true });
  if (chosen.includes('tools') && paths.length === 0) {
    log('tests of the tools');
    await toolTests();
  }
  if (chosen.includes('unit')) {
    log('unit, property and replay tests');
    await build(log, ['@tallystick/devices-workflows', '@tallystick/tokens-workflows', '@tallystick/temporal-worker']); // the replay tests run the built bundle
    const workers = `--maxWorkers=${Math.max(2, availableParallelism() - 1)}`; // by itself Jest leaves the second of two processors idle
    await jest('unit', [workers, workerMemory, '--testTimeout=30000']); // a slow machine is no fault; what has to be fast is measured by the benchmarks
  }
  if (chosen.includes('int') || chosen.includes('e2e')) {
    await build(log);
    const one = { fresh: true, log, signal: stop.signal };
    stacks.push(
      await startStack({ ...one, name: 'test', servers: debezium ? [...usualServers, 'postgres', 'connect'] : usualServers }),
    );
    const most = paths.length > 0 ? 1 : Math.max(...chosen.map((kind) => (kind === 'int' || kind === 'e2e' ? lanes[kind] : 1)));
    for (let worker = 2; worker <= most; worker++) stacks.push(await startStack({ ...one, name: `test-${worker}` }));
    const addresses = stacks.flatMap(({ endpoints: { redis, kafka, temporal, oidc, postgres, connect } }, at) =>
      Object.entries({ redis, kafka, temporal, oidc, postgres, connect }).flatMap(([server, address]) =>
        address === undefined ? [] : [[`STACK_${server.toUpperCase()}${at === 0 ? '' : `_${at + 1}`}`, address]],
      ),
    );
    const [fuzzer, clocks] = chosen.includes('e2e')
      ? await Promise.all([apiFuzzer, clockShifter].map((tool) => tool({ log, signal: stop.signal })))
      : [];
    const timeSkipping = chosen.includes('int') ? await temporalTestServer({ log, signal: stop.signal }) : {};
    const validators = chosen.includes('int') ? await fileValidators({ log, signal: stop.signal }) : {};
    const brokers = chosen.includes('int') ? await kafkaProgram({ log, signal: stop.signal }) : {};
    const mdm = await nanomdm({ log, signal: stop.signal });
    if (process.env['TALLYSTICK_KEYCLOAK'] === '1') keycloak = await startKeycloak({ log, signal: stop.signal });
    const env = {
      ...fuzzer,
      ...clocks,
      ...timeSkipping,
      ...validators,
      ...brokers,
      ...mdm,
      ...Object.fromEntries(addresses),
    };
    const withKeycloak = { ...env, ...(keycloak ? { TALLYSTICK_KEYCLOAK_ISSUER: keycloak.issuer } : {}) };
    // *.alone.*-spec.ts measures how much gets done, or has servers that there is one of, and runs when nothing else does.
    const sideBySide = async (/** @type {'int' | 'e2e'} */ kind, /** @type {Record<string, string>} */ env) => {
      const [workers, timeout] = [`--maxWorkers=${Math.min(lanes[kind], stacks.length)}`, '--testTimeout=120000'];
      const ignored = ['--testPathIgnorePatterns', '/node_modules/', `[.]alone[.]${kind}-spec[.]ts$`];
      await jest(kind, [workers, workerMemory, ...ignored, '--testMatch', `**/src/**/*.${kind}-spec.ts`, timeout], env);
      await jest(`${kind}-alone`, ['--runInBand', '--testMatch', `**/src/**/*.alone.${kind}-spec.ts`, timeout], env);
    };
    if (chosen.includes('int')) {
      log('integration tests on real servers');
      await sideBySide('int', withKeycloak);
    }
    if (chosen.includes('e2e') && (!keycloak || paths.length === 0)) {
      log('end-to-end tests of the whole system');
      await sideBySide('e2e', env);
    }
    if (chosen.includes('e2e') && keycloak) {
      log('end-to-end tests with Keycloak as the issuer');
      const named = paths.length > 0 ? ['*'] : keycloakRoads;
      const matches = named.flatMap((name) => ['--testMatch', `**/src/**/${name}.e2e-spec.ts`]);
      await jest('e2e-keycloak', ['--runInBand', ...matches, '--testTimeout=120000'], withKeycloak);
    }
  }
} catch (error) {
  totals.failed += 1;
  console.error(error instanceof Error ? error.message : String(error));
} finally {
  await Promise.all([...stacks, ...(keycloak ? [keycloak] : [])].map((each) => each.stop()));
}
if (isLong && !stop.signal.aborted) {
  log('chaos and soak');
  await jest('chaos', ['--runInBand', '--testMatch', '**/src/**/*.long-spec.ts']).catch((error) => {
    totals.failed += 1;
    console.error(error instanceof Error ? error.message : String(error));
  });
}
for (const failure of failures) console.log(`✗ ${failure}`);
console.log(`${totals.passed} passed, ${totals.failed} failed`);
process.exit(totals.failed === 0 && totals.passed > 0 ? 0 : 1);
