// `node tools/secret-scan.mjs`: no secret in the files of the repository; with `--history` (in CI): in no commit that ever was.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { withCopyOfTree } from './files-of-tree.mjs';
import { gitleaks } from './stack/gitleaks.mjs';
import { runProgram } from './stack/programs.mjs';

/** @typedef {{ rule: string, file: string, line: number, commit: string, what: string }} Leak */

const root = fileURLToPath(new URL('..', import.meta.url));
const ours = 'tallystick-managed-device-token';
const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Whether a text of the form of a token has the checksum of one: the same sum as in libs/tokens/domain/src/token-text.ts. */
export function isToken(/** @type {string} */ text) {
  const [, secret, checksum] = /^tsk_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/.exec(text) ?? [];
  if (secret === undefined) return false;
  let [wanted, rest] = ['', crc32(secret)];
  for (; wanted.length < 6; rest = Math.floor(rest / 62)) wanted = digits.charAt(rest % 62) + wanted;
  return wanted === checksum;
}

/**
 * What leaks, without the secrets themselves.
 * @param {'dir' | 'git'} way  the files of a folder, or every commit of a repository
 * @param {string} folder
 * @returns {Promise<Leak[]>}
 */
export async function findLeaks(way, folder) {
  const program = await gitleaks({ log: console.log });
  const aside = mkdtempSync(join(tmpdir(), 'tallystick-leaks-')); // the report names secrets: for nobody else to read, and not for long
  const report = join(aside, 'report.json');
  try {
    const args = [way, '.', '--no-banner', '--config', join(root, '.gitleaks.toml'), '--ignore-gitleaks-allow'];
    await runProgram(program, [...args, '--exit-code', '0', '--report-format', 'json', '--report-path', report], {
      cwd: folder,
      env: { ...process.env, GITLEAKS_CONFIG: '' },
    });
    /** @type {{ RuleID: string, File: string, StartLine: number, Commit: string, Description: string, Secret: string }[]} */
    const found = JSON.parse(readFileSync(report, 'utf8'));
    return found
      .filter(({ RuleID, Secret }) => RuleID !== ours || isToken(Secret))
      .map((leak) => ({
        rule: leak.RuleID,
        file: leak.File,
        line: leak.StartLine,
        commit: leak.Commit,
        what: leak.Description,
      }));
  } finally {
    rmSync(aside, { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const history = process.argv.includes('--history');
  const scan = async () => {
    if (!history)
      return withCopyOfTree(root, [], async (copy, { length }) => ({ leaks: await findLeaks('dir', copy), length, of: 'files' }));
    const length = Number(execFileSync('git', ['rev-list', '--all', '--count'], { cwd: root, encoding: 'utf8' }));
    return { leaks: await findLeaks('git', root), length, of: 'commits' };
  };
  const { leaks, length, of } = await scan();
  for (const { rule, file, line, commit, what } of leaks) {
    console.error(`${file}:${line}${commit ? ` in commit ${commit.slice(0, 10)}` : ''}  ${rule}\n  ${what}`);
  }
  if (leaks.length > 0)
    console.error('A secret that was committed is to be revoked first, then taken out: its readers are not known.');
  console.log(`secret scan: ${length} ${of}, ${leaks.length} faults`);
  process.exit(leaks.length === 0 ? 0 : 1);
}
