// `npm run check`: format, lint (with both boundary tables), types, static rules, secrets, licences, lock file, commit messages, known
// vulnerabilities, unit tests. `--static` leaves the tests out. `--strict`: what could not be checked counts as a fault, e.g. before a release.
import { installDependencies, run } from './prepare.mjs';
import { notChecked } from './vulnerabilities.mjs';

const log = (/** @type {string} */ line) => console.log(`· ${line}`);
await installDependencies(log);

const isStrict = process.argv.includes('--strict');
const targets = [
  'lint',
  'typecheck',
  'boundaries',
  'static-rules',
  'secret-scan',
  ...(process.argv.includes('--static') ? [] : ['test']),
];

/** @type {{ name: string, command: string, args: string[] }[]} */
const checks = [
  { name: 'format', command: 'prettier', args: ['--check', '--log-level', 'warn', '.'] },
  { name: 'lock file', command: 'node', args: ['tools/lockcheck.mjs'] },
  { name: 'commit messages', command: 'node', args: ['tools/commit-messages.mjs'] },
  { name: 'licences', command: 'node', args: ['tools/licences.mjs'] },
  { name: 'vulnerabilities', command: 'node', args: ['tools/vulnerabilities.mjs'] },
  // All that was ever committed, and whoever can clone it can read: once per push is enough.
  ...(process.env['CI']
    ? [{ name: 'secrets in the history', command: 'node', args: ['tools/secret-scan.mjs', '--history'] }]
    : []),
  { name: targets.join(', '), command: 'nx', args: ['run-many', '-t', ...targets, '--output-style=static'] },
];

/** @type {string[]} */
const failed = [];
/** Neither passed nor failed: nobody could be asked. @type {string[]} */
const unanswered = [];
for (const { name, command, args } of checks) {
  log(name);
  const code = await run(command, args);
  if (code === notChecked) unanswered.push(name);
  else if (code !== 0) failed.push(name);
}
const verdict =
  failed.length > 0 ? `failed: ${failed.join('; ')}` : unanswered.length > 0 ? 'all other checks passed' : 'all checks passed';
console.log(unanswered.length > 0 ? `not checked: ${unanswered.join('; ')}; ${verdict}` : verdict);
process.exit(failed.length === 0 && !(isStrict && unanswered.length > 0) ? 0 : 1);
