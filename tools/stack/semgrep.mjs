// Semgrep: looks for patterns in code, by the rules of tools/semgrep and no others. A tool of the checks, no server.
import { join } from 'node:path';
import { pythonTool } from './python-tool.mjs';

const requirements = join(import.meta.dirname, 'semgrep.requirements.txt');

/**
 * Installs it with Python, once, into the cache.
 * @param {Parameters<typeof pythonTool>[1]} [options]
 * @returns {Promise<string>} its program
 * @throws {Error} that says what to install
 */
export const semgrep = (options) => pythonTool({ name: 'semgrep', title: 'Semgrep', program: 'semgrep', requirements }, options);
