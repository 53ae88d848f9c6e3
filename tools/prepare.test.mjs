import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { run } from './prepare.mjs';

test('a signal ends a command with all that it has started, also what was stopped', { timeout: 60_000 }, async () => {
  const stop = new AbortController();
  const mark = `sleep 86${process.pid}`;
  const left = () =>
    spawnSync('pgrep', ['-f', `^${mark}`], { encoding: 'utf8' })
      .stdout.split('\n')
      .filter(Boolean)
      .map(Number);
  const ended = run('bash', ['-c', `${mark} & ${mark}.5 & wait`], { signal: stop.signal, whole: true });
  while (left().length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
  process.kill(/** @type {number} */ (left()[1]), 'SIGSTOP'); // only now: a shell that is stopped before it becomes the command is no such command
  stop.abort();
  assert.equal(await ended, 1);
  assert.deepEqual(left(), []);
});
