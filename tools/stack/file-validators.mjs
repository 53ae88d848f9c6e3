// xmllint, plistutil and Python: read the files that are made for MDMs with parsers that nobody here wrote. Test tools, no servers.
import { mkdirSync } from 'node:fs';
import { installPackage, mayInstall } from './apt.mjs';
import { cacheFolder } from './folders.mjs';
import { findProgram, runProgram } from './programs.mjs';
import { beginStep, plainWatcher } from './terminal.mjs';

/** Debian's package of each, and what shows that it works. */
const validators = [
  { variable: 'STACK_XMLLINT', program: 'xmllint', inPackage: 'libxml2-utils', trial: ['--version'] },
  { variable: 'STACK_PLISTUTIL', program: 'plistutil', inPackage: 'libplist-utils', trial: ['--help'] },
  { variable: 'STACK_PYTHON', program: 'python3', inPackage: 'python3', trial: ['-c', 'import csv, json, plistlib'] },
];

/**
 * Finds them on PATH, or installs them with apt-get where that may be done.
 * @param {{ env?: NodeJS.ProcessEnv, log?: (line: string) => void, signal?: AbortSignal }} [options]
 * @returns {Promise<Record<string, string>>} the environment of tests that use them, a program each: `STACK_XMLLINT`, `STACK_PLISTUTIL`, `STACK_PYTHON`
 * @throws {Error} that says what to install
 */
export async function fileValidators({ env = process.env, log = () => {}, signal } = {}) {
  const find = async (/** @type {(typeof validators)[number]} */ { program, trial }) => {
    const found = findProgram(program, env);
    const works = found && (await runProgram(found, trial, { env }).catch(() => undefined)) !== undefined;
    return works ? found : undefined;
  };
  const missing = [];
  for (const validator of validators) if (!(await find(validator))) missing.push(validator);
  if (missing.length > 0 && !mayInstall(env)) {
    const programs = missing.map(({ program }) => program).join(', ');
    const packages = missing.map(({ inPackage }) => inPackage).join(' ');
    throw new Error(`missing on PATH: ${programs}: sudo apt-get install -y ${packages}`);
  }
  if (missing.length > 0) {
    const cache = cacheFolder(env);
    mkdirSync(cache, { recursive: true });
    const step = beginStep(plainWatcher(log), 'files', 'installing what reads plists and XML');
    for (const validator of missing) {
      const isThere = async () => (await find(validator)) !== undefined;
      await installPackage(validator.inPackage, { cache, env, step, isThere, signal });
    }
    step.done('what reads plists and XML is installed');
  }
  /** @type {Record<string, string>} */
  const found = {};
  for (const validator of validators) {
    const program = await find(validator);
    if (!program) throw new Error(`${validator.program} of the package ${validator.inPackage} is installed and does not run`);
    found[validator.variable] = program;
  }
  return found;
}
