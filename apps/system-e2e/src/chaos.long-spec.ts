import { beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
// The servers' tool is no library: it is plain Node, because it runs before a package is installed. Here it gives a program.
// eslint-disable-next-line @nx/enforce-module-boundaries
import { toxiproxy } from '../../../tools/stack/toxiproxy.mjs';

// Three fixed seeds of chaos and a soak, side by side, each with servers of its own: what a change breaks is seen before it is merged.
const root = resolve(import.meta.dirname, '../../..');
const logs = join(root, '.stack', 'chaos-logs');
const minutes = Number(process.env['TALLYSTICK_CHAOS_MINUTES'] ?? '3');
/** A seed that found a fault is added here. */
const seeds = ['1', '2', '3'];
/** Start, settling and judging on a machine that has all four at once. */
const deadlineMs = minutes * 60_000 + 600_000;

let env: Record<string, string>;
beforeAll(async () => {
  mkdirSync(logs, { recursive: true });
  env = await toxiproxy();
}, 120_000);

/** Runs a command of the built app. Gives the last lines of its output where it failed. */
function run(name: string, args: readonly string[]): Promise<{ readonly code: number | null; readonly told: string }> {
  const file = join(logs, `${name}.log`);
  const child = spawn(process.execPath, ['--enable-source-maps', join(root, 'apps/system-e2e/dist/main.js'), ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = createWriteStream(file);
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  return new Promise((done) => {
    child.once('close', (code) => log.end(() => done({ code, told: code === 0 ? '' : readFileSync(file, 'utf8').split('\n').slice(-40).join('\n') }))); // prettier-ignore
  });
}

describe('R3, R14, R15, R44, R45: chaos from fixed seeds, and a soak', () => {
  it(
    'keep every promise: three seeds of chaos, and a soak with an overload',
    async () => {
      const runs = seeds.map((seed) => run(`chaos-${seed}`, ['chaos', '--seed', seed, '--minutes', String(minutes)]));
      const results = await Promise.all([...runs, run('soak', ['soak', '--hours', String(minutes / 60)])]);
      expect(results.map(({ told }) => told).join('\n').trim()).toBe(''); // prettier-ignore
      expect(results.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    },
    deadlineMs,
  );
});
