// What reads compose files in Docker Compose itself, as a program: it says whether a file is valid, without an engine.
import { goProgram } from './go-program.mjs';
import { runProgram } from './programs.mjs';

const version = '2.8.1';

/**
 * @param {Parameters<typeof goProgram>[1]} [options]
 * @returns {Promise<string>} the program: `<program> -format json FILE`, in the folder of the file
 * @throws {Error} that says what to install, when Go is missing
 */
export const composeChecker = (options) =>
  goProgram(
    {
      called: 'compose-go',
      serves: 'checks compose files',
      module: 'github.com/compose-spec/compose-go/v2/cmd',
      version: `v${version}`,
      folder: `compose-go-${version}`,
      program: 'cmd',
    },
    options,
  );

/**
 * The file as Compose understands it: anchors, includes and short forms resolved.
 * @param {string} program @param {string} folder @param {string} file in the folder
 * @returns {Promise<{ services: Record<string, any>, volumes: Record<string, unknown>, configs: Record<string, { file: string }> }>}
 * @throws {Error} that says what is wrong with the file
 */
export const readCompose = async (program, folder, file) =>
  JSON.parse(await runProgram(program, ['-format', 'json', file], { cwd: folder, env: { PATH: process.env['PATH'] } }));
