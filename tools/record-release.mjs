// `node tools/record-release.mjs <commit> [--with-these-packages]`: what the release of that commit writes to Redis, and what it reads of it, recorded
// for the tests of upgrades, as `libs/*/store-redis/src/releases/<commit>.json`. Done once for each release, with the release data of this one,
// which compile in both. Needs redis-server on PATH. That release's packages are installed, or those of this tree taken, which is quicker and right while they are the same.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './prepare.mjs';

const [commit, how] = process.argv.slice(2);
if (commit === undefined || !/^[0-9a-f]{7,40}$/.test(commit)) {
  console.error('usage: node tools/record-release.mjs <commit> [--with-these-packages]');
  process.exit(2);
}
const halves = ['devices', 'tokens'].map((scope) => join('libs', scope, 'store-redis', 'src'));
const place = mkdtempSync(join(tmpdir(), 'tallystick-release-'));
const run = (/** @type {string} */ program, /** @type {string[]} */ args, env = {}) =>
  execFileSync(program, args, { cwd: place, stdio: 'inherit', env: { ...process.env, ...env } });

/** Its own libraries, and the packages of this tree. */
function linkPackages() {
  const [from, to] = [join(root, 'node_modules'), join(place, 'node_modules')];
  mkdirSync(join(to, '@tallystick'), { recursive: true });
  for (const name of readdirSync(from)) if (name !== '@tallystick') symlinkSync(join(from, name), join(to, name));
  for (const name of readdirSync(join(from, '@tallystick')))
    symlinkSync(readlinkSync(join(from, '@tallystick', name)), join(to, '@tallystick', name));
}

try {
  execFileSync('git', ['archive', '--output', join(place, 'release.tar'), commit], { cwd: root });
  run('tar', ['-xf', 'release.tar']);
  if (how === '--with-these-packages') linkPackages();
  else run('npm', ['ci']);
  cpSync(join(root, 'libs/platform/testing'), join(place, 'libs/platform/testing'), { recursive: true }); // no part of a release runs it
  for (const half of halves) {
    const support = join(half, 'test-support', 'release');
    cpSync(join(root, support), join(place, support), { recursive: true });
    mkdirSync(join(root, half, 'releases'), { recursive: true });
    const file = join(root, half, 'releases', `${commit.slice(0, 7)}.json`);
    const jest = ['node_modules/jest/bin/jest.js', '--testMatch', `**/${support}/record-release.ts`];
    run(process.execPath, jest, { RECORD_RELEASE: file });
    run(process.execPath, [join(root, 'node_modules/prettier/bin/prettier.cjs'), '--write', file]);
  }
} finally {
  rmSync(place, { recursive: true, force: true });
}
