// Schemathesis: asks a running service everything that its OpenAPI document allows, and much that it does not. A test tool, no server.
import { join } from 'node:path';
import { pythonTool } from './python-tool.mjs';

const requirements = join(import.meta.dirname, 'api-fuzzer.requirements.txt');

/**
 * Installs it with Python, once, into the cache.
 * @param {Parameters<typeof pythonTool>[1]} [options]
 * @returns {Promise<Record<string, string>>} the environment of tests that use it: `STACK_API_FUZZER`, a program
 * @throws {Error} that says what to install
 */
export async function apiFuzzer(options) {
  const tool = { name: 'api-fuzzer', title: 'Schemathesis', program: 'schemathesis', requirements };
  return { STACK_API_FUZZER: await pythonTool(tool, options) };
}
