// Gitleaks: finds secrets in files and in the history of a repository. A tool of the checks, no server.
import { goProgram } from './go-program.mjs';

const version = '8.30.1';

/** @param {Parameters<typeof goProgram>[1]} [options] @returns {Promise<string>} its program @throws {Error} that says what to install, when Go is missing */
export const gitleaks = (options) =>
  goProgram(
    {
      called: 'Gitleaks',
      serves: 'looks for secrets in the repository',
      module: 'github.com/zricethezav/gitleaks/v8',
      version: `v${version}`,
      folder: `gitleaks-${version}`,
      program: 'gitleaks',
      trial: ['version'],
    },
    options,
  );
