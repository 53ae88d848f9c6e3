import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { root, run } from './prepare.mjs';

/**
 * Packages that a module needs before its first line runs: those of its static imports, and of theirs.
 * @param {string} file @param {Set<string>} seen @returns {string[]}
 */
function packagesOf(file, seen = new Set()) {
  if (seen.has(file)) return [];
  seen.add(file);
  const imports = [...readFileSync(file, 'utf8').matchAll(/^(?:import|export)\s(?:[^'";=]*\sfrom\s)?'([^']+)';/gm)].map(
    ([, name = '']) => name,
  );
  return imports.flatMap((name) => (name.startsWith('.') ? packagesOf(join(dirname(file), name), seen) : isBuiltin(name) ? [] : [`${file}: ${name}`])); // prettier-ignore
}

test('every command of the root starts in a fresh clone, where no package is installed yet', () => {
  /** @type {{ scripts: Record<string, string> }} */
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const entries = Object.values(scripts).flatMap((script) => script.match(/^node (tools\/\S+\.mjs)/)?.[1] ?? []);
  assert.ok(entries.includes('tools/image.mjs') && entries.length >= 9);
  assert.deepEqual(entries.flatMap((entry) => packagesOf(join(root, entry))), []); // prettier-ignore
});

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
