import { spawnSync } from 'node:child_process';

/** @throws when the variable is missing: a test that needs the program must not pass without it. */
const program = (variable: string): string => {
  const path = process.env[variable];
  if (path === undefined || path === '') throw new Error(`${variable} must name a program; "npm test -- int" provides it`);
  return path;
};

function run(
  path: string,
  args: readonly string[],
  input: string | Buffer,
): { readonly status: number | null; readonly out: Buffer } {
  const { status, stdout, error } = spawnSync(path, args, { input, timeout: 20_000 });
  if (error) throw error;
  return { status, out: stdout };
}

export const isXmlForXmllint = (xml: string): boolean =>
  run(program('STACK_XMLLINT'), ['--noout', '--nonet', '--nowarning', '-'], xml).status === 0;

/** The text of an element by XPath, as libxml2 reads it. */
export function textByXmllint(xml: string, path: string): string {
  const { status, out } = run(program('STACK_XMLLINT'), ['--nonet', '--xpath', `string(${path})`, '-'], xml);
  if (status !== 0) throw new Error('xmllint does not read it');
  return out.toString('utf8').replace(/\n$/, ''); // it ends what it prints
}

const describeInPython = `
import json, plistlib, sys
def other(value):
    return [type(value).__name__, value.hex() if isinstance(value, bytes) else str(value)]
json.dump(plistlib.loads(sys.stdin.buffer.read()), sys.stdout, default=other)
`;

/** What Python's plistlib reads, with types and order, in a text of its own. */
export function readByPlistlib(plist: string | Buffer): string {
  const { status, out } = run(program('STACK_PYTHON'), ['-c', describeInPython], plist);
  if (status !== 0) throw new Error('plistlib does not read it');
  return out.toString('utf8');
}

/** The binary form that libplist makes of it. */
export function binaryByPlistutil(plist: string): Buffer {
  const { status, out } = run(program('STACK_PLISTUTIL'), ['-i', '-', '-o', '-', '-f', 'bin'], plist);
  if (status !== 0 || !out.subarray(0, 6).equals(Buffer.from('bplist'))) throw new Error('plistutil does not read it');
  return out;
}
