// Open Policy Agent: the general policy engine that the validator is compared with. A tool of the benchmarks, no server of the stack.
import { goProgram } from './go-program.mjs';

export const opaVersion = '1.22.2';

/** @param {Parameters<typeof goProgram>[1]} [options] @returns {Promise<string>} its program @throws {Error} that says what to install, when Go is missing */
export const opa = (options) =>
  goProgram(
    {
      called: 'OPA',
      serves: 'the validator is compared with',
      module: 'github.com/open-policy-agent/opa',
      version: `v${opaVersion}`,
      folder: `opa-${opaVersion}`,
      program: 'opa',
      trial: ['version'],
    },
    options,
  );
