// Finds and runs other programs.
import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** @param {string} path @returns {boolean} */
export function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** @param {string} name @param {NodeJS.ProcessEnv} env @returns {string | undefined} its full path, when it is on PATH */
export const findProgram = (name, env) =>
  (env['PATH'] ?? '')
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, name))
    .find(isProgram);

/**
 * Runs a program to its end.
 * @param {string} command @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string, signal?: AbortSignal | undefined, onLine?: (line: string) => void }} [options]
 * @returns {Promise<string>} what it printed, on both channels
 * @throws {Error} with its last lines, when it fails or can't be run
 */
export function runProgram(command, args, { env, cwd, signal, onLine } = {}) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { env, cwd, signal, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const take = (/** @type {Buffer} */ chunk) => {
      output += chunk;
      if (onLine) for (const line of String(chunk).split('\n')) if (line.trim()) onLine(line.trim());
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('error', fail);
    child.once('close', (code, killer) => {
      if (code === 0) return done(output);
      const tail = output.trim().split('\n').slice(-15).join('\n    ');
      fail(new Error(`${command} ${args[0] ?? ''} failed (${killer ?? `exit ${code}`}):\n    ${tail}`));
    });
  });
}

/**
 * Runs `command ...args` to learn a version.
 * @param {string} command @param {string[]} args @param {RegExp} pattern  its groups are the numbers
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number[] | undefined>} undefined when the program doesn't run or says something else
 */
export async function versionOf(command, args, pattern, env) {
  const output = await runProgram(command, args, { env, signal: AbortSignal.timeout(20_000) }).catch(() => '');
  return pattern
    .exec(output)
    ?.slice(1)
    .map((part) => Number(part ?? 0));
}
