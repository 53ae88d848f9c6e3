// NanoMDM: a real MDM server for Apple devices, which deliveries are tested on. Not a server of the stack: each test starts its own.
import { goProgram } from './go-program.mjs';

const version = '0.9.0';

/**
 * @param {Parameters<typeof goProgram>[1]} [options]
 * @returns {Promise<Record<string, string>>} the environment of tests and demos that start it: `STACK_NANOMDM`, a program
 * @throws {Error} that says what to install, when Go is missing
 */
export const nanomdm = async (options) => ({
  STACK_NANOMDM: await goProgram(
    {
      called: 'NanoMDM',
      serves: 'deliveries are tested on',
      module: 'github.com/micromdm/nanomdm/cmd/nanomdm',
      version: `v${version}`,
      folder: `nanomdm-${version}`,
      program: 'nanomdm',
      trial: ['-version'],
    },
    options,
  ),
});
