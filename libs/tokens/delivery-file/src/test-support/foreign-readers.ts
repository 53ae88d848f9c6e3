import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Names each key of the app's configuration, and its value, as a parser found them in a file. */
export type Found = readonly (readonly [key: string, value: string])[];

const programs = { xmllint: 'STACK_XMLLINT', plistutil: 'STACK_PLISTUTIL', python: 'STACK_PYTHON' } as const;

/** @throws Error that says how the tests are run, when the program was not given: a test that needs it fails, and is never skipped */
export function run(program: keyof typeof programs, args: readonly string[], input = ''): string {
  const path = process.env[programs[program]];
  if (!path) throw new Error(`${programs[program]} is not set: npm test -- int libs/tokens/delivery-file`);
  const { status, stdout, stderr, error } = spawnSync(path, args, { input, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (error) throw error;
  if (status !== 0 || stderr !== '') throw new Error(`${program} exit ${status}: ${stderr}`);
  return stdout;
}

/** Reads files with Python's own parsers, each as what it is. Also takes the binary lists that plistutil makes of ours. */
export const readWithPython = (files: readonly { readonly format: string; readonly path: string }[]): readonly Found[] =>
  JSON.parse(run('python', [join(__dirname, 'read_files.py')], JSON.stringify(files))) as readonly Found[];
