// PostgreSQL and Kafka Connect: servers that are started only by name, and one of which needs another.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { test } from 'node:test';
import { logFile } from './folders.mjs';
import { readState } from './state.mjs';
import { send } from './processes.mjs';
import { servers, usualServers, withNeeds } from './servers/index.mjs';
import { askDatabase } from './servers/postgres-query.mjs';
import { startStack } from './stack.mjs';
import { folderOf, leaveNothing, processesOf, run, until } from './testbed.mjs';

leaveNothing();
const skip = process.env['TALLYSTICK_DEBEZIUM'] === '1' ? false : 'TALLYSTICK_DEBEZIUM=1 switches it on';

test('the usual stack has neither; who names one gets what it needs too, and before it', () => {
  assert.deepEqual(usualServers, ['redis', 'kafka', 'temporal', 'oidc']);
  assert.deepEqual(withNeeds(['connect']), ['kafka', 'connect']);
  assert.deepEqual(withNeeds(['connect', 'postgres']), ['kafka', 'postgres', 'connect']);
  assert.deepEqual(servers.connect.needs, ['kafka']);
});

test('where Kafka does not start, Connect is not tried, and the fault told is that of Kafka', { skip }, async () => {
  const starting = startStack({ name: 'lame', servers: ['connect'] });
  await until(() => readState(folderOf('lame'))?.servers.kafka?.process, 'Kafka is starting', 120_000);
  send(readState(folderOf('lame'))?.servers.kafka?.process?.pid ?? 0, 'SIGKILL');
  await assert.rejects(starting, (/** @type {Error} */ { message }) => {
    assert.match(message, /^kafka did not start: it was ended by SIGKILL/);
    assert.doesNotMatch(message, /connect did not start/);
    return true;
  });
  assert.deepEqual(processesOf('lame'), []);
});

test('a database keeps its rows, and a worker its connectors, through a kill; clients hold up no stop', { skip }, async () => {
  const stack = await startStack({ name: 'changes', servers: ['postgres', 'connect'], fresh: true });
  const { connect, postgres } = stack.endpoints;
  const port = Number(new URL(postgres ?? '').port);
  assert.deepEqual(await askDatabase(port, 'SHOW wal_level'), [['logical']]);
  await askDatabase(port, 'CREATE TABLE kept AS SELECT 7 AS n');

  const config = {
    'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
    'plugin.name': 'pgoutput',
    'database.hostname': '127.0.0.1',
    'database.port': String(port),
    'database.user': 'postgres',
    'database.dbname': 'postgres',
    'topic.prefix': 'changes',
    'topic.creation.default.partitions': '1',
    'topic.creation.default.replication.factor': '1',
  };
  const body = JSON.stringify(config);
  const headers = { 'content-type': 'application/json' };
  await fetch(`${connect}/connectors/changes/config`, { method: 'PUT', headers, body });
  const follows = async () => String(await askDatabase(port, 'SELECT active FROM pg_replication_slots')) === 't';
  await until(follows, 'the connector follows the database', 60_000);

  await stack.kill('connect');
  await until(async () => !(await follows()), 'nobody follows the database');
  await stack.start('connect');
  await until(follows, 'the connector follows again', 60_000);

  await stack.kill('postgres');
  await stack.start('postgres');
  assert.deepEqual(await askDatabase(port, 'SELECT n FROM kept'), [['7']]);

  const client = connectSocket(port, '127.0.0.1').on('error', () => {});
  await stack.stop();
  assert.match(readFileSync(logFile(folderOf('changes'), 'postgres'), 'utf8'), /database system is shut down\s*$/); // not forced
  client.destroy();
  assert.deepEqual(processesOf('changes'), []);
});

test('when the supervisor is killed, the database goes too', { skip }, async () => {
  assert.equal((await run(['up', 'postgres', '--name', 'headless']).ended).code, 0);
  assert.equal(processesOf('headless').length, 2);
  send(readState(folderOf('headless'))?.supervisor?.pid ?? 0, 'SIGKILL');
  await until(() => processesOf('headless').length === 0, 'the database is gone');
});
