// Toxiproxy: a real TCP proxy whose links can be slow, narrow, silent or reset; chaos runs start their own.
import { goProgram } from './go-program.mjs';

const version = '2.12.0';

/**
 * @param {Parameters<typeof goProgram>[1]} [options]
 * @returns {Promise<{ STACK_TOXIPROXY: string }>} the environment of whoever starts one: a program
 * @throws {Error} that says what to install, when Go is missing
 */
export const toxiproxy = async (options) => ({
  STACK_TOXIPROXY: await goProgram(
    {
      called: 'Toxiproxy',
      serves: 'breaks links in chaos runs',
      module: 'github.com/Shopify/toxiproxy/v2/cmd/server',
      version: `v${version}`,
      folder: `toxiproxy-${version}`,
      program: 'server',
      trial: ['-version'],
    },
    options,
  ),
});
