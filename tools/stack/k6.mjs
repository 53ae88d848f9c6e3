// k6: asks at a rate that does not follow the answers (an open model), and counts what it could not send. A tool of the benchmarks, no server.
import { goProgram } from './go-program.mjs';

export const k6Version = '1.8.1';

/** @param {Parameters<typeof goProgram>[1]} [options] @returns {Promise<string>} its program @throws {Error} that says what to install, when Go is missing */
export const k6 = (options) =>
  goProgram(
    {
      called: 'k6',
      serves: 'asks the validator at a fixed rate',
      module: 'go.k6.io/k6',
      version: `v${k6Version}`,
      folder: `k6-${k6Version}`,
      program: 'k6',
      trial: ['version'],
    },
    options,
  );
