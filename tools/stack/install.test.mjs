// What comes before a start: programs, their install, ports.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { installOnce } from './install.mjs';
import { tryLock } from './lock.mjs';
import { choosePort, isFree } from './ports.mjs';
import { servers } from './servers/index.mjs';
import { leaveNothing, redis, run, stacks, until } from './testbed.mjs';

leaveNothing();

test('names everything that is missing at once, each with the command that installs it', async () => {
  const { code, output } = await run(['up', '--name', 'bare'], {
    PATH: '',
    JAVA_HOME: '',
    TEMPORAL_CLI: '',
    TALLYSTICK_CACHE: join(stacks, 'cache'),
  }).ended;
  rmSync(join(stacks, 'cache'), { recursive: true });
  assert.equal(code, 1);
  for (const what of ['Redis 7', 'Java 17', 'Maven', 'Go 1.25'])
    assert.match(output, new RegExp(`${what}.*\\n.*\\n +(sudo apt-get|brew|curl) `));
});

test('refuses a Temporal CLI that was named but does not work, instead of taking another', async () => {
  const { code, output } = await run(['up', 'temporal', '--name', 'named'], { TEMPORAL_CLI: '/nowhere/temporal' }).ended;
  assert.equal(code, 1);
  assert.match(output, /TEMPORAL_CLI/);
});

test('takes the usual port when it is free, else another that outgoing connections never get', async () => {
  const usual = await choosePort(31_313);
  assert.equal(usual, 31_313);
  const other = createServer().listen(usual, '127.0.0.1');
  await until(async () => !(await isFree(usual)), 'the port is taken');
  const chosen = await choosePort(usual);
  other.close();
  assert.ok(chosen >= 17_000 && chosen < 30_000, String(chosen));
});

test(
  'installs Redis by apt-get where it may, and without the package that brings a system service',
  { skip: process.getuid?.() !== 0 },
  async () => {
    const bin = mkdtempSync(join(tmpdir(), 'bin-'));
    const script = `#!/bin/sh
    case "$*" in *"install -y --no-install-recommends redis-tools") ;; *) exit 1;; esac
    printf '#!/bin/sh\\necho Redis server v=7.0.15\\n' > ${bin}/redis-check-rdb; /bin/chmod +x ${bin}/redis-check-rdb`;
    writeFileSync(join(bin, 'apt-get'), script);
    chmodSync(join(bin, 'apt-get'), 0o755);
    const found = await servers.redis.find({ env: { PATH: bin }, cache: join(bin, 'cache') });
    assert.ok('install' in found);
    const step = { note: () => {}, done: () => {}, failed: () => {} };
    assert.deepEqual(await found.install(step), { server: join(bin, 'cache', 'redis', 'redis-server') });
    rmSync(bin, { recursive: true });
  },
);

test('an interrupted install is not taken for a finished one, and two installs do the work once', async () => {
  const cache = mkdtempSync(join(tmpdir(), 'cache-'));
  const folder = join(cache, 'thing');
  const step = { note: () => {}, done: () => {}, failed: () => {} };
  let fills = 0;
  const install = (/** @type {() => void} */ fault) =>
    installOnce({
      folder,
      isThere: async () => existsSync(join(folder, 'program')),
      step,
      signal: undefined,
      async fill(draft) {
        fills++;
        writeFileSync(join(draft, 'program'), '');
        fault();
        await delay(20);
      },
    });
  mkdirSync(join(cache, '.thing.1')); // left by a process that was killed
  await assert.rejects(
    install(() => assert.fail('interrupted')),
    /interrupted/,
  );
  assert.equal(existsSync(folder), false);
  await Promise.all([install(() => {}), install(() => {})]);
  assert.equal(fills, 2);
  assert.deepEqual(readdirSync(cache), ['thing']);
  rmSync(cache, { recursive: true });
});

test('a lock is refused while its holder lives, and taken over when it is dead', () => {
  const path = join(stacks, 'a-lock');
  const lock = tryLock(path);
  assert.ok('release' in lock);
  assert.deepEqual(tryLock(path), { heldBy: process.pid });
  writeFileSync(path, `${process.pid} 1 a process with the same number, started at another time`);
  const taken = tryLock(path);
  assert.ok('release' in taken);
  lock.release(); // it is not this one's any more
  assert.deepEqual(tryLock(path), { heldBy: process.pid });
  taken.release();
  assert.equal(existsSync(path), false);
});
