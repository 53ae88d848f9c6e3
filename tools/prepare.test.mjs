import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { run } from './prepare.mjs';

test('a signal ends a command with all that it has started, also what was stopped', async () => {
  const stop = new AbortController();
  const mark = `sleep 86${process.pid}`;
  const left = () =>
    spawnSync('pgrep', ['-f', `^${mark}`], { encoding: 'utf8' })
      .stdout.split('\n')
      .filter(Boolean).length;
  const ended = run('bash', ['-c', `${mark} & ${mark}.5 & kill -STOP $!; wait`], { signal: stop.signal, whole: true });
  while (left() < 2) await new Promise((resolve) => setTimeout(resolve, 20));
  stop.abort();
  assert.equal(await ended, 1);
  assert.equal(left(), 0);
});
