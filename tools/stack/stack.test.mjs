// The stack against real processes: what is promised when things end badly is what matters. Run: node --test tools/stack/*.test.mjs
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { refer, send, startedAt } from './processes.mjs';
import { servers } from './servers/index.mjs';
import { StackIsUp, startStack } from './stack.mjs';
import { readState, writeState } from './state.mjs';
import { folderOf, leaveNothing, processesOf, redis, run, stacks, until } from './testbed.mjs';

leaveNothing();

test('starts all of them, each answers, and nothing is left after the stop', async () => {
  /** @type {string[]} */
  const lines = [];
  const stack = await startStack({ name: 'three', log: (line) => lines.push(line) });
  const { endpoints } = stack;
  assert.equal(await redis(endpoints.redis, 'PING'), '+PONG');
  assert.match(await redis(endpoints.redis, 'CONFIG GET appendfsync'), /^\*2/);
  assert.match(endpoints.kafka ?? '', /^127\.0\.0\.1:\d+$/);
  const attributes = await fetch(`${endpoints.temporalUi}/api/v1/namespaces/default/search-attributes`);
  assert.match(await attributes.text(), /"Outcome":\s*"INDEXED_VALUE_TYPE_KEYWORD"/);
  for (const server of ['redis', 'kafka', 'temporal', 'oidc'])
    assert.ok(
      lines.some((line) => line.includes(server) && line.includes('answers at')),
      server,
    );
  const state = readState(folderOf('three'));
  assert.equal(state?.addresses.kafka, endpoints.kafka);
  assert.ok(processesOf('three').length >= 5);

  await stack.stop();
  assert.deepEqual(processesOf('three'), []);
  assert.equal(existsSync(join(folderOf('three'), 'stack.json')), false);
});

test('a killed server comes back with its port and its data', async () => {
  const stack = await startStack({ name: 'fault', servers: ['redis'] });
  const before = stack.endpoints;
  assert.equal(await redis(before.redis, 'SET kept yes'), '+OK');
  await stack.kill('redis');
  assert.equal(stack.endpoints.pids.redis, undefined);
  await assert.rejects(redis(before.redis, 'PING'));
  await assert.rejects(stack.kill('redis'), /redis is not running/);
  await stack.start('redis');
  assert.equal(stack.endpoints.redis, before.redis);
  assert.notEqual(stack.endpoints.pids.redis, before.pids.redis);
  assert.match(await redis(before.redis, 'GET kept'), /yes/);
  await stack.kill('redis', 'SIGSTOP');
  await assert.rejects(redis(before.redis, 'PING'), /no answer/);
  await stack.restart('redis'); // a stopped process can be ended too
  assert.match(await redis(before.redis, 'GET kept'), /yes/);
  await stack.stop();

  const fresh = await startStack({ name: 'fault', servers: ['redis'], fresh: true });
  assert.equal(await redis(fresh.endpoints.redis, 'EXISTS kept'), ':0');
  await fresh.stop();
});

test('when the process that started it is killed, the servers go too', async () => {
  const program = `import { startStack } from ${JSON.stringify(new URL('stack.mjs', import.meta.url).href)};
    const stack = await startStack({ name: 'parent', servers: ['redis'] });
    console.log('started'); setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((done) => parent.stdout.once('data', done));
  assert.equal(processesOf('parent').length, 2);
  parent.kill('SIGKILL');
  await until(() => processesOf('parent').length === 0, 'the servers are gone');
});

test('when its process ends without a stop, nothing keeps that process and nothing is left', async () => {
  const program = `import { startStack } from ${JSON.stringify(new URL('stack.mjs', import.meta.url).href)};
    await startStack({ name: 'careless', servers: ['redis'] });`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' });
  assert.equal(await new Promise((done) => parent.once('exit', done)), 0);
  await until(() => processesOf('careless').length === 0, 'the servers are gone');
});

test('when the supervisor of an own stack is killed, its servers are ended and calls are refused', async () => {
  const stack = await startStack({ name: 'beheaded', servers: ['redis'] });
  send(readState(folderOf('beheaded'))?.supervisor?.pid ?? 0, 'SIGKILL');
  let ended = false;
  void stack.ended.then(() => (ended = true));
  await until(() => ended, 'the stack is gone');
  assert.deepEqual(processesOf('beheaded'), []);
  await assert.rejects(stack.restart('redis'), /not running any more/);
  await stack.stop();
});

test('what a killed supervisor left behind is ended by `down`, even a server that is stopped', async () => {
  assert.equal((await run(['up', 'redis', '--name', 'orphan']).ended).code, 0);
  const state = readState(folderOf('orphan'));
  send(state?.servers.redis?.process?.pid ?? 0, 'SIGSTOP'); // so the kernel's signal at the death of the parent can't end it
  send(state?.supervisor?.pid ?? 0, 'SIGKILL');
  await until(() => startedAt(state?.supervisor?.pid ?? 0) === undefined, 'the supervisor is dead');
  assert.equal(processesOf('orphan').length, 1);
  const { code, output } = await run(['down', '--name', 'orphan']).ended;
  assert.equal(code, 0);
  assert.match(output, /ended what it had left: redis/);
  assert.deepEqual(processesOf('orphan'), []);
});

test('a process that has only the number of a server is left alone', async () => {
  const stranger = spawn('sleep', ['60']);
  const pid = /** @type {number} */ (stranger.pid);
  mkdirSync(folderOf('recycled'), { recursive: true });
  const processes = [refer(pid, '/another/argument'), { ...refer(pid, '60'), started: '1' }];
  for (const process of processes) {
    const gone = { pid: 2 ** 30, started: '1', mark: 'x' };
    const servers = { redis: { ports: {}, process } };
    writeState(folderOf('recycled'), {
      name: 'recycled',
      kind: 'processes',
      phase: 'up',
      startedAt: '',
      supervisor: gone,
      addresses: {},
      servers,
    });
    assert.match((await run(['down', '--name', 'recycled']).ended).output, /is not up/);
    assert.ok(startedAt(pid), 'the stranger lives');
  }
  stranger.kill();
});

test('a server that dies at its start is reported with what it said, and the others are ended', async () => {
  const append = join(folderOf('broken'), 'redis', 'data', 'appendonlydir');
  mkdirSync(append, { recursive: true });
  writeFileSync(join(append, 'appendonly.aof.manifest'), 'this is no manifest\n');
  const { code, output } = await run(['up', 'redis', 'temporal', '--name', 'broken']).ended;
  assert.equal(code, 1);
  assert.match(output, /redis did not start: it ended with exit code 1/);
  assert.match(output, /last lines of .*redis\.log:\n.*manifest/is);
  assert.deepEqual(processesOf('broken'), []);
});

test('a second `up` says that it is up and where; status and logs show it; `down` ends it', async () => {
  const first = await run(['up', 'redis', '--name', 'twice']).ended;
  assert.equal(first.code, 0, first.output);
  const before = processesOf('twice');
  const second = await run(['up', 'redis', '--name', 'twice']).ended;
  assert.equal(second.code, 0);
  assert.match(second.output, /already up.*\n.*redis:\/\/127\.0\.0\.1:\d+/);
  assert.deepEqual(processesOf('twice'), before);
  await assert.rejects(startStack({ name: 'twice' }), StackIsUp);
  assert.equal((await run(['up', 'temporal', '--name', 'twice']).ended).code, 1); // that server is not in it

  const status = await run(['status', '--name', 'twice']).ended;
  assert.equal(status.code, 0);
  assert.match(status.output, /redis +redis:\/\/127\.0\.0\.1:\d+ +\d+ +yes, \d+ ms +\d+ MB/);
  assert.match((await run(['logs', '--name', 'twice', '-n', '3']).ended).output, /redis +\| .*Ready to accept connections/);

  assert.equal((await run(['down', '--name', 'twice']).ended).code, 0);
  assert.deepEqual(processesOf('twice'), []);
  assert.equal((await run(['status', '--name', 'twice']).ended).code, 1);
});

test('stacks that are started at the same moment get ports of their own', async () => {
  const names = ['left', 'right', 'middle'];
  const started = await Promise.all(names.map((name) => startStack({ name, servers: ['redis'] })));
  assert.equal(new Set(started.map(({ endpoints }) => endpoints.redis)).size, 3);
  for (const { endpoints } of started) assert.match(await redis(endpoints.redis, 'CONFIG GET dir'), /^\*2/);
  await Promise.all(started.map((stack) => stack.stop()));
});

test('two starts of one stack at the same moment: one has it, the other says so', async () => {
  const both = await Promise.allSettled([1, 2].map(() => startStack({ name: 'race', servers: ['redis'] })));
  const [loser] = both.filter((result) => result.status === 'rejected');
  assert.match(String(loser?.reason), /already (up|running)/);
  const [winner] = both.filter((result) => result.status === 'fulfilled');
  assert.equal(await redis(winner?.value.endpoints.redis, 'PING'), '+PONG');
  await winner?.value.stop();
});

test('Ctrl-C while the servers start leaves nothing', async () => {
  const up = run(['up', 'kafka', '--name', 'interrupted']);
  await until(() => readState(folderOf('interrupted'))?.servers.kafka?.process, 'Kafka is starting', 120_000);
  up.child.kill('SIGINT');
  const { code, output } = await up.ended;
  assert.equal(code, 130, output);
  assert.deepEqual(processesOf('interrupted'), []);
});
