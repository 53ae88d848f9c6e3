import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Breakage } from './mfa-directory-conformance.ts';

/** The shipped simulator, for suites that run the conformance over HTTP. */
export interface DirectorySimulator {
  /** Texts of the two files with credentials that it wrote. */
  readonly pingIdProperties: string;
  readonly pingOneJson: string;
  admin(method: 'POST' | 'PUT' | 'GET' | 'DELETE', path: string, body?: object): Promise<unknown>;
  /** Operations since the last `reset`, in their order. */
  operations(): Promise<readonly string[]>;
  /** Makes the next call of an operation fail: `op` as the simulator names it, or `*`. */
  breakNext(op: string, how: Breakage): Promise<void>;
  addForeignDevice(username: string, device: { readonly type: string; readonly nickname: string }): Promise<void>;
  stop(): Promise<void>;
}

const faults: Record<Breakage, object> = {
  outage: { kind: 'error-before', status: 503 },
  'answer-lost': { kind: 'reset-after' },
  throttled: { kind: 'error-before', status: 429, retryAfter: '1' },
  'credentials-refused': { kind: 'error-before', status: 403 },
};

/**
 * Starts the simulator as its own process, built from the sources beside us, on a free port and with fresh credentials.
 * @throws Error when it can't be built or does not start.
 */
export async function startDirectorySimulator(): Promise<DirectorySimulator> {
  const workspace = join(import.meta.dirname, '../../../..');
  const app = join(workspace, 'apps/directory-simulator');
  // A file of our own: suites run beside each other. Below the app, since packages are found from there.
  const bundle = join(app, `dist/conformance-${process.pid}/main.js`);
  execFileSync(join(workspace, 'node_modules/.bin/rolldown'), ['-c', '../../rolldown.config.mjs', '--file', bundle], {
    cwd: app,
    stdio: 'ignore',
  });
  const folder = mkdtempSync(join(tmpdir(), 'directory-simulator-'));
  const pingIdFile = join(folder, 'pingid.properties');
  const pingOneFile = join(folder, 'pingone.json');
  const env = { ...process.env, SIMULATOR_PORT: '0', SIMULATOR_PROPERTIES_FILE: pingIdFile, SIMULATOR_PINGONE_FILE: pingOneFile };
  const child: ChildProcess = spawn(process.execPath, [bundle], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  if (!child.stdout) throw new Error('the simulator has no output');
  const [line] = (await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'exit').then(() => Promise.reject(new Error('the simulator did not start'))),
  ])) as [string];
  const { url } = JSON.parse(line) as { url: string };

  async function admin(method: string, path: string, body?: object): Promise<unknown> {
    const init = body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const response = await fetch(`${url}/admin${path}`, { method, ...init });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  }

  return {
    pingIdProperties: readFileSync(pingIdFile, 'utf8'),
    pingOneJson: readFileSync(pingOneFile, 'utf8'),
    admin,
    async operations() {
      const { calls } = (await admin('GET', '/calls')) as { calls: readonly { readonly op: string }[] };
      return calls.map((it) => it.op);
    },
    async breakNext(op, how) {
      await admin('PUT', '/faults', [{ op, ...faults[how] }]);
    },
    async addForeignDevice(username, device) {
      await admin('POST', `/users/${encodeURIComponent(username)}/devices`, device);
    },
    async stop() {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
      rmSync(folder, { recursive: true });
      rmSync(join(bundle, '..'), { recursive: true, force: true });
    },
  };
}
