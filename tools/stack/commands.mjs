// What the commands do. Each returns its exit status.
import { existsSync } from 'node:fs';
import { composeDown, composeLogs, composeUp } from './docker.mjs';
import { stackFolder } from './folders.mjs';
import { followLogs, printLogs } from './logs.mjs';
import { isAlive, residentMb } from './processes.mjs';
import { portsTakenByServices } from './services.mjs';
import { servers as definitions } from './servers/index.mjs';
import { StackIsUp, startStack } from './stack.mjs';
import { endOrphans, isSupervised, namesOfStacks, readState } from './state.mjs';
import { endStack } from './supervisor-link.mjs';
import { table, watcherFor } from './terminal.mjs';

/** @typedef {import('./servers/index.mjs').ServerName} ServerName */
/** @typedef {import('./state.mjs').StackState} StackState */

/** @param {StackState} state */
function printAddresses({ name, addresses }) {
  for (const [what, address] of Object.entries(addresses)) console.log(`  ${what.padEnd(11)} ${address}`);
  console.log(`  ${'data, logs'.padEnd(11)} ${stackFolder(name)}`);
}

/** @param {{ name: string, servers: readonly ServerName[], fresh: boolean, docker: boolean }} options */
export async function up({ name, servers, fresh, docker }) {
  const interrupt = new AbortController();
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.once(signal, () => interrupt.abort());
  const watch = watcherFor(process.stdout);
  try {
    if (docker) await composeUp({ name, servers, fresh, watch, signal: interrupt.signal });
    else await (await startStack({ name, servers, fresh, watch, signal: interrupt.signal })).release();
  } catch (error) {
    if (interrupt.signal.aborted) {
      console.error('\ninterrupted: nothing was left running');
      return 130;
    }
    if (!(error instanceof StackIsUp)) throw error;
    return alreadyUp(error.state, servers, fresh);
  }
  const state = /** @type {StackState} */ (readState(stackFolder(name)));
  console.log(`\nThe stack '${name}' is up:`);
  printAddresses(state);
  for (const line of portsTakenByServices(state)) console.log(`  ${line}`);
  console.log(`\n  npm run stack -- status | logs -f | down${name === 'dev' ? '' : `   (with --name ${name})`}`);
  return 0;
}

/** @param {StackState} state @param {readonly ServerName[]} wanted @param {boolean} fresh */
function alreadyUp(state, wanted, fresh) {
  const { name } = state;
  const gone = wanted.filter((server) => state.kind === 'processes' && !state.servers[server]?.process);
  console.log(`The stack '${name}' is already ${state.phase === 'up' ? 'up' : 'being started'}:`);
  printAddresses(state);
  if (gone.length === 0 && !fresh) return 0;
  const why = fresh ? 'its data was not emptied' : `${gone.join(', ')} not running in it`;
  console.error(`\nBut ${why}. First end it: npm run stack -- down --name ${name}`);
  return 1;
}

/** @param {{ name: string }} options */
export async function down({ name }) {
  const folder = stackFolder(name);
  const state = readState(folder);
  if (state?.kind === 'docker') await composeDown(name, watcherFor(process.stdout));
  const { supervised, orphans } = state?.kind === 'docker' ? { supervised: true, orphans: [] } : await endStack(folder);
  if (supervised) console.log(`The stack '${name}' is down. Its data and logs stay in ${folder}`);
  else if (orphans.length > 0) console.log(`The supervisor of '${name}' was gone; ended what it had left: ${orphans.join(', ')}`);
  else console.log(`The stack '${name}' is not up.`);
  return 0;
}

/** @param {{ name: string | undefined }} options  no name = every stack @returns {Promise<number>} 0 when all that was asked for answers */
export async function status({ name }) {
  const names = name ? [name] : namesOfStacks();
  let sound = names.length > 0;
  if (names.length === 0) console.log('No stack is up. Start one: npm run stack -- up');
  for (const each of names) {
    const folder = stackFolder(each);
    const orphans = await endOrphans(folder);
    if (orphans.length > 0) console.log(`The supervisor of '${each}' was gone; ended what it had left: ${orphans.join(', ')}`);
    const state = readState(folder);
    if (!state || !isSupervised(state)) {
      console.log(`The stack '${each}' is not up.`);
      sound = false;
      continue;
    }
    const rows = await Promise.all(
      /** @type {[ServerName, import('./state.mjs').ServerState][]} */ (Object.entries(state.servers)).map(row),
    );
    const where = state.supervisor ? `supervisor ${state.supervisor.pid}` : 'Docker';
    console.log(`${each} (${state.phase}, ${where}, since ${state.startedAt})`);
    console.log(table([['server', 'address', 'pid', 'answers', 'memory'], ...rows.map(({ cells }) => cells)]));
    sound &&= rows.every(({ answers }) => answers);
  }
  return sound ? 0 : 1;
}

/** @param {[ServerName, import('./state.mjs').ServerState]} entry */
async function row([name, { ports, process: ref }]) {
  const server = definitions[name];
  const since = performance.now();
  const fault = await server.answers(ports).then(
    () => undefined,
    (error) => /** @type {Error} */ (error).message,
  );
  const answers = fault === undefined ? `yes, ${(performance.now() - since).toFixed(0)} ms` : `NO: ${fault}`;
  const pid = ref && isAlive(ref) ? ref.pid : undefined;
  const memory = pid === undefined ? undefined : residentMb(pid);
  const address = Object.values(server.addresses(ports)).join('  ');
  return {
    answers: fault === undefined,
    cells: [name, address, String(pid ?? '-'), answers, memory === undefined ? '-' : `${memory} MB`],
  };
}

/** @param {{ name: string, servers: readonly ServerName[], follow: boolean, lines: number }} options */
export async function logs({ name, servers, follow, lines }) {
  const folder = stackFolder(name);
  if (readState(folder)?.kind === 'docker') return composeLogs({ name, servers, follow, lines });
  if (!existsSync(folder)) throw new Error(`there is no stack '${name}'`);
  const ends = printLogs(folder, servers, lines);
  if (follow) await followLogs(folder, servers, ends);
  return 0;
}
