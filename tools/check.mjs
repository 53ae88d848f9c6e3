// `npm run check`: format, lint (with both boundary tables), types, lock file, commit messages, unit tests. `--static` leaves the tests out.
import { installDependencies, run } from './prepare.mjs';

const log = (/** @type {string} */ line) => console.log(`· ${line}`);
await installDependencies(log);

const targets = ['lint', 'typecheck', 'boundaries', ...(process.argv.includes('--static') ? [] : ['test'])];
/** @type {[string, string, string[]][]} */
const checks = [
  ['format', 'prettier', ['--check', '--log-level', 'warn', '.']],
  ['lock file', 'node', ['tools/lockcheck.mjs']],
  ['commit messages', 'node', ['tools/commit-messages.mjs']],
  [targets.join(', '), 'nx', ['run-many', '-t', ...targets, '--output-style=static']],
];
const failed = [];
for (const [name, command, args] of checks) {
  log(name);
  if ((await run(command, args)) !== 0) failed.push(name);
}
console.log(failed.length === 0 ? 'all checks passed' : `failed: ${failed.join('; ')}`);
process.exit(failed.length === 0 ? 0 : 1);
