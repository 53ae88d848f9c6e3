// Test tools that are Python packages: each in a virtual environment of its own in the cache, all that it needs pinned.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installPackage, mayInstall } from './apt.mjs';
import { cacheFolder } from './folders.mjs';
import { installOnce } from './install.mjs';
import { findProgram, isProgram, runProgram, versionOf } from './programs.mjs';
import { beginStep, plainWatcher } from './terminal.mjs';

/** @param {string} python @param {NodeJS.ProcessEnv} env  whether it is new enough and can make virtual environments */
async function isUsable(python, env) {
  const [major = 0, minor = 0] = (await versionOf(python, ['--version'], /(\d+)\.(\d+)/, env)) ?? [];
  if (major !== 3 || minor < 10) return false;
  return runProgram(python, ['-c', 'import venv, ensurepip'], { env }).then(
    () => true,
    () => false,
  );
}

/**
 * Installs it with Python, once, into the cache; Python itself with apt-get where that may be done.
 * @param {{ name: string, title: string, program: string, requirements: string }} tool  `name` of its folder, `title` for people, `requirements`: a file of pins
 * @param {{ env?: NodeJS.ProcessEnv, log?: (line: string) => void, signal?: AbortSignal }} [options]
 * @returns {Promise<string>} its program
 * @throws {Error} that says what to install
 */
export async function pythonTool({ name, title, program, requirements }, { env = process.env, log = () => {}, signal } = {}) {
  const pins = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const cache = cacheFolder(env);
  const folder = join(cache, `${name}-${pins}`);
  // An environment of Python knows its own path, so it is made beside a mark of its own and not moved: the mark appears only when it is whole.
  const mark = join(folder, 'program');
  if (isProgram(mark)) return mark;

  mkdirSync(cache, { recursive: true });
  const step = beginStep(plainWatcher(log), name, `installing ${title} with Python`);
  const place = join(cache, `${name}-${pins}-python`);
  await installOnce({ folder, isThere: () => Promise.resolve(isProgram(mark)), fill, step, signal });
  step.done(`${title} is installed`);
  return mark;

  /** @param {string} draft */
  async function fill(draft) {
    const python = await findPython();
    await runProgram(python, ['-m', 'venv', '--clear', place], { env, signal });
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '-r', requirements];
    await runProgram(join(place, 'bin', 'python'), pip, { env, signal });
    await runProgram('ln', ['-s', join(place, 'bin', program), join(draft, 'program')], { env });
  }

  async function findPython() {
    for (const name of ['python3', '/usr/bin/python3']) {
      const found = name.startsWith('/') ? name : findProgram(name, env);
      if (found && (await isUsable(found, env))) return found;
    }
    if (!mayInstall(env))
      throw new Error('Python 3.10 or newer with its module venv is missing: sudo apt-get install -y python3-venv');
    const isThere = () => isUsable('/usr/bin/python3', env);
    await installPackage('python3-venv', { cache, env, step, isThere, signal });
    return '/usr/bin/python3';
  }
}
