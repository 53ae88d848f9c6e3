// The rules of tools/semgrep over everything that is shipped, and over the tools. Exceptions stand in the rules, each with its reason; comments
// in the code that would silence a rule are not heeded.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withCopyOfTree } from './files-of-tree.mjs';
import { semgrep } from './stack/semgrep.mjs';
import { runProgram } from './stack/programs.mjs';

/** @typedef {{ rule: string, file: string, line: number, message: string }} Finding */

const root = fileURLToPath(new URL('..', import.meta.url));
const rules = join(root, 'tools', 'semgrep');
/** What runs nowhere but in tests: it may hold what no rule allows elsewhere. */
const tests = [
  '*spec.ts',
  '*.fixture.ts',
  '*.test.mjs',
  'test-support',
  'system-e2e',
  '/libs/*/testing',
  '/libs/platform/testing',
];

/**
 * What the rules find in a folder.
 * @param {string} folder
 * @param {readonly string[]} [without]  patterns of files that are not looked at
 * @returns {Promise<{ findings: Finding[], files: number }>}
 * @throws {Error} when a rule or a file could not be read: no finding is no proof then
 */
export async function findBreaches(folder, without = []) {
  const program = await semgrep({ log: console.log });
  const aside = mkdtempSync(join(tmpdir(), 'tallystick-rules-'));
  const report = join(aside, 'report.json');
  try {
    writeFileSync(join(folder, '.semgrepignore'), ''); // else it leaves out folders of its own choice
    const quietly = ['--metrics=off', '--disable-version-check', '--quiet', '--disable-nosem', '--no-git-ignore'];
    const excluded = without.flatMap((pattern) => ['--exclude', pattern]);
    const args = ['scan', ...quietly, '--config', rules, ...excluded, '--json', '--output', report, '.'];
    await runProgram(program, args, { cwd: folder, env: process.env });
    /** @type {{ results: { check_id: string, path: string, start: { line: number }, extra: { message: string } }[], errors: { message?: string, path?: string }[], paths: { scanned: string[] } }} */
    const { results, errors, paths } = JSON.parse(readFileSync(report, 'utf8'));
    if (errors.length > 0) {
      throw new Error(
        ['Semgrep could not read all:', ...errors.map(({ path, message }) => `${path ?? ''} ${message ?? ''}`)].join('\n'),
      );
    }
    const findings = results.map(({ check_id, path, start, extra }) => ({
      rule: check_id.slice(check_id.lastIndexOf('.') + 1),
      file: path,
      line: start.line,
      message: extra.message,
    }));
    return { findings, files: paths.scanned.length };
  } finally {
    rmSync(aside, { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { findings, files } = await withCopyOfTree(root, ['apps', 'libs', 'tools'], (copy) => findBreaches(copy, tests));
  for (const { rule, file, line, message } of findings) console.error(`${file}:${line}  ${rule}\n  ${message}`);
  const isLooked = files >= 300; // rules that looked at nothing find nothing
  if (!isLooked) console.error('hardly a file was looked at: what is left out by mistake?');
  console.log(`static rules: ${files} files, ${findings.length} faults`);
  process.exit(findings.length === 0 && isLooked ? 0 : 1);
}
