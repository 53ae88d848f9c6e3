// The way with containers, as far as it can be shown without a Docker engine.
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findTools } from './prerequisites.mjs';
import { servers } from './servers/index.mjs';
import { readState } from './state.mjs';
import { plainWatcher } from './terminal.mjs';
import { folderOf, leaveNothing, redis, run, stacks, until } from './testbed.mjs';

leaveNothing();

test('with Docker: starts the compose file on free ports, waits for answers, and ends it', async () => {
  const bin = mkdtempSync(join(tmpdir(), 'bin-'));
  const { server } = /** @type {{ server: string }} */ ((await findTools(['redis'], { watch: plainWatcher(() => {}) })).redis); // on no PATH, where it is the cache's own
  // Stands in for docker: its "container" is a Redis of this machine on the port that the compose file would publish.
  const script = `#!/bin/sh
    echo "$*" >> ${bin}/calls
    case "$*" in
      *"up --detach redis") exec ${server} --port $TALLYSTICK_REDIS_PORT --save '' --daemonize yes --pidfile ${bin}/pid;;
      *"-p tallystick-boxed down") kill $(cat ${bin}/pid);;
    esac`;
  writeFileSync(join(bin, 'docker'), script);
  chmodSync(join(bin, 'docker'), 0o755);
  const env = { PATH: `${bin}:${process.env['PATH']}` };
  const up = await run(['up', 'redis', '--docker', '--name', 'boxed'], env).ended;
  assert.equal(up.code, 0, up.output);
  const { addresses } = readState(folderOf('boxed')) ?? {};
  assert.equal(await redis(addresses?.redis, 'PING'), '+PONG');
  assert.match((await run(['status', '--name', 'boxed'], env).ended).output, /Docker.*\n.*\nredis.* yes, /);
  assert.match((await run(['up', 'redis', '--docker', '--name', 'boxed'], env).ended).output, /already up/);
  assert.equal((await run(['down', '--name', 'boxed'], env).ended).code, 0);
  const answers = () => redis(addresses?.redis, 'PING').catch(() => undefined);
  await until(async () => !(await answers()), 'the container is gone');
  assert.match(readFileSync(join(bin, 'calls'), 'utf8'), /compose -f .+servers\.yaml -p tallystick-boxed up/);
  rmSync(bin, { recursive: true });
});

test('the compose file has the settings that the processes have', async () => {
  const yaml = readFileSync(fileURLToPath(new URL('../../deploy/compose/servers.yaml', import.meta.url)), 'utf8');
  const folder = join(stacks, 'settings');
  const prepare = (/** @type {'redis' | 'kafka' | 'temporal'} */ name, tool = {}) =>
    servers[name].prepare({ folder, ports: servers[name].usualPorts, tool });
  const linesOf = (/** @type {string} */ file) => readFileSync(join(folder, file), 'utf8').split('\n');

  const flags = (await prepare('temporal')).args.join(' ').split(' --').slice(1);
  const own = /^(ip|db-filename|color) /; // these differ in a container
  for (const flag of flags.filter((flag) => !own.test(flag))) assert.ok(yaml.includes(`--${flag.replace(' ', '=')}\n`), flag);

  mkdirSync(join(folder, 'kafka', 'data'), { recursive: true });
  writeFileSync(join(folder, 'kafka', 'data', 'meta.properties'), '');
  await prepare('kafka', { classes: '' });
  for (const line of linesOf('kafka/server.properties').filter((line) => line && !/^#|listener|log\.dirs/.test(line))) {
    const [key = '', value] = line.split('=');
    assert.match(yaml, new RegExp(`KAFKA_${key.toUpperCase().replaceAll('.', '_')}: '?${value}'?\n`));
  }

  await prepare('redis');
  for (const line of linesOf('redis/redis.conf').filter((line) => /^(append|aof|maxmemory|save)/.test(line))) {
    const [key, value = ''] = line.split(' ');
    assert.match(yaml, new RegExp(`--${key}, '?${value.replaceAll('"', '')}'?[,\\]]`));
  }
});
