// The files that the repository has, or would have with everything added: a copy of them is what scanners look at, so that what they look at
// is decided here, and not by what each of them leaves out by itself.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * Copies the files that git knows or does not ignore, and removes the copy in the end.
 * @template T
 * @param {string} root
 * @param {readonly string[]} folders  none: all
 * @param {(copy: string, files: string[]) => Promise<T>} work
 */
export async function withCopyOfTree(root, folders, work) {
  const list = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z', '--', ...folders], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 2 ** 20,
  });
  const files = list.split('\0').filter((file) => file !== '' && existsSync(join(root, file)));
  if (files.length === 0) throw new Error(`git knows no files in ${root}`);
  const copy = mkdtempSync(join(tmpdir(), 'tallystick-tree-'));
  try {
    for (const file of files) {
      mkdirSync(dirname(join(copy, file)), { recursive: true });
      cpSync(join(root, file), join(copy, file));
    }
    return await work(copy, files);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
